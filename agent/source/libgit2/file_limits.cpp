// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/file_limits.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

#include "source/libgit2/config_backend.hpp"
#include "source/libgit2/handles.hpp"
#include "util/text.hpp"
#include "util/units.hpp"

namespace gup::git {
namespace {

constexpr std::uint64_t kibibyte = 1U << 10U;
constexpr std::uint64_t longest_ref = 4 * kibibyte;
constexpr std::uint64_t longest_link = 8 * kibibyte;  // "gitdir: " and a path
constexpr std::uint64_t longest_config = mebibyte;
constexpr std::uint64_t longest_list = mebibyte;
// A longer file with less than a sixteenth of its size on the disk is a hole; a file system that compresses well
// comes nowhere near.
constexpr std::uint64_t never_a_hole = mebibyte;
constexpr std::uint64_t least_share = 16;
constexpr int deepest_refs = 64;
constexpr std::uint64_t most_refs = 500'000;
constexpr int most_includes = 100;
constexpr int deepest_include = 10;  // libgit2 reads no deeper ones

constexpr const char* fresh_clone = "replace the repository with a fresh clone; save local changes first";
constexpr const char* fresh_index = "remove it, and run git reset there to have it written again";
constexpr const char* move_away = "make it smaller, or move it away";
constexpr const char* fewer_refs = "delete refs that are not needed, and run git pack-refs --all there";

struct FileLimit {
    const char* name;
    std::uint64_t limit;
    const char* hint;
};

// In the git folder, which a linked work tree has for itself.
constexpr std::array own_files{
    FileLimit{"HEAD", longest_ref, fresh_clone},       FileLimit{"index", 64 * mebibyte, fresh_index},
    FileLimit{"gitdir", longest_link, fresh_clone},    FileLimit{"MERGE_HEAD", longest_list, move_away},
    FileLimit{"FETCH_HEAD", 16 * mebibyte, move_away}, FileLimit{"ORIG_HEAD", longest_ref, move_away},
};

// In the folder that all work trees share.
constexpr std::array common_files{
    FileLimit{"packed-refs", 16 * mebibyte, fewer_refs},
    FileLimit{"shallow", longest_list, fresh_clone},
    FileLimit{"objects/info/alternates", longest_list, move_away},
    FileLimit{"info/attributes", longest_list, move_away},
    FileLimit{"info/exclude", longest_list, move_away},
    FileLimit{"info/grafts", longest_list, move_away},
};

Error refused(std::string message, std::string hint) {
    return {ErrorCode::corrupt, std::move(message), std::move(hint), Cause::limit};
}

Status judge(const struct stat& status, const fs::path& file, const FileLimit& rule) {
    if (S_ISDIR(status.st_mode)) return {};  // libgit2 says so
    if (!S_ISREG(status.st_mode)) return refused(fmt::format("{} is not a regular file", file.string()), rule.hint);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > rule.limit) {
        return refused(fmt::format("{} has {} bytes, and at most {} are read", file.string(), size, rule.limit),
                       rule.hint);
    }
    constexpr std::uint64_t block = 512;
    const std::uint64_t stored = static_cast<std::uint64_t>(status.st_blocks) * block;
    if (size > never_a_hole && stored < size / least_share) {
        return refused(fmt::format("{} has {} bytes, but only {} of them are stored: the rest is a hole", file.string(),
                                   size, stored),
                       rule.hint);
    }
    return {};
}

Status check_file(const fs::path& file, const FileLimit& rule) {
    struct stat status {};
    return ::stat(file.c_str(), &status) == 0 ? judge(status, file, rule) : Status{};
}

// The path that a short file such as .git or commondir names, from `folder`; empty if it names none.
Result<fs::path> named_path(const fs::path& file, std::string_view prefix, const fs::path& folder) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return fs::path();
    GUP_CHECK(judge(status, file, {"", longest_link, fresh_clone}));
    const auto text = read_file(file, longest_link);
    if (!text.ok()) return fs::path();
    std::string_view path = trimmed(*text);
    if (!path.starts_with(prefix)) return fs::path();
    path = trimmed(path.substr(prefix.size()));
    return path.empty() ? fs::path() : (folder / path).lexically_normal();
}

// All refs that have their own file. libgit2 reads each of them when it lists the refs.
class LooseRefsCheck {
public:
    // The folder `name` of `parent`, which is `path`. Reads it without a DIR: a quiet night does this for each repository,
    // and needs half the system calls.
    Status check(int parent, const char* name, const fs::path& path, int depth) {
        const UniqueFd folder(
            ::openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));  // NOLINT(*-vararg)
        if (!folder.valid()) return {};
        if (depth > deepest_refs) {
            return refused(fmt::format("{} is a folder in too many others", path.string()), fresh_clone);
        }
        alignas(dirent64) std::array<char, 2048> buffer{};
        for (;;) {
            const ssize_t size = ::getdents64(folder.get(), buffer.data(), buffer.size());
            if (size <= 0) return {};
            for (const char* at = buffer.data(); at < buffer.data() + size;) {
                const auto* entry = reinterpret_cast<const dirent64*>(at);
                at += entry->d_reclen;
                GUP_CHECK(check_entry(folder.get(), *entry, path, depth));
            }
        }
    }

