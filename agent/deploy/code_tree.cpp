// SPDX-License-Identifier: Apache-2.0
#include "deploy/code_tree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "connector/scan.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "deploy/folder_tree.hpp"
#include "source/commit_tree.hpp"
#include "source/git/export.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

bool is_written_as_path(const std::string& from) {
    return from == "." || from == ".." || from.starts_with('/') || from.starts_with("./") || from.starts_with("../");
}

GitUser user_of(const ConnectorLayout& site) {
    GitUser user{site.owner.home};
    user.connector = site.name;
    return user;
}

// A release has a gupfile in any case.
void take_gupfile(ReleaseCode& code) {
    code.has_gupfile = code.tree->gupfile.has_value();
    code.gupfile = code.tree->gupfile.value_or(std::string(placeholder_gupfile));
}

// ---- from the repository

Result<ReleaseCode> code_of_commit(const ConnectorLayout& site, const ReleaseRequest& request) {
    ReleaseCode code;
    auto repository = GitExport::open(release_repository(site), user_of(site));
    if (!repository.ok()) {
        return repository.error()
            .with_context(fmt::format("{} has no repository here", site.name))
            .with_hint("gup-agent add URL creates one; --from DIR installs the content of a folder");
    }
    GUP_TRY(const ExportedCommit commit, repository->find(request.from));
    code.branch = commit.branch;
    code.commit = commit.id;
    code.origin = fmt::format("commit {}", commit.id.substr(0, 7));
    code.id = request.version.empty() ? release_id(commit.time, commit.branch, commit.id) : request.version;
    GUP_TRY(code.tree, open_commit(*std::move(repository), commit.id));
    take_gupfile(code);
    return code;
}

// ---- from a folder

Status measure_folder(const fs::path& folder, FolderUse use, ReleaseCode& code) {
    GUP_TRY(code.tree, open_folder(folder, use));
    take_gupfile(code);
    return {};
}

// From the folder's own repository, if it has one.
Status name_by_head(const ConnectorLayout& site, const ReleaseRequest& request, const fs::path& folder,
                    ReleaseCode& code) {
    const auto repository = GitExport::open(folder, user_of(site));
    if (!repository.ok()) {
        if (!request.version.empty()) return {};
        return Error{ErrorCode::invalid_input, fmt::format("this release has no name: {}", repository.error().message),
                     "give it an id with --version"};
    }
    GUP_TRY(const ExportedCommit head, repository->find_head());
    GUP_TRY(const bool has_changes, repository->has_changes());
    code.branch = head.branch;
    if (!has_changes) code.commit = head.id;
    if (request.version.empty()) {
        code.id = release_id(head.time, head.branch, head.id) + (has_changes ? "-dirty" : "");
    }
    return {};
}

Result<ReleaseCode> code_of_folder(const ConnectorLayout& site, const ReleaseRequest& request, const fs::path& folder) {
    ReleaseCode code;
    code.id = request.version;
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error) return errno_error(error.value(), fmt::format("cannot read {}", folder.string()));
    if (!is_folder(real)) return Error{ErrorCode::invalid_input, folder.string() + " is not a folder", {}};
    if (is_below(site.folder, real)) {
        return Error{ErrorCode::invalid_input, fmt::format("{} contains the releases themselves", folder.string()), {}};
    }
    code.origin = real.string();
    code.folder = code.origin;
    GUP_CHECK(name_by_head(site, request, real, code));
    GUP_CHECK(measure_folder(real, FolderUse::source, code));
    return code;
}

}  // namespace

Error without_gupfile(const std::string& what) {
    return {ErrorCode::invalid_input, what + " has no gupfile and no requirements file: it is not a connector",
            "gup-agent init writes one; it may be empty"};
}

Result<ReleaseCode> find_release_code(const ConnectorLayout& site, const ReleaseRequest& request) {
    if (!request.version.empty()) GUP_CHECK(check_release_id(request.version));
    const fs::path folder = request.here / request.from;
    if (is_written_as_path(request.from)) return code_of_folder(site, request, folder);
    auto code = code_of_commit(site, request);
    if (!code.ok() && !request.from.empty() && code.error().code == ErrorCode::not_found && is_folder(folder)) {
        return code_of_folder(site, request, folder);
    }
    return code;
}

ReleaseCode code_of_revision(const DeclaredConnector& declared, const Revision& revision,
                             std::shared_ptr<const CodeTree> tree) {
    ReleaseCode code;
    code.id = release_id(tree->time != 0 ? tree->time : system_clock().now(), revision.name, revision.id);
    code.branch = revision.name;
    code.commit = revision.id;
    code.source = display(declared.source);
    code.etag = revision.etag;
    code.modified = revision.modified;
    code.tree = std::move(tree);
    take_gupfile(code);
    return code;
}

Result<ReleaseCode> code_of_release(const ConnectorLayout& site, const Generation& made) {
    ReleaseCode code;
    const fs::path folder = site.folder / made.id;
    code.id = made.id;
    code.branch = made.branch;
    code.commit = made.commit;
    code.source = made.source;
    code.etag = made.etag;
    code.modified = made.modified;
    GUP_CHECK(measure_folder(made.imported.empty() ? folder : fs::path(made.imported), FolderUse::release, code));
    return code;
}

Status write_release_code(const ReleaseCode& code, const fs::path& to) {
    GUP_CHECK(code.tree->write_to(to));
    for (const char* own : {generation_record_name, generation_virtualenv_name}) {
        if (!is_there(to / own)) continue;
        return Error{ErrorCode::invalid_input, fmt::format("the code has its own {}", own),
                     "the release needs that name: rename it"};
    }
    return {};
}

std::vector<std::string> files_left_behind(const ConnectorLayout& site, const Generation& before, const fs::path& to) {
    constexpr std::size_t most = 10;
    std::vector<std::string> found;
    const auto repository = GitExport::open(release_repository(site), user_of(site));
    if (!repository.ok()) return found;
    const auto look = [&](const std::string& path, const FileInfo& info) -> Status {
        const bool is_made = path == generation_record_name || path.find("__pycache__/") != std::string::npos;
        if (found.size() == most || is_made || info.kind == FileKind::folder || is_there(to / path)) return {};
        GUP_TRY(const auto known, repository->read_file_at(before.commit, path));
        if (!known) found.push_back(path);
        return {};
    };
    const Status looked = visit_code(site.folder / before.id, {}, look);
    return looked.ok() ? found : std::vector<std::string>{};
}

}  // namespace gup
