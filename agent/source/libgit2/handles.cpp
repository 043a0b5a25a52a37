// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/handles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/declaration/requirement.hpp"
#include "source/libgit2/object_limit.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

// libgit2 keeps no errno, only strerror's text at the end of its message.
ErrorCode code_of_system_error(std::string_view message) {
    if (contains(message, "No space left") || contains(message, "quota exceeded")) return ErrorCode::no_space;
    if (contains(message, "Permission denied") || contains(message, "Read-only file system") ||
        contains(message, "Operation not permitted")) {
        return ErrorCode::permission;
    }
    return ErrorCode::io;
}

ErrorCode code_of(int code, int error_class, std::string_view message) {
    switch (code) {
        case GIT_ENOTFOUND:
            return ErrorCode::not_found;
        case GIT_EAUTH:
            return ErrorCode::authentication;
        case GIT_ECERTIFICATE:
            return ErrorCode::protocol;
        case GIT_TIMEOUT:
            return ErrorCode::timeout;
        case GIT_EUSER:
            return ErrorCode::cancelled;
        case GIT_ELOCKED:
            return ErrorCode::busy;
        case GIT_ECONFLICT:
        case GIT_EMODIFIED:
            return ErrorCode::conflict;
        case GIT_EINVALIDSPEC:
            return ErrorCode::invalid_input;
        default:
            break;
    }
    switch (error_class) {
        case GIT_ERROR_OS:
        case GIT_ERROR_FILESYSTEM:
            return code_of_system_error(message);
        case GIT_ERROR_NET:
        case GIT_ERROR_HTTP:
        case GIT_ERROR_SSH:
            return contains(message, "timed out") ? ErrorCode::timeout : ErrorCode::unreachable;
        case GIT_ERROR_SSL:
            return ErrorCode::protocol;
        case GIT_ERROR_CONFIG:
            return ErrorCode::invalid_input;
        case GIT_ERROR_ODB:
        case GIT_ERROR_OBJECT:
        case GIT_ERROR_ZLIB:
        case GIT_ERROR_TREE:
        case GIT_ERROR_INDEXER:
        case GIT_ERROR_INDEX:
        case GIT_ERROR_SHA:
            // A full disk also appears as one of these.
            return code_of_system_error(message) == ErrorCode::io ? ErrorCode::corrupt : code_of_system_error(message);
        default:
            return ErrorCode::failed;
    }
}

// What git has and libgit2 does not read.
struct Unsupported {
    std::string_view words;  // of libgit2
    std::string_view reason;
    std::string_view hint;
};
constexpr std::array unsupported_kinds{
    Unsupported{"mandatory extension: 'link'", "its index is a split one, which the agent does not read",
                "git config core.splitIndex false; git update-index --no-split-index"},
    Unsupported{"mandatory extension: 'sdir'", "its index is a sparse one, which the agent does not read",
                "git sparse-checkout disable; git config index.sparse false"},
    Unsupported{"extensions.", "it uses an extension of git that the agent does not support",
                "git config --get-regexp '^extensions' names it; replace it with a plain clone"},
    Unsupported{"unknown object format",
                "its object format is not SHA-1, which is the only one that the agent supports",
                "replace it with a clone of a SHA-1 repository"},
};

const Unsupported* find_unsupported(std::string_view words) {
    const auto* found = std::find_if(unsupported_kinds.begin(), unsupported_kinds.end(),
                                     [&](const Unsupported& kind) { return contains(words, kind.words); });
    return found == unsupported_kinds.end() ? nullptr : found;
}

}  // namespace

Error failure(int code, std::string_view act) {
    const git_error* last = git_error_last();
    const std::string words = last != nullptr && last->message != nullptr ? last->message : "unknown error";
    const int error_class = last != nullptr ? last->klass : GIT_ERROR_NONE;
    if (auto refused = take_object_refusal(words)) {
        git_error_clear();
        return refused->with_context(act);
    }
    if (const Unsupported* kind = find_unsupported(words)) {
        git_error_clear();
        return Error{ErrorCode::unsupported, fmt::format("{}: {}", act, kind->reason), std::string(kind->hint),
                     Cause::format};
    }
    Error error{code_of(code, error_class, words), fmt::format("{}: {}", act, mask_secrets(words)), {}};
    if (error_class == GIT_ERROR_CONFIG) {
        error.cause = Cause::git_config;
        error.hint = "correct git's configuration: git config --list there shows when it can be read again";
    }
    git_error_clear();
    return error;
}

std::string hex(const git_oid& id) {
    std::array<char, GIT_OID_SHA1_HEXSIZE + 1> text{};
    git_oid_tostr(text.data(), text.size(), &id);
    return text.data();
}

Result<git_oid> parse_id(std::string_view text) {
    git_oid id{};
    if (!is_commit_id(text) || git_oid_fromstr(&id, std::string(text).c_str()) != 0) {
        return Error{ErrorCode::invalid_input, fmt::format("\"{}\" is not a commit id", text), {}};
    }
    return id;
}

Result<Commit> find_commit(git_repository* repository, const git_oid& id) {
    Commit commit;
    if (const int code = git_commit_lookup(Out(commit), repository, &id); code != 0) {
        return failure(code, fmt::format("cannot read commit {}", hex(id)));
    }
    return commit;
}

Result<Tree> find_tree(git_repository* repository, const git_oid& commit_id) {
    GUP_TRY(const Commit commit, find_commit(repository, commit_id));
    Tree tree;
    if (const int code = git_commit_tree(Out(tree), commit.get()); code != 0) {
        return failure(code, fmt::format("cannot read the tree of commit {}", hex(commit_id)));
    }
    return tree;
}

Result<Blob> find_blob(git_repository* repository, const git_oid& id, std::uint64_t limit, std::string_view path) {
    const std::string act = fmt::format("cannot read the version {} of {}", hex(id), path);
    Odb odb;
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    int code = git_repository_odb(Out(odb), repository);
    if (code == 0) code = git_odb_read_header(&size, &type, odb.get(), &id);
    if (code == 0 && object_limit() > 0 && size > object_limit()) {
        return object_too_long("it is an object", size, object_limit()).with_context(act);
    }
    if (code == 0 && size > limit) {
        return Error{ErrorCode::unsupported, fmt::format("{}: it has {} bytes, more than {}", act, size, limit), {}};
    }
    Blob blob;
    if (code == 0) code = git_blob_lookup(Out(blob), repository, &id);
    if (code != 0) return failure(code, act);
    return blob;
}

bool has_object(git_repository* repository, const git_oid& id) noexcept {
    Odb odb;
    if (git_repository_odb(Out(odb), repository) != 0) return false;
    return git_odb_exists(odb.get(), &id) == 1;
}

}  // namespace gup::git
