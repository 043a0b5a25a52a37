// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/shared.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>

#include "source/libgit2/file_limits.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup::git {
namespace {

constexpr mode_t of_group = 0660;
constexpr mode_t of_everybody = 0664;
constexpr mode_t permissions = 07777;
constexpr const char* key = "core.sharedrepository";

SharedAccess at_least(mode_t bits) noexcept {
    return {SharedAccess::Kind::at_least, bits};
}

bool is_before(const statx_timestamp& time, const timespec& since) noexcept {
    if (time.tv_sec != since.tv_sec) return time.tv_sec < since.tv_sec;
    return static_cast<long>(time.tv_nsec) < since.tv_nsec;
}

class Sharer {
public:
    explicit Sharer(const timespec& since) : since_(since) {}

    // A path and all below it. The first failure is kept, the rest is done.
    void share_tree(const fs::path& path, const SharedAccess& access) {
        if (!share(path, access)) return;
        const auto names = list_folder(path);
        if (!names) return;
        for (const std::string& name : *names) share_tree(path / name, access);
    }

    // Returns whether it is a folder.
    bool share(const fs::path& path, const SharedAccess& access) {
        struct statx info {};
        constexpr unsigned mask = STATX_BASIC_STATS | STATX_BTIME;
        if (::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, mask, &info) != 0) return false;
        const bool is_a_folder = S_ISDIR(info.stx_mode);
        // A folder changes with its content; git shares the ones that it makes.
        const bool has_birth = is_a_folder && (info.stx_mask & STATX_BTIME) != 0;
        const bool is_old = is_before(has_birth ? info.stx_btime : info.stx_ctime, since_);
        if ((!S_ISREG(info.stx_mode) && !is_a_folder) || info.stx_uid != ::geteuid() || is_old) return is_a_folder;
        const mode_t wanted = access.adjusted(info.stx_mode);
        if (((wanted ^ info.stx_mode) & permissions) == 0) return is_a_folder;
        if (::chmod(path.c_str(), wanted & permissions) != 0 && errno != ENOENT && !failed_) {
            failed_ = errno_error(errno, fmt::format("cannot share {}", path.string()));
        }
        return is_a_folder;
    }

    void share_git_folder(const fs::path& folder, const SharedAccess& access);
    [[nodiscard]] const std::optional<Error>& failed() const noexcept { return failed_; }

private:
    timespec since_;
    std::optional<Error> failed_;
};

// A submodule's repository has a configuration of its own; where that does not say, the outer one's applies.
SharedAccess access_of_module(const fs::path& git_folder, const SharedAccess& outer) {
    Config config;
    ConfigEntry entry;
    const fs::path file = git_folder / "config";
    if (!check_config_file(file, {}).ok()) return outer;
    int code = git_config_open_ondisk(Out(config), file.c_str());
    if (code == 0) code = git_config_get_entry(Out(entry), config.get(), key);
    if (code != 0) git_error_clear();
    if (code != 0) return outer;
    const auto own = parse_shared_access(entry->value);
    return own ? *own : outer;
}

// Names of submodules may have slashes: then `folder` is only one on the way.
void share_modules(Sharer& sharer, const fs::path& folder, const SharedAccess& access) {
    const auto names = is_real_folder(folder) ? list_folder(folder) : std::vector<std::string>{};
    if (!names) return;
    if (access.kind != SharedAccess::Kind::umask) sharer.share(folder, access);
    for (const std::string& name : *names) {
        const fs::path inner = folder / name;
        if (!is_file(inner / "HEAD")) {
            share_modules(sharer, inner, access);
            continue;
        }
        const SharedAccess own = access_of_module(inner, access);
        if (own.kind != SharedAccess::Kind::umask) sharer.share(inner, own);
        sharer.share_git_folder(inner, own);
    }
}

void Sharer::share_git_folder(const fs::path& folder, const SharedAccess& access) {
    constexpr std::array shared{"HEAD", "FETCH_HEAD",  "ORIG_HEAD", "index",  "refs",
                                "logs", "packed-refs", "shallow",   "objects"};
    if (access.kind != SharedAccess::Kind::umask) {
        for (const char* name : shared) share_tree(folder / name, access);
    }
    share_modules(*this, folder / "modules", access);
}

}  // namespace