private:
    Status check_entry(int folder, const dirent64& entry, const fs::path& path, int depth) {
        const std::string_view found = entry.d_name;
        if (found == "." || found == "..") return {};
        if (++seen_ > most_refs) return refused(fmt::format("{} has too many refs", path.string()), fewer_refs);
        struct stat status {};
        if (entry.d_type != DT_DIR && ::fstatat(folder, entry.d_name, &status, 0) != 0) return {};
        if (entry.d_type != DT_DIR && !S_ISDIR(status.st_mode)) {
            return judge(status, path / found, {"", longest_ref, fresh_clone});
        }
        return check(folder, entry.d_name, path / found, depth + 1);
    }

    std::uint64_t seen_ = 0;
};

// What include.path and includeIf.*.path name in the text of a configuration, as it is written.
std::vector<std::string> includes_in(const std::string& text) {
    std::vector<std::string> paths;
    if (!contains_ignoring_case(text, "include")) return paths;
    Config config;
    git_config_backend* backend = nullptr;
    git_config_backend_memory_options options = GIT_CONFIG_BACKEND_MEMORY_OPTIONS_INIT;
    int code = git_config_new(Out(config));
    if (code == 0) code = git_config_backend_from_string(&backend, text.c_str(), text.size(), &options);
    if (code == 0) code = git_config_add_backend(config.get(), backend, GIT_CONFIG_LEVEL_LOCAL, nullptr, 0);
    const auto take = [](const git_config_entry* entry, void* payload) noexcept -> int {
        if (entry->value != nullptr) static_cast<std::vector<std::string>*>(payload)->emplace_back(entry->value);
        return 0;
    };
    constexpr const char* names = "^(include|includeif\\..*)\\.path$";
    if (code == 0) code = git_config_foreach_match(config.get(), names, take, &paths);
    if (code != 0) git_error_clear();  // libgit2 fails on this file, too
    return paths;
}

// Follows includes as libgit2 does, which opens a file as often as it is named.
class IncludeCheck {
public:
    explicit IncludeCheck(const fs::path& home) : home_(home) {}

    Status check(const fs::path& file, int depth) {
        if (++files_ > most_includes) {
            return refused(fmt::format("{} and others include too many files", file.string()),
                           fmt::format("include fewer than {} files", most_includes));
        }
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0) return {};
        GUP_CHECK(judge(status, file, {"", longest_config, move_away}));
        const auto text = read_file(file, longest_config);
        if (!text.ok() || depth == deepest_include) return {};
        for (const std::string& path : includes_in(*text)) {
            GUP_CHECK(check(path.starts_with("~/") ? home_ / path.substr(2) : file.parent_path() / path, depth + 1));
        }
        return {};
    }

private:
    const fs::path& home_;
    int files_ = 0;
};

}  // namespace

Status check_repository_files(const fs::path& folder, const fs::path& home) {
    fs::path git_folder = folder / ".git";
    struct stat status {};
    if (::stat(git_folder.c_str(), &status) != 0) {
        git_folder = folder;
    } else if (!S_ISDIR(status.st_mode)) {
        GUP_TRY(git_folder, named_path(git_folder, "gitdir:", folder));
        if (git_folder.empty()) return {};
    }
    for (const FileLimit& rule : own_files) GUP_CHECK(check_file(git_folder / rule.name, rule));
    GUP_CHECK(check_config_file(git_folder / "config.worktree", home));
    GUP_TRY(fs::path common, named_path(git_folder / "commondir", "", git_folder));
    if (common.empty()) common = git_folder;
    for (const FileLimit& rule : common_files) GUP_CHECK(check_file(common / rule.name, rule));
    GUP_CHECK(check_config_file(common / "config", home));
    LooseRefsCheck refs;
    GUP_CHECK(refs.check(AT_FDCWD, (common / "refs").c_str(), common / "refs", 0));
    if (common == git_folder) return {};
    return refs.check(AT_FDCWD, (git_folder / "refs").c_str(), git_folder / "refs", 0);
}

Status check_pattern_file(const fs::path& file) {
    return check_file(file, {"", longest_list, move_away});
}

Status check_config_file(const fs::path& file, const fs::path& home) {
    return IncludeCheck(home).check(file, 0);
}

}  // namespace gup::git
