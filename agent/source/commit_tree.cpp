#include "source/commit_tree.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/declaration/gupfile.hpp"
#include "source/git/export.hpp"

namespace gup {
namespace {

class CommitTree final : public CodeTree {
public:
    CommitTree(CommitPlace place, std::string commit) : place_(std::move(place)), commit_(std::move(commit)) {}

    Status look() {
        GUP_TRY(const GitExport opened, GitExport::open(place_.repository, place_.user, place_.below));
        GUP_TRY(const ExportedCommit commit, opened.find(commit_));
        GUP_TRY(const ExportSize size, opened.measure(commit_));
        GUP_TRY(gupfile, opened.read_file_at(commit_, gupfile_name));
        time = commit.time;
        bytes = size.bytes;
        files = size.files;
        for (const std::string& path : size.submodules) left_out.push_back(fmt::format("submodule {}", path));
        return {};
    }

    Status write_to(const fs::path& folder) const override {
        GUP_TRY(const GitExport opened, GitExport::open(place_.repository, place_.user, place_.below));
        return opened.write(commit_, folder);
    }

private:
    CommitPlace place_;
    std::string commit_;
};

}  // namespace

Result<std::shared_ptr<const CodeTree>> open_commit(const CommitPlace& place, const std::string& commit) {
    auto tree = std::make_shared<CommitTree>(place, commit);
    GUP_CHECK(tree->look());
    return std::shared_ptr<const CodeTree>(std::move(tree));
}

}  // namespace gup
