// SPDX-License-Identifier: Apache-2.0
// For all files over libgit2: owned handles, ids, and its errors as ours.
#pragma once

#include <git2.h>
#include <git2/sys/errors.h>
#include <git2/sys/repository.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup::git {

inline constexpr std::string_view branch_prefix = "refs/heads/";

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, Freer<Free>>;

using Repository = Handle<git_repository, git_repository_free>;
using Config = Handle<git_config, git_config_free>;
using ConfigIterator = Handle<git_config_iterator, git_config_iterator_free>;
using Revwalk = Handle<git_revwalk, git_revwalk_free>;
using Refspec = Handle<git_refspec, git_refspec_free>;
using ConfigEntry = Handle<git_config_entry, git_config_entry_free>;
using Reference = Handle<git_reference, git_reference_free>;
using ReferenceIterator = Handle<git_reference_iterator, git_reference_iterator_free>;
using Object = Handle<git_object, git_object_free>;
using Commit = Handle<git_commit, git_commit_free>;
using Tree = Handle<git_tree, git_tree_free>;
using TreeEntry = Handle<git_tree_entry, git_tree_entry_free>;
using Blob = Handle<git_blob, git_blob_free>;
using Tag = Handle<git_tag, git_tag_free>;
using Index = Handle<git_index, git_index_free>;
using Diff = Handle<git_diff, git_diff_free>;
using Odb = Handle<git_odb, git_odb_free>;
using OdbObject = Handle<git_odb_object, git_odb_object_free>;
using Remote = Handle<git_remote, git_remote_free>;
using FilterList = Handle<git_filter_list, git_filter_list_free>;
using Indexer = Handle<git_indexer, git_indexer_free>;
using PackBuilder = Handle<git_packbuilder, git_packbuilder_free>;

// For the T** arguments of libgit2: f(Out(handle), …).
template <class H>
class Out {
public:
    explicit Out(H& handle) noexcept : handle_(handle) {}
    Out(const Out&) = delete;
    Out& operator=(const Out&) = delete;
    ~Out() { handle_.reset(raw_); }
    operator typename H::pointer *() noexcept { return &raw_; }  // NOLINT(*-explicit-*)

private:
    H& handle_;
    typename H::pointer raw_ = nullptr;
};

// A git_buf as a string.
class Buffer {
public:
    Buffer() = default;
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    ~Buffer() { git_buf_dispose(&buffer_); }
    [[nodiscard]] git_buf* out() noexcept { return &buffer_; }
    [[nodiscard]] std::string_view view() const noexcept {
        return buffer_.ptr == nullptr ? std::string_view{} : std::string_view{buffer_.ptr, buffer_.size};
    }
    [[nodiscard]] std::string text() const { return std::string(view()); }

private:
    git_buf buffer_{};
};

// libgit2's last error on this thread as ours: "<act>: <its message>", passwords masked.
[[nodiscard]] Error failure(int code, std::string_view act);

[[nodiscard]] std::string hex(const git_oid& id);
// Fails with invalid_input when `text` is not 40 hex digits.
[[nodiscard]] Result<git_oid> parse_id(std::string_view text);

[[nodiscard]] Result<Commit> find_commit(git_repository* repository, const git_oid& id);
[[nodiscard]] Result<Tree> find_tree(git_repository* repository, const git_oid& commit);
// Does not read a blob longer than `limit` bytes: remote data may compress a thousandfold, and all of it would be in
// memory. `path` is for the message.
[[nodiscard]] Result<Blob> find_blob(git_repository* repository, const git_oid& id, std::uint64_t limit,
                                     std::string_view path);
[[nodiscard]] bool has_object(git_repository* repository, const git_oid& id) noexcept;
}  // namespace gup::git
