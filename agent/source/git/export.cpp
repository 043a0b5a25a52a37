// SPDX-License-Identifier: Apache-2.0
#include "source/git/export.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>

#include "core/release.hpp"
#include "core/short_id.hpp"
#include "source/git/work_tree/content.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup {
namespace git {
namespace {

using StatusList = Handle<git_status_list, git_status_list_free>;
using BranchIterator = Handle<git_branch_iterator, git_branch_iterator_free>;

// The commit of the reference `name`; empty if there is no such reference.
Commit commit_of(git_repository* repository, const std::string& name) {
    Object object;
    Commit commit;
    if (git_revparse_single(Out(object), repository, name.c_str()) == 0) {
        Object peeled;
        if (git_object_peel(Out(peeled), object.get(), GIT_OBJECT_COMMIT) == 0) {
            git_commit_lookup(Out(commit), repository, git_object_id(peeled.get()));
        }
    }
    git_error_clear();
    return commit;
}

// "refs/remotes/origin/main" of a local branch that follows it; empty: none.
std::string tracking_name(git_repository* repository, const std::string& branch) {
    Buffer name;
    const std::string ref = std::string(branch_prefix) + branch;
    const int code = git_branch_upstream_name(name.out(), repository, ref.c_str());
    git_error_clear();
    return code == 0 ? name.text() : std::string();
}

// The short name of HEAD; "detached" if it has none.
std::string branch_of_head(git_repository* repository) {
    std::string name = "detached";
    Reference head;
    const int code = git_reference_lookup(Out(head), repository, "HEAD");
    if (code == 0 && git_reference_type(head.get()) == GIT_REFERENCE_SYMBOLIC) {
        const std::string_view target = git_reference_symbolic_target(head.get());
        if (target.starts_with(branch_prefix)) name = target.substr(branch_prefix.size());
    }
    git_error_clear();
    return name;
}

// The branch that a name of gitrevisions(7) means: "origin/feature/x" is feature/x. Empty: it is not a branch's.
std::string branch_named(git_repository* repository, const std::string& revision) {
    Reference reference;
    if (git_reference_dwim(Out(reference), repository, revision.c_str()) != 0) {
        git_error_clear();
        return {};
    }
    const char* target = git_reference_symbolic_target(reference.get());  // origin, origin/HEAD
    const std::string name = target != nullptr ? target : git_reference_name(reference.get());
    Buffer remote;
    if (git_branch_remote_name(remote.out(), repository, name.c_str()) == 0) {
        return name.substr(std::string("refs/remotes/").size() + remote.view().size() + 1);
    }
    git_error_clear();
    for (const std::string_view prefix : {std::string_view(branch_prefix), std::string_view("refs/tags/")}) {
        if (name.starts_with(prefix)) return name.substr(prefix.size());
    }
    return {};
}

bool contains_commit(git_repository* repository, const git_oid& tip, const git_oid& commit) {
    if (git_oid_equal(&tip, &commit) != 0) return true;
    const int descends = git_graph_descendant_of(repository, &tip, &commit);
    git_error_clear();
    return descends == 1;
}

// A branch that has the commit: the checked out one if it has, else the first of a remote, else a local one.
std::string branch_with(git_repository* repository, const git_oid& commit) {
    std::string own = branch_of_head(repository);
    for (const std::string& name : {tracking_name(repository, own), std::string("HEAD")}) {
        const Commit tip = name.empty() ? Commit{} : commit_of(repository, name);
        if (tip && contains_commit(repository, *git_commit_id(tip.get()), commit)) return own;
    }
    for (const git_branch_t kind : {GIT_BRANCH_REMOTE, GIT_BRANCH_LOCAL}) {
        BranchIterator iterator;
        if (git_branch_iterator_new(Out(iterator), repository, kind) != 0) continue;
        Reference reference;
        git_branch_t found_kind = kind;
        while (git_branch_next(Out(reference), &found_kind, iterator.get()) == 0) {
            const git_oid* tip = git_reference_target(reference.get());
            if (tip == nullptr || !contains_commit(repository, *tip, commit)) continue;
            std::string name = branch_named(repository, git_reference_name(reference.get()));
            if (!name.empty()) return name;
        }
    }
    git_error_clear();
    return short_id(hex(commit));
}

ExportedCommit described(const Commit& commit, const std::string& branch) {
    return {hex(*git_commit_id(commit.get())), branch, git_commit_time(commit.get())};
}

// Folders are created on demand and known to be real. Links come last, so that nothing is written through one.
class Exporter {
public:
    // `below`: what their paths begin with, and those of the files do not.
    Exporter(const Contents& contents, fs::path to, std::string_view below)
        : contents_(contents), to_(std::move(to)), below_(below) {}

