#include "source/source.hpp"

#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "source/git/export.hpp"
#include "source/git/git_source.hpp"
#include "source/remote/context.hpp"
#include "util/http/download.hpp"
#include "util/zip/archive.hpp"

#include <optional>

namespace gup {
namespace {

bool is_git(const DeclaredConnector& declared) {
    return declared.source.kind == SourceKind::git;
}

SourceVersion version_of(ArchiveVersion archive) {
    SourceVersion version{archive.id, "zip", {}, {}};
    version.archive = std::move(archive);
    return version;
}

}  // namespace

Result<SourceVersion> ask_source(const DeclaredConnector& declared, const Generation& made, const GitUser& user) {
    if (!is_git(declared)) {
        ArchiveVersion known;
        if (made.source == display(declared.source)) known = {made.commit, made.etag, made.modified, 0};
        GUP_TRY(ArchiveVersion archive, ask_archive(*detail::transport_settings().http, {declared, user}, known));
        return version_of(std::move(archive));
    }
    GUP_TRY(SourceCommit commit, find_source_commit(declared.source, user));
    return SourceVersion{std::move(commit.id), std::move(commit.name), std::move(commit.ref), {}};
}

bool is_of_version(const Generation& made, const DeclaredConnector& declared, const std::string& id) {
    if (made.commit != id) return false;
    // A checkout that was adopted does not say where it came from.
    const bool is_whole_commit = made.source.empty() && declared.source.folder.empty();
    return is_whole_commit || made.source == display(declared.source);
}

Result<SourceVersion> bring_source(const fs::path& folder, const DeclaredConnector& declared,
                                   const SourceVersion& version, const GitUser& user,
                                   const ProgressCallback& progress) {
    if (!is_git(declared)) {
        GUP_TRY(ArchiveVersion archive, fetch_archive(*detail::transport_settings().http, {declared, user},
                                                      version.archive, source_archive(folder), progress));
        return version_of(std::move(archive));
    }
    GUP_CHECK(bring_source_commit(folder / repository_name, declared.source, {version.ref, version.name, version.id},
                                  user, progress));
    return version;
}

void forget_source(const fs::path& folder, const DeclaredConnector& declared) {
    if (!is_git(declared)) forget_download(source_archive(folder));
}

fs::path source_archive(const fs::path& folder) {
    return folder / "archive.part";
}

Result<std::optional<std::string>> read_source_gupfile(const fs::path& folder, const DeclaredConnector& declared,
                                                       const SourceVersion& version, const GitUser& user) {
    if (!is_git(declared)) return read_archive_member(source_archive(folder), gupfile_name, gupfile_limit);
    GUP_TRY(const GitExport repository, GitExport::open(folder / repository_name, user, declared.source.folder));
    return repository.read_file_at(version.id, gupfile_name);
}

}  // namespace gup
