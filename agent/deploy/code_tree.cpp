#include "deploy/code_tree.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>

#include "connector/scan.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "source/git/export.hpp"
#include "util/http/download.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/zip/archive.hpp"

namespace gup {
namespace {

bool is_written_as_path(const std::string& from) {
    return from == "." || from == ".." || from.starts_with('/') || from.starts_with("./") || from.starts_with("../");
}

Error without_gupfile(const std::string& what) {
    return {ErrorCode::invalid_input, what + " has no gupfile: it is not a connector", "it may be empty"};
}

GitUser user_of(const ConnectorLayout& site) {
    GitUser user{site.owner.home};
    user.connector = site.name;
    return user;
}

// ---- from the repository

Status measure_commit(const GitExport& repository, const std::string& commit, CodeTree& code) {
    GUP_TRY(const ExportSize size, repository.measure(commit));
    code.bytes = size.bytes;
    code.files = size.files;
    for (const std::string& path : size.submodules) code.left_out.push_back(fmt::format("submodule {}", path));
    return {};
}

Result<CodeTree> code_of_commit(const ConnectorLayout& site, const ReleaseRequest& request) {
    CodeTree code;
    code.folder = release_repository(site);
    auto repository = GitExport::open(code.folder, user_of(site));
    if (!repository.ok()) {
        return repository.error()
            .with_context(fmt::format("{} has no repository here", site.name))
            .with_hint("gup-agent add URL makes one; --from DIR installs what is in a folder");
    }
    GUP_TRY(const ExportedCommit commit, repository->find(request.from));
    code.branch = commit.branch;
    code.commit = commit.id;
    code.id = request.version.empty() ? release_id(commit.time, commit.branch, commit.id) : request.version;
    GUP_TRY(const auto gupfile, repository->read_file_at(commit.id, gupfile_name));
    if (!gupfile) return without_gupfile(fmt::format("commit {}", commit.id.substr(0, 7)));
    code.gupfile = *gupfile;
    GUP_CHECK(measure_commit(*repository, commit.id, code));
    return code;
}

// ---- from a source

constexpr const char* no_gupfile = "# The source has none.\n";

Status find_commit_of_source(const ConnectorLayout& site, const SourceVersion& version, CodeTree& code) {
    code.folder = site.folder / repository_name;
    GUP_TRY(const GitExport repository, GitExport::open(code.folder, user_of(site), code.below));
    GUP_TRY(const ExportedCommit commit, repository.find(version.id));
    code.id = release_id(commit.time, version.name, version.id);
    return measure_commit(repository, version.id, code);
}

// One that is damaged here is worth another download.
Status find_archive_of_source(const ConnectorLayout& site, const SourceVersion& version, CodeTree& code) {
    code.archive = source_archive(site.folder);
    const auto contents = inspect_archive(code.archive, {}, is_repositorys_own);
    if (!contents.ok() && contents.error().code == ErrorCode::corrupt) forget_download(code.archive);
    if (!contents.ok()) return contents.error();
    code.bytes = contents->bytes;
    code.files = contents->files;
    code.id = release_id(system_clock().now(), version.name, version.id);
    code.etag = version.archive.etag;
    code.modified = version.archive.modified;
    return {};
}

// ---- from a folder

bool is_a_releases_own(std::string_view name) {
    return name == generation_virtualenv_name || name == generation_record_name;
}

// What is copied of a folder, each before what is in it; paths relative to it.
class FolderWalk {
public:
    using Visit = std::function<Status(const std::string& path, const FileInfo& info)>;

