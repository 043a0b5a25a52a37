#include "source/libgit2/config.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <git2/sys/config.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

#include "source/libgit2/file_limits.hpp"
#include "source/libgit2/object_limit.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

struct Home {
    std::mutex mutex;
    std::string path;  // what ~ in an include means to libgit2 at the moment
};

Home& current_home() {
    static Home instance;
    return instance;
}

// "~/x" in include.path is resolved by libgit2 with one home per process, and only while a file is parsed.
void set_home(const fs::path& home) {
    if (home.empty() || current_home().path == home) return;
    if (git_libgit2_opts(GIT_OPT_SET_HOMEDIR, home.c_str()) == 0) current_home().path = home;
}

Status add_file(git_config* config, const fs::path& path, git_config_level_t level, git_repository* repository) {
    GUP_CHECK(check_config_file(path, current_home().path));
    const int code = git_config_add_file_ondisk(config, path.c_str(), level, repository, 0);
    if (code == 0 || code == GIT_ENOTFOUND) return {};
    // A file in a home that is not readable is ignored, as git does.
    const bool is_personal = level == GIT_CONFIG_LEVEL_XDG || level == GIT_CONFIG_LEVEL_GLOBAL;
    if (is_personal && ::faccessat(AT_FDCWD, path.c_str(), R_OK, AT_EACCESS) != 0 && errno == EACCES) {
        git_error_clear();
        return {};
    }
    return failure(code, fmt::format("cannot read {}", path.string()));
}

std::string expand_home(const std::string& path, const GitUser& user) {
    return path.rfind("~/", 0) == 0 ? (user.home / path.substr(2)).string() : path;
}

// Values that libgit2 would look for in the process's home.
Status add_paths(git_config* config, const GitUser& user) {
    std::string text = "[core]\n";
    for (const auto& [key, standard] : {std::pair{"attributesFile", "attributes"}, {"excludesFile", "ignore"}}) {
        std::string path = expand_home(config_text(config, std::string("core.") + key), user);
        if (path.empty()) path = (user.home / ".config/git" / standard).string();
        GUP_CHECK(check_pattern_file(path));
        std::string quoted;
        for (const char c : path) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        text += fmt::format("\t{} = \"{}\"\n", key, quoted);
    }
    git_config_backend* backend = nullptr;
    git_config_backend_memory_options options = GIT_CONFIG_BACKEND_MEMORY_OPTIONS_INIT;
    int code = git_config_backend_from_string(&backend, text.c_str(), text.size(), &options);
    if (code == 0) code = git_config_add_backend(config, backend, GIT_CONFIG_LEVEL_APP, nullptr, 0);
    if (code != 0) return failure(code, "cannot set paths of the git configuration");
    return {};
}

// The configuration of the system and of the user, in that order.
Status add_levels(git_config* config, const GitUser& user, git_repository* repository) {
    if (!user.system_config.empty()) {
        GUP_CHECK(add_file(config, user.system_config, GIT_CONFIG_LEVEL_SYSTEM, repository));
    }
    if (user.home.empty()) return {};
    GUP_CHECK(add_file(config, user.home / ".config/git/config", GIT_CONFIG_LEVEL_XDG, repository));
    return add_file(config, user.home / ".gitconfig", GIT_CONFIG_LEVEL_GLOBAL, repository);
}

void validate_owners(bool validates) {
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, validates ? 1 : 0);
}

// Libgit2 opens only what belongs to the effective user. Root may give a user a repository as well.
Status check_is_ours_or_root_s(const fs::path& folder, git_repository* repository) {
    const fs::path git_folder = git_repository_path(repository);
    for (const fs::path& path : {folder, folder / ".git", git_folder, fs::path(git_repository_commondir(repository))}) {
        GUP_TRY(const auto info, file_info(path, Follow::no));
        if (!info || info->owner == 0 || info->owner == ::geteuid()) continue;
        return Error{ErrorCode::permission,
                     fmt::format("{} belongs to uid {}, not to uid {}", path.string(), info->owner, ::geteuid()),
                     fmt::format("chown -R {} {}", ::geteuid(), path.string()), Cause::not_ours};
    }
    return {};
}

// The caller has the lock.
Result<Repository> open_exactly(const fs::path& folder, unsigned flags) {
    GUP_CHECK(check_repository_files(folder, current_home().path));
    flags |= GIT_REPOSITORY_OPEN_NO_SEARCH;
    Repository repository;
    int code = git_repository_open_ext(Out(repository), folder.c_str(), flags, nullptr);
    if (code == GIT_EOWNER) {
        validate_owners(false);
        code = git_repository_open_ext(Out(repository), folder.c_str(), flags, nullptr);
        validate_owners(true);
        if (code == 0) GUP_CHECK(check_is_ours_or_root_s(folder, repository.get()));
    }
    if (code != 0) return failure(code, fmt::format("cannot open {}", folder.string()));
    GUP_CHECK(limit_objects(repository.get()));
    return repository;
}