    Status write(const std::vector<Change>& entries) {
        for (const Change& entry : entries) {
            if (entry.to.is_submodule()) continue;
            const std::string path = place_of(entry);
            GUP_CHECK(make_parents(path));
            if (!is_repositorys_own(path) && !entry.to.is_link()) GUP_CHECK(write_file(entry));
        }
        for (const Change& entry : entries) {
            if (entry.to.is_link() && !is_repositorys_own(place_of(entry))) GUP_CHECK(write_link(entry));
        }
        return {};
    }

private:
    [[nodiscard]] std::string place_of(const Change& entry) const { return entry.path.substr(below_.size()); }

    // Also for .gitkeep, whose purpose is the folder.
    Status make_parents(const std::string& path) {
        for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
            const std::string parent = path.substr(0, slash);
            if (is_repositorys_own(parent)) return {};
            if (!folders_.insert(parent).second) continue;
            const fs::path folder = to_ / parent;
            if (::mkdir(folder.c_str(), 0777) != 0) {
                return errno_error(errno, fmt::format("cannot create {}", folder.string()));
            }
        }
        return {};
    }

    Status write_file(const Change& entry) {
        const fs::path file = to_ / place_of(entry);
        GUP_TRY(const FileBytes bytes, contents_.bytes(entry.path, entry.to));
        const mode_t mode = entry.to.is_executable() ? 0777 : 0666;
        const UniqueFd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
        if (!fd.valid()) return errno_error(errno, fmt::format("cannot write {}", file.string()));
        return write_all(fd.get(), bytes.view(), file);
    }

    Status write_link(const Change& entry) {
        GUP_TRY(const FileBytes bytes, contents_.bytes(entry.path, entry.to));
        const std::string target(bytes.view());
        GUP_CHECK(check_link_stays_inside(place_of(entry), target));
        if (!contents_.makes_links()) return write_file(entry);
        const fs::path link = to_ / place_of(entry);
        if (::symlink(target.c_str(), link.c_str()) == 0) return {};
        return errno_error(errno, fmt::format("cannot create {}", link.string()));
    }

    const Contents& contents_;
    fs::path to_;
    std::string_view below_;
    std::set<std::string> folders_;
};

// Of the folder that the paths of `below` begin with ("deploy/"); empty: of all.
Result<std::vector<Change>> entries_of(const Opened& opened, const std::string& commit, const std::string& below) {
    GUP_TRY(const git_oid id, parse_id(commit));
    GUP_TRY(auto entries, changes_between(opened.get(), git_oid{}, id));
    std::erase_if(entries, [&](const Change& entry) { return !entry.path.starts_with(below); });
    if (!entries.empty() || below.empty()) return entries;
    return Error{ErrorCode::not_found,
                 fmt::format("commit {} has no folder {}", commit.substr(0, 7), below.substr(0, below.size() - 1)),
                 "the folder is the part after .git in the source"};
}

Result<std::vector<Change>> selected_entries(const Opened& opened, const std::string& commit, const std::string& below,
                                             const CodeSelection& selection) {
    GUP_TRY(auto entries, entries_of(opened, commit, below));
    if (selection.has_all()) return entries;
    std::erase_if(entries, [&](const Change& entry) {
        const std::string_view path = std::string_view(entry.path).substr(below.size());
        return entry.to.is_submodule() ? selection.leaves_out_folder(path) : selection.leaves_out(path);
    });
    return entries;
}

// What cannot be read leads to "/": nobody follows it.
std::string link_at(const Opened& opened, const Change& entry) {
    constexpr std::uint64_t longest_link = 4096;
    const auto blob = find_blob(opened.get(), entry.to.id, longest_link, entry.path);
    if (!blob.ok() || git_blob_rawsize(blob->get()) == 0) return "/";
    return {static_cast<const char*>(git_blob_rawcontent(blob->get())),
            static_cast<std::size_t>(git_blob_rawsize(blob->get()))};
}

}  // namespace
}  // namespace git

struct GitExport::State : git::Opened {
    std::string below;  // with a slash at its end; empty: all
};