    FolderWalk(fs::path folder, Visit visit) : folder_(std::move(folder)), visit_(std::move(visit)) {}
    Status run() { return look_into({}); }

private:
    Status look_into(const std::string& below) {
        GUP_TRY(const auto names, list_folder(folder_ / below));
        for (const std::string& name : names) {
            // A virtualenv is where it was made; the release gets one of its own, and a record.
            if (is_repository_file(name) || (below.empty() && is_a_releases_own(name))) continue;
            const std::string path = below.empty() ? name : fmt::format("{}/{}", below, name);
            GUP_TRY(const auto info, file_info(folder_ / path, Follow::no));
            if (!info) continue;
            // What is persisted is shared by all releases.
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
        return errno_error(errno, fmt::format("cannot make {}", made.string()));
    }
    if (info.kind == FileKind::link) {
        GUP_TRY(const std::string text, checked_link(from, path));
        if (::symlink(text.c_str(), made.c_str()) == 0) return {};
        return errno_error(errno, fmt::format("cannot make {}", made.string()));
    }
    if (info.kind != FileKind::regular) return {};
    std::error_code error;
    fs::copy_file(from / path, made, error);
    if (!error) return {};
    return errno_error(error.value(), fmt::format("cannot copy {} to {}", (from / path).string(), made.string()));
}

Status measure_folder(CodeTree& code) {
    return FolderWalk(code.folder,
                      [&](const std::string& path, const FileInfo& info) -> Status {
                          ++code.files;
                          if (info.kind == FileKind::regular) code.bytes += info.size;
                          if (info.kind == FileKind::other) code.left_out.push_back(path);
                          if (info.kind == FileKind::link) GUP_CHECK(checked_link(code.folder, path));
                          return {};
                      })
        .run();
}

// From the folder's own repository, if it has one.
Status name_by_head(const ConnectorLayout& site, const ReleaseRequest& request, CodeTree& code) {
    const auto repository = GitExport::open(code.folder, user_of(site));
    if (!repository.ok()) {
        if (!request.version.empty()) return {};
        return Error{ErrorCode::invalid_input,
                     fmt::format("nothing names this release: {}", repository.error().message),
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

Result<CodeTree> code_of_folder(const ConnectorLayout& site, const ReleaseRequest& request, const fs::path& folder) {
    CodeTree code;
    code.is_copy = true;
    code.id = request.version;
    std::error_code error;
    code.folder = fs::canonical(folder, error);
    if (error) return errno_error(error.value(), fmt::format("cannot read {}", folder.string()));
    if (!is_folder(code.folder)) return Error{ErrorCode::invalid_input, folder.string() + " is no folder", {}};
    if (is_below(site.folder, code.folder)) {
        return Error{ErrorCode::invalid_input, fmt::format("{} holds the releases themselves", folder.string()), {}};
    }
    auto gupfile = read_file(code.folder / gupfile_name, gupfile_limit);
    if (!gupfile.ok() && gupfile.error().code == ErrorCode::not_found) return without_gupfile(code.folder.string());
    if (!gupfile.ok()) return gupfile.error();
    code.gupfile = *std::move(gupfile);
    GUP_CHECK(name_by_head(site, request, code));
    GUP_CHECK(measure_folder(code));
    return code;
}

}  // namespace

Result<CodeTree> find_release_code(const ConnectorLayout& site, const ReleaseRequest& request) {
    if (!request.version.empty()) GUP_CHECK(check_release_id(request.version));
    const fs::path folder = request.here / request.from;
    if (is_written_as_path(request.from)) return code_of_folder(site, request, folder);
    auto code = code_of_commit(site, request);
    if (!code.ok() && !request.from.empty() && code.error().code == ErrorCode::not_found && is_folder(folder)) {
        return code_of_folder(site, request, folder);
    }
    return code;
}

Result<CodeTree> code_of_source(const ConnectorLayout& site, const DeclaredConnector& declared,
                                const SourceVersion& version) {
    CodeTree code;
    code.below = declared.source.folder;
    code.source = display(declared.source);
    code.branch = version.name;
    code.commit = version.id;
    const bool is_git = declared.source.kind == SourceKind::git;
    GUP_CHECK(is_git ? find_commit_of_source(site, version, code) : find_archive_of_source(site, version, code));
    GUP_TRY(const auto gupfile, read_source_gupfile(site.folder, declared, version, user_of(site)));
    code.has_gupfile = gupfile.has_value();
    code.gupfile = gupfile.value_or(no_gupfile);
    return code;
}

Result<CodeTree> code_of_release(const ConnectorLayout& site, const Generation& made) {
    CodeTree code;
    code.is_copy = true;
    code.folder = site.folder / made.id;
    code.id = made.id;
    code.branch = made.branch;
    code.commit = made.commit;
    code.source = made.source;
    code.etag = made.etag;
    code.modified = made.modified;
    GUP_TRY(code.gupfile, read_file(code.folder / gupfile_name, gupfile_limit));
    GUP_CHECK(measure_folder(code));
    return code;
}

Status write_release_code(const ConnectorLayout& site, const CodeTree& code, const fs::path& to) {
    if (code.is_copy) {
        const auto copy = [&](const std::string& path, const FileInfo& info) {
            return copy_entry(code.folder, to, path, info);
        };
        GUP_CHECK(FolderWalk(code.folder, copy).run());
    } else if (!code.archive.empty()) {
        GUP_CHECK(extract_archive(code.archive, to, {}, is_repositorys_own));
    } else {
        GUP_TRY(const GitExport repository, GitExport::open(code.folder, user_of(site), code.below));
        GUP_CHECK(repository.write(code.commit, to));
    }
    for (const char* own : {generation_record_name, generation_virtualenv_name}) {
        if (!is_there(to / own)) continue;
        return Error{ErrorCode::invalid_input, fmt::format("the code has a {} of its own", own),
                     "a release keeps its own by that name: rename it"};
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
