// SPDX-License-Identifier: Apache-2.0
#include "source/commit_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/declaration/gupfile.hpp"
#include "source/select_code.hpp"

namespace gup {
namespace {

// "deploy/php/www/prod" for "deploy/php.www.prod": repo-deploy looks for both.
std::string nested_folder(std::string folder) {
    const auto slash = folder.rfind('/');
    std::replace(folder.begin() + static_cast<std::ptrdiff_t>(slash == std::string::npos ? 0 : slash), folder.end(),
                 '.', '/');
    return folder;
}

class CommitTree final : public CodeTree {
public:
    CommitTree(CommitPlace place, std::string commit) : place_(std::move(place)), commit_(std::move(commit)) {}
    CommitTree(GitExport repository, std::string commit) : kept_(std::move(repository)), commit_(std::move(commit)) {}

    Status look() {
        if (kept_) return look_into(*kept_);
        Status looked = look_below();
        if (looked.ok() || looked.error().code != ErrorCode::not_found) return looked;
        const std::string written = place_.below;
        place_.below = nested_folder(written);
        if (place_.below == written || look_below().ok()) return place_.below == written ? looked : Status{};
        place_.below = written;
        return looked;
    }

    Result<std::optional<std::string>> read(const std::string& path, std::uint64_t) const override {
        if (kept_) return kept_->read_file_at(commit_, path);
        GUP_TRY(const GitExport opened, GitExport::open(place_.repository, place_.user, place_.below));
        return opened.read_file_at(commit_, path);
    }

    bool has_folder(const std::string& path) const override {
        const auto has = [&](const GitExport& opened) {
            const auto paths = opened.paths(commit_).value_or({});
            return std::any_of(paths.begin(), paths.end(),
                               [&](const CodePath& one) { return one.path.starts_with(path + "/"); });
        };
        if (kept_) return has(*kept_);
        const auto opened = GitExport::open(place_.repository, place_.user, place_.below);
        return opened.ok() && has(*opened);
    }

    Status write_to(const fs::path& folder) const override {
        if (kept_) return kept_->write(commit_, folder, selection_);
        GUP_TRY(const GitExport opened, GitExport::open(place_.repository, place_.user, place_.below));
        return opened.write(commit_, folder, selection_);
    }

private:
    Status look_below() {
        GUP_TRY(const GitExport opened, GitExport::open(place_.repository, place_.user, place_.below));
        return look_into(opened);
    }

    Status look_into(const GitExport& opened) {
        GUP_TRY(const ExportedCommit commit, opened.find(commit_));
        GUP_TRY(gupfile, opened.read_file_at(commit_, gupfile_name));
        GUP_TRY(ExportAttributes attributes, opened.attributes(commit_));
        selection_ = {};
        selection_.use(std::move(attributes), place_.below);
        GUP_CHECK(select_code(selection_, *this));
        GUP_TRY(const ExportSize size, opened.measure(commit_, selection_));
        time = commit.time;
        bytes = size.bytes;
        files = size.files;
        for (const std::string& path : size.submodules) left_out.push_back(fmt::format("submodule {}", path));
        return {};
    }

    CommitPlace place_;
    std::optional<GitExport> kept_;
    std::string commit_;
    CodeSelection selection_;
};

Result<std::shared_ptr<const CodeTree>> looked_at(std::shared_ptr<CommitTree> tree) {
    GUP_CHECK(tree->look());
    return std::shared_ptr<const CodeTree>(std::move(tree));
}

}  // namespace

Result<std::shared_ptr<const CodeTree>> open_commit(const CommitPlace& place, const std::string& commit) {
    return looked_at(std::make_shared<CommitTree>(place, commit));
}

Result<std::shared_ptr<const CodeTree>> open_commit(GitExport repository, const std::string& commit) {
    return looked_at(std::make_shared<CommitTree>(std::move(repository), commit));
}

}  // namespace gup