GitExport::GitExport(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitExport::GitExport(GitExport&&) noexcept = default;
GitExport& GitExport::operator=(GitExport&&) noexcept = default;
GitExport::~GitExport() = default;

Result<GitExport> GitExport::open(const fs::path& folder, const GitUser& user, const std::string& below) {
    auto state = std::make_unique<State>();
    GUP_CHECK(git::check_is_repository(folder));
    GUP_TRY(state->repository, git::open_repository(folder, user));
    state->user = user;
    if (!below.empty()) state->below = below + "/";
    return GitExport(std::move(state));
}

Result<ExportedCommit> GitExport::find(const std::string& revision) const {
    git_repository* repository = state_->get();
    const std::string branch = revision.empty() ? git::branch_of_head(repository) : revision;
    std::vector<std::string> names{git::tracking_name(repository, branch), std::string(git::branch_prefix) + branch,
                                   "refs/tags/" + branch, "refs/remotes/origin/" + branch};
    if (revision.empty()) names = {names.front(), "HEAD"};
    if (revision == "HEAD") names.clear();  // a clone's origin/HEAD is something else
    for (const std::string& name : names) {
        if (name.empty()) continue;
        if (const git::Commit commit = git::commit_of(repository, name)) return git::described(commit, branch);
    }
    if (const git::Commit commit = git::commit_of(repository, revision)) {
        const std::string named =
            revision == "HEAD" ? git::branch_of_head(repository) : git::branch_named(repository, revision);
        return git::described(commit,
                              named.empty() ? git::branch_with(repository, *git_commit_id(commit.get())) : named);
    }
    if (revision.empty()) {
        return Error{ErrorCode::not_found, fmt::format("{} has no commit", state_->name()), {}};
    }
    return Error{ErrorCode::not_found,
                 fmt::format("{} has no commit, branch or tag '{}'", state_->git_folder().string(), revision),
                 "git fetch gets what was published since the last run"};
}

Result<ExportedCommit> GitExport::find_head() const {
    if (const git::Commit commit = git::commit_of(state_->get(), "HEAD")) {
        return git::described(commit, git::branch_of_head(state_->get()));
    }
    return Error{ErrorCode::not_found, fmt::format("{} has no commit", state_->name()), {}};
}

Result<bool> GitExport::has_changes() const {
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_EXCLUDE_SUBMODULES;
    git::StatusList changes;
    if (const int code = git_status_list_new(git::Out(changes), state_->get(), &options); code != 0) {
        return git::failure(code, fmt::format("cannot compare {} with its repository", state_->name()));
    }
    return git_status_list_entrycount(changes.get()) > 0;
}

Result<std::optional<std::string>> GitExport::read_file_at(const std::string& commit, const std::string& path) const {
    return git::read_file_at(state_->get(), commit, state_->below + path);
}

Result<ExportAttributes> GitExport::attributes(const std::string& commit) const {
    GUP_TRY(const auto entries, git::entries_of(*state_, commit, {}));
    ExportAttributes attributes;
    for (const git::Change& entry : entries) {
        const auto slash = entry.path.rfind('/');
        const auto name = slash == std::string::npos ? 0 : slash + 1;
        if (!entry.to.is_file() || entry.to.is_link() || entry.path.substr(name) != attributes_name) continue;
        GUP_TRY(const auto text, git::read_file_at(state_->get(), commit, entry.path));
        attributes.add(entry.path.substr(0, name == 0 ? 0 : slash), text.value_or(""));
    }
    return attributes;
}

Result<ExportSize> GitExport::measure(const std::string& commit, const CodeSelection& selection) const {
    GUP_TRY(const auto entries, git::selected_entries(*state_, commit, state_->below, selection));
    git::Odb objects;
    if (const int code = git_repository_odb(git::Out(objects), state_->get()); code != 0) {
        return git::failure(code, fmt::format("cannot read {}", state_->name()));
    }
    ExportSize size;
    for (const git::Change& entry : entries) {
        if (entry.to.is_submodule()) {
            size.submodules.push_back(entry.path.substr(state_->below.size()));
            continue;
        }
        std::size_t bytes = 0;
        git_object_t type = GIT_OBJECT_INVALID;
        if (const int code = git_odb_read_header(&bytes, &type, objects.get(), &entry.to.id); code != 0) {
            return git::failure(code, fmt::format("cannot read {} of commit {}", entry.path, commit));
        }
        size.bytes += bytes;
        ++size.files;
    }
    return size;
}

Result<std::vector<CodePath>> GitExport::paths(const std::string& commit) const {
    GUP_TRY(const auto entries, git::entries_of(*state_, commit, state_->below));
    std::vector<CodePath> paths;
    for (const git::Change& entry : entries) {
        if (entry.to.is_submodule()) continue;
        CodePath one{entry.path.substr(state_->below.size())};
        if (entry.to.is_link()) one.link = git::link_at(*state_, entry);
        paths.push_back(std::move(one));
    }
    return paths;
}

Status GitExport::write(const std::string& commit, const fs::path& to, const CodeSelection& selection) const {
    GUP_TRY(const auto entries, git::selected_entries(*state_, commit, state_->below, selection));
    GUP_TRY(const git_oid id, git::parse_id(commit));
    GUP_TRY(const git::Contents contents, git::Contents::of(*state_, id));
    return git::Exporter(contents, to, state_->below).write(entries);
}

}  // namespace gup
