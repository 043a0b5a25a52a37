// The paths that differ between two commits, and how the work tree stands to their versions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "source/libgit2/handles.hpp"

namespace gup::git {

// What one commit has at a path. mode 0: nothing.
struct Version {
    std::uint32_t mode = 0;
    git_oid id{};

    [[nodiscard]] bool absent() const noexcept { return mode == 0; }
    [[nodiscard]] bool is_submodule() const noexcept { return mode == GIT_FILEMODE_COMMIT; }
    [[nodiscard]] bool is_link() const noexcept { return mode == GIT_FILEMODE_LINK; }
    [[nodiscard]] bool is_file() const noexcept { return !absent() && !is_submodule(); }  // a link counts
    [[nodiscard]] bool is_executable() const noexcept { return mode == GIT_FILEMODE_BLOB_EXECUTABLE; }
    friend bool operator==(const Version& a, const Version& b) noexcept {
        return a.mode == b.mode && (a.mode == 0 || git_oid_equal(&a.id, &b.id) != 0);
    }
};

struct Change {
    std::string path;
    Version from;
    Version to;
};

// Sorted by path. A zero id is the empty tree. Fails with unsupported for a path that must not be written (".git",
// "..").
[[nodiscard]] Result<std::vector<Change>> changes_between(git_repository* repository, const git_oid& from,
                                                          const git_oid& to);

// What is at a path of the work tree, compared with a version of it.
enum class Presence : std::uint8_t {
    missing,
    same,
    beginning,  // a part of the version that was cut off, or the version without its executable bit
    folder,
    different,
};

// A file's content, in memory once: libgit2's own copy, or what a filter made of it. (libgit2 has no stream of an
// object that lies in a pack.)
class FileBytes {
public:
    explicit FileBytes(Blob blob) noexcept : blob_(std::move(blob)) {}
    explicit FileBytes(std::string filtered) noexcept : filtered_(std::move(filtered)) {}
    [[nodiscard]] std::string_view view() const noexcept {
        if (!blob_) return filtered_;
        return {static_cast<const char*>(git_blob_rawcontent(blob_.get())),
                static_cast<std::size_t>(git_blob_rawsize(blob_.get()))};
    }

private:
    Blob blob_;
    std::string filtered_;
};

// The files of a commit as git would write them into the work tree: line endings and $Id$ by the .gitattributes of
// that very commit.
class Contents {
public:
    [[nodiscard]] static Result<Contents> of(const Opened& opened, const git_oid& commit);

    // Of a link: where it points to. Fails with unsupported when a filter is wanted that only git itself can run.
    [[nodiscard]] Result<FileBytes> bytes(const std::string& path, const Version& version) const;
    // `file`: the absolute path. An absent version is never the same as something.
    [[nodiscard]] Result<Presence> compare(const fs::path& file, const std::string& path, const Version& version) const;

private:
    Contents() = default;
    [[nodiscard]] Status check_filters(const std::string& path) const;
    [[nodiscard]] Result<Presence> compare_file(const fs::path& file, const std::string& path,
                                                const Version& version) const;

    Repository view_;  // its index holds the commit's tree, its work tree is an empty one
    Config config_;
    bool trust_mode_ = true;
    bool plain_ = false;  // no attribute and no setting changes any content: nothing is looked up per path
};

// What bringing the work tree to every change's `to` writes: the files (before filters), folders that are not there
// yet, the index.
[[nodiscard]] Result<DiskNeed> checkout_need(const Opened& opened, const std::vector<Change>& changes);

// Whether a path (of an index or a tree) stays inside the work tree and out of .git.
[[nodiscard]] bool is_safe_path(std::string_view path) noexcept;

// The paths that going from one version to the other would lose work at; empty: none. `opened`'s index and work tree
// count; only the changed paths are looked at.
[[nodiscard]] Result<std::vector<std::string>> find_conflicts(const Opened& opened, const std::vector<Change>& changes,
                                                              const Contents& from, const Contents& to);

}  // namespace gup::git
