#include "update/declared_source.hpp"

#include "core/gupfile.hpp"
#include "core/release.hpp"
#include "source/git_export.hpp"
#include "source/git_source.hpp"

namespace gup {

Result<SourceVersion> ask_source(const DeclaredConnector& declared, const Generation& /*made*/, const GitUser& user) {
    GUP_TRY(SourceCommit commit, find_source_commit(declared.source, user));
    return SourceVersion{std::move(commit.id), std::move(commit.name), std::move(commit.ref)};
}

bool is_of_version(const Generation& made, const DeclaredConnector& declared, const std::string& id) {
    if (made.commit != id) return false;
    // A checkout that was adopted does not say where it came from.
    const bool is_whole_commit = made.source.empty() && declared.source.folder.empty();
    return is_whole_commit || made.source == display(declared.source);
}

Status bring_source(const fs::path& folder, const DeclaredConnector& declared, const SourceVersion& version,
                    const GitUser& user, const std::function<void(std::uint64_t bytes)>& progress) {
    return bring_source_commit(folder / repository_name, declared.source, {version.ref, version.name, version.id}, user,
                               [&](const TransferProgress& transfer) { progress(transfer.bytes); });
}

Result<std::optional<std::string>> read_source_gupfile(const fs::path& folder, const DeclaredConnector& declared,
                                                       const SourceVersion& version, const GitUser& user) {
    GUP_TRY(const GitExport repository, GitExport::open(folder / repository_name, user, declared.source.folder));
    return repository.read_file_at(version.id, gupfile_name);
}

}  // namespace gup
