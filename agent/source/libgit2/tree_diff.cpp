// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/tree_diff.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>

#include "util/text.hpp"

namespace gup::git {
namespace {

BlobVersion version_of(const git_diff_file& file) noexcept {
    return BlobVersion{canonical_mode(file.mode), file.id};
}

}  // namespace

std::uint32_t canonical_mode(std::uint32_t mode) noexcept {
    if (S_ISREG(mode)) return (mode & S_IXUSR) != 0 ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
    if (S_ISLNK(mode)) return GIT_FILEMODE_LINK;
    return S_ISDIR(mode) ? GIT_FILEMODE_TREE : GIT_FILEMODE_COMMIT;
}

bool is_safe_path(std::string_view path) noexcept {
    if (path.empty() || path.front() == '/') return false;
    while (true) {
        const auto slash = path.find('/');
        const std::string_view part = path.substr(0, slash);
        if (part.empty() || part == "." || part == ".." || equals_ignoring_case(part, ".git") ||
            equals_ignoring_case(part, "git~1") || part.find('\0') != std::string_view::npos) {
            return false;
        }
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

Result<std::vector<Change>> changes_between(git_repository* repository, const git_oid& from, const git_oid& to) {
    Tree old_tree;
    Tree new_tree;
    if (git_oid_is_zero(&from) == 0) {
        GUP_TRY(old_tree, find_tree(repository, from));
    }
    if (git_oid_is_zero(&to) == 0) {
        GUP_TRY(new_tree, find_tree(repository, to));
    }
    git_diff_options options = GIT_DIFF_OPTIONS_INIT;
    options.flags = GIT_DIFF_INCLUDE_TYPECHANGE | GIT_DIFF_SKIP_BINARY_CHECK;
    options.ignore_submodules = GIT_SUBMODULE_IGNORE_NONE;
    Diff diff;
    if (const int code = git_diff_tree_to_tree(Out(diff), repository, old_tree.get(), new_tree.get(), &options);
        code != 0) {
        return failure(code, fmt::format("cannot compare {} with {}", hex(from), hex(to)));
    }
    std::map<std::string, Change> found;  // a path may be in two deltas, as deleted and as added
    for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
        const git_diff_delta* delta = git_diff_get_delta(diff.get(), i);
        if (delta->status != GIT_DELTA_ADDED) {
            Change& change = found[delta->old_file.path];
            change.from = version_of(delta->old_file);
        }
        if (delta->status != GIT_DELTA_DELETED) {
            Change& change = found[delta->new_file.path];
            change.to = version_of(delta->new_file);
        }
    }
    std::vector<Change> changes;
    changes.reserve(found.size());
    for (auto& [path, change] : found) {
        if (!is_safe_path(path) || (path == ".gitmodules" && change.to.is_link())) {
            return Error{ErrorCode::unsupported, fmt::format("commit {} has the path \"{}\"", hex(to), path),
                         "git refuses such a path too"};
        }
        change.path = path;
        changes.push_back(std::move(change));
    }
    return changes;
}

}  // namespace gup::git