mode_t SharedAccess::adjusted(mode_t mode) const noexcept {
    if (kind == Kind::umask) return mode;
    constexpr mode_t all_read = 0444;
    constexpr mode_t all_write = 0222;
    constexpr mode_t of_the_group = 0060;
    mode_t added = bits;
    if ((mode & S_IWUSR) == 0) added &= ~all_write;
    if ((mode & S_IXUSR) != 0) added |= (added & all_read) >> 2U;
    constexpr mode_t rights = 0777;
    mode_t result = kind == Kind::exactly ? (mode & ~rights) | added : mode | added;
    if (!S_ISDIR(mode)) return result;
    result |= (result & all_read) >> 2U;
    if ((result & of_the_group) != 0) result |= S_ISGID;
    return result;
}

Result<SharedAccess> parse_shared_access(const char* text) {
    if (text == nullptr) return at_least(of_group);
    const std::string_view word = text;
    if (word == "umask") return SharedAccess{};
    if (word == "group") return at_least(of_group);
    if (word == "all" || word == "world" || word == "everybody") return at_least(of_everybody);
    char* end = nullptr;
    constexpr int octal = 8;
    const long number = std::strtol(text, &end, octal);
    if (*end != '\0') {
        int flag = 0;
        if (git_config_parse_bool(&flag, text) != 0) {
            git_error_clear();
            return Error{ErrorCode::invalid_input, fmt::format("core.sharedRepository cannot be \"{}\"", text),
                         "git config core.sharedRepository group"};
        }
        return flag != 0 ? at_least(of_group) : SharedAccess{};
    }
    if (number == 0) return SharedAccess{};
    if (number == 1) return at_least(of_group);
    if (number == 2) return at_least(of_everybody);
    constexpr long of_owner = 0600;
    constexpr long never_executable = 0666;
    if ((number & of_owner) == of_owner) {
        return SharedAccess{SharedAccess::Kind::exactly, static_cast<mode_t>(number & never_executable)};
    }
    return Error{ErrorCode::invalid_input,
                 fmt::format("core.sharedRepository is {}: the owner must be able to read and write", text),
                 "git config core.sharedRepository group"};
}

Result<SharedAccess> shared_access(git_repository* repository) {
    Config config;
    ConfigEntry entry;
    int code = git_repository_config_snapshot(Out(config), repository);
    if (code == 0) code = git_config_get_entry(Out(entry), config.get(), key);
    if (code != 0) git_error_clear();
    if (code != 0) return SharedAccess{};
    auto parsed = parse_shared_access(entry->value);
    if (parsed.ok()) return parsed;
    // git does not start in a repository with such a value, so it is corrected from another folder.
    const bool is_its_own = entry->level >= GIT_CONFIG_LEVEL_LOCAL;
    const std::string file =
        fmt::format("--file {}", shell_quoted(std::string(git_repository_commondir(repository)) + "config"));
    Error error = parsed.error();
    error.hint = fmt::format("cd / && git config {} --unset-all core.sharedRepository", is_its_own ? file : "--global");
    return error;
}

timespec file_clock() noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now;
}

void share_repository(const Opened& opened, const timespec& since) {
    const auto access = shared_access(opened.get());
    if (!access) return log::warning({}, log::with_hint(access.error().message, access.error().hint));
    Sharer sharer(since);
    sharer.share_git_folder(opened.common_folder(), *access);
    if (opened.git_folder() != opened.common_folder()) sharer.share_git_folder(opened.git_folder(), *access);
    if (sharer.failed()) log::warning({}, sharer.failed()->message);
}

Status share_new_repository(const Opened& opened) {
    GUP_TRY(const SharedAccess access, shared_access(opened.get()));
    if (access.kind == SharedAccess::Kind::umask) return {};
    std::string value = fmt::format("0{:o}", access.bits);
    if (access == at_least(of_group)) value = "1";
    if (access == at_least(of_everybody)) value = "2";
    Config config;
    Config local;
    int code = git_repository_config(Out(config), opened.get());
    if (code == 0) code = git_config_open_level(Out(local), config.get(), GIT_CONFIG_LEVEL_LOCAL);
    if (code == 0) code = git_config_set_string(local.get(), key, value.c_str());
    if (code == 0) code = git_config_set_bool(local.get(), "receive.denynonfastforwards", 1);
    if (code != 0) return failure(code, fmt::format("cannot write the configuration of {}", opened.name()));
    Sharer sharer({});
    sharer.share_tree(opened.common_folder(), access);
    return sharer.failed() ? Status(*sharer.failed()) : Status{};
}

}  // namespace gup::git
