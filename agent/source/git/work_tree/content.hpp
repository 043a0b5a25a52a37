// SPDX-License-Identifier: Apache-2.0
// The content that git would write into the work tree, and what the work tree has instead.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {

// The content of a path of the work tree, compared with a version of it.
enum class Presence : std::uint8_t {
    missing,
    same,
    beginning,  // a part of the version that was cut off, or the version without its executable bit
    folder,
    different,
};

// A file's content, in memory once: libgit2's own copy, or what a filter made of it. (libgit2 has no stream of an
// object in a pack.)
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
    // `opened` outlives it.
    [[nodiscard]] static Result<Contents> of(const Opened& opened, const git_oid& commit);

    // Of a link: where it points to. Fails with unsupported when a filter is wanted that only git itself can run.
    [[nodiscard]] Result<FileBytes> bytes(const std::string& path, const BlobVersion& version) const;
    // `file`: the absolute path. An absent version is never the same as something.
    [[nodiscard]] Result<Presence> compare(const fs::path& file, const std::string& path,
                                           const BlobVersion& version) const;

    // False: links are plain files with the target as their content (core.symlinks).
    [[nodiscard]] bool makes_links() const noexcept { return makes_links_; }

private:
    Contents() = default;
    [[nodiscard]] Status check_filters(const std::string& path) const;
    [[nodiscard]] Result<Presence> compare_file(const fs::path& file, const std::string& path,
                                                const BlobVersion& version) const;

    git_repository* objects_ = nullptr;
    Repository view_;  // unless plain_: its index has the commit's tree, its work tree is an empty one
    Config config_;
    bool trust_mode_ = true;
    bool makes_links_ = true;
    bool plain_ = false;  // no attribute and no setting changes any content: nothing is looked up per path
};

}  // namespace gup::git
