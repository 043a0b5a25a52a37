#include "deploy/code_tree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "connector/scan.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
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

bool is_a_releases_own(std::string_view name) {
    return name == generation_virtualenv_name || name == generation_record_name;
}

// The copied entries of a folder, each folder before its content; relative paths.
class FolderWalk {
public:
    using Visit = std::function<Status(const std::string& path, const FileInfo& info)>;

    FolderWalk(fs::path folder, Visit visit) : folder_(std::move(folder)), visit_(std::move(visit)) {}
    Status run() { return look_into({}); }

private:
    Status look_into(const std::string& below) {
        GUP_TRY(const auto names, list_folder(folder_ / below));
        for (const std::string& name : names) {
            // A virtualenv cannot be moved, so the release gets its own one, and its own record.
            if (is_repository_file(name) || (below.empty() && is_a_releases_own(name))) continue;
            const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
            GUP_TRY(const auto info, file_info(folder_ / path, Follow::no));
            if (!info) continue;
            // Persisted paths are shared by all releases.
            if (info->kind == FileKind::link && link_text(folder_ / path) == shared_link_text(path)) continue;
            GUP_CHECK(visit_(path, *info));
            if (info->kind == FileKind::folder) GUP_CHECK(look_into(path));
        }
        return {};
    }

    fs::path folder_;
    Visit visit_;
};

Result<std::string> checked_link(const fs::path& folder, const std::string& path) {
    std::string text = link_text(folder / path);
    if (text.empty()) return Error{ErrorCode::io, fmt::format("cannot read {}", (folder / path).string()), {}};
    GUP_CHECK(check_link_stays_inside(path, text));
    return text;
}

Status copy_entry(const fs::path& from, const fs::path& to, const std::string& path, const FileInfo& info) {
    const fs::path made = to / path;
    if (info.kind == FileKind::folder) {
        if (::mkdir(made.c_str(), 0777) == 0) return {};
        return errno_error(errno, fmt::format("cannot create {}", made.string()));
    }
    if (info.kind == FileKind::link) {
        GUP_TRY(const std::string text, checked_link(from, path));
        if (::symlink(text.c_str(), made.c_str()) == 0) return {};
        return errno_error(errno, fmt::format("cannot create {}", made.string()));
    }
    if (info.kind != FileKind::regular) return {};
    std::error_code error;
    fs::copy_file(from / path, made, error);
    if (!error) return {};
    return errno_error(error.value(), fmt::format("cannot copy {} to {}", (from / path).string(), made.string()));
}

class FolderTree final : public CodeTree {
public:
    explicit FolderTree(fs::path folder) : folder_(std::move(folder)) {}

    Status look() {
        return FolderWalk(folder_,
                          [&](const std::string& path, const FileInfo& info) -> Status {
                              ++files;
                              if (info.kind == FileKind::regular) bytes += info.size;
                              if (info.kind == FileKind::other) left_out.push_back(path);
                              if (info.kind == FileKind::link) GUP_CHECK(checked_link(folder_, path));
                              return {};
                          })
            .run();
    }

    Result<std::optional<std::string>> read(const std::string& path, std::uint64_t limit) const override {
        auto text = read_file(folder_ / path, limit);
        if (text.ok()) return std::optional(*std::move(text));
        if (text.error().code == ErrorCode::not_found) return std::optional<std::string>();
        return text.error();
    }

    Status write_to(const fs::path& folder) const override {
        const auto copy = [&](const std::string& path, const FileInfo& info) {
            return copy_entry(folder_, folder, path, info);
        };
        return FolderWalk(folder_, copy).run();
    }

private:
    fs::path folder_;
};

Status measure_folder(const fs::path& folder, ReleaseCode& code) {
    auto tree = std::make_shared<FolderTree>(folder);
    GUP_TRY(tree->gupfile, tree->read(gupfile_name, gupfile_limit));
    GUP_CHECK(tree->look());
    code.tree = std::move(tree);
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
    GUP_CHECK(name_by_head(site, request, real, code));
    GUP_CHECK(measure_folder(real, code));
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
    GUP_CHECK(measure_folder(folder, code));
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
    const Status looked = FolderWalk(site.folder / before.id, look).run();
    return looked.ok() ? found : std::vector<std::string>{};
}

}  // namespace gup