Status use_config(git_repository* repository, git_config* config) {
    if (const int code = git_repository_set_config(repository, config); code != 0) {
        return failure(code, "cannot set the configuration");
    }
    git_repository_set_ident(repository, "gup-agent", "gup-agent@localhost");
    return {};
}

}  // namespace

Result<Config> open_config(const GitUser& user, git_repository* repository) {
    Config config;
    if (const int code = git_config_new(Out(config)); code != 0) return failure(code, "cannot create a configuration");
    const std::scoped_lock lock(current_home().mutex);
    set_home(user.home);
    GUP_CHECK(add_levels(config.get(), user, repository));
    if (repository != nullptr) {
        const fs::path common = git_repository_commondir(repository);
        GUP_CHECK(add_file(config.get(), common / "config", GIT_CONFIG_LEVEL_LOCAL, repository));
        if (config_flag(config.get(), "extensions.worktreeConfig", false)) {
            const fs::path own = git_repository_path(repository);
            GUP_CHECK(add_file(config.get(), own / "config.worktree", GIT_CONFIG_LEVEL_WORKTREE, repository));
        }
    }
    GUP_CHECK(add_paths(config.get(), user));
    return config;
}

Result<Repository> open_configured(const fs::path& folder, unsigned flags, const GitUser& user) {
    const std::scoped_lock lock(current_home().mutex);
    set_home(user.home);
    GUP_TRY(Repository repository, open_exactly(folder, flags));
    Config config;  // with the repository's own files, which are read already
    if (const int code = git_repository_config(Out(config), repository.get()); code != 0) {
        return failure(code, fmt::format("cannot read the configuration of {}", folder.string()));
    }
    GUP_CHECK(add_levels(config.get(), user, repository.get()));
    GUP_CHECK(add_paths(config.get(), user));
    GUP_CHECK(use_config(repository.get(), config.get()));
    return repository;
}

Result<Repository> open_plainly(const fs::path& folder, unsigned flags) {
    const std::scoped_lock lock(current_home().mutex);
    return open_exactly(folder, flags);
}

AnyOwner::AnyOwner() : lock_(current_home().mutex) {
    validate_owners(false);
}

AnyOwner::~AnyOwner() {
    validate_owners(true);
}

Result<Repository> open_remote_folder(const fs::path& folder) {
    const AnyOwner any_owner;
    return open_exactly(folder, 0);
}

Status configure(git_repository* repository, const GitUser& user, git_repository* config_of) {
    GUP_TRY(const Config config, open_config(user, config_of));
    return use_config(repository, config.get());
}

std::string config_text(git_config* config, const std::string& key) {
    ConfigEntry entry;
    if (git_config_get_entry(Out(entry), config, key.c_str()) != 0) {
        git_error_clear();
        return {};
    }
    return entry->value == nullptr ? std::string{} : entry->value;
}

bool config_flag(git_config* config, const std::string& key, bool fallback) {
    int value = 0;
    if (git_config_get_bool(&value, config, key.c_str()) != 0) {
        git_error_clear();
        return fallback;
    }
    return value != 0;
}

fs::path local_path(const std::string& url) {
    return url.starts_with('/') ? url : path_of_file_url(url);
}

std::string effective_url(const std::string& url, git_config* config, const fs::path& folder) {
    struct Best {
        const std::string* url;
        std::string base;
        std::size_t length = 0;
    } best{&url, {}, 0};
    const auto visit = [](const git_config_entry* entry, void* payload) noexcept -> int {
        auto& found = *static_cast<Best*>(payload);
        const std::string_view name = entry->name;
        const std::string_view value = entry->value == nullptr ? "" : entry->value;
        constexpr std::string_view head = "url.";
        constexpr std::string_view tail = ".insteadof";
        if (value.size() > found.length && std::string_view(*found.url).substr(0, value.size()) == value) {
            found.base = name.substr(head.size(), name.size() - head.size() - tail.size());
            found.length = value.size();
        }
        return 0;
    };
    if (git_config_foreach_match(config, "^url\\..*\\.insteadof$", visit, &best) != 0) git_error_clear();
    std::string result = best.length == 0 ? url : best.base + url.substr(best.length);

    const auto colon = result.find(':');
    const bool is_relative_path = result.find("://") == std::string::npos && !result.empty() && result.front() != '/' &&
                                  (colon == std::string::npos || result.find('/') < colon);
    if (is_relative_path && !folder.empty()) result = (folder / result).lexically_normal().string();
    return result;
}

void forget_home() {
    const std::scoped_lock lock(current_home().mutex);
    current_home().path.clear();
}

}  // namespace gup::git
