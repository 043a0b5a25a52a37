// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/config.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <mutex>
#include <optional>

#include "source/gitconfig/config_files.hpp"
#include "source/libgit2/config_backend.hpp"
#include "source/libgit2/config_values.hpp"
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

// A file of the repository.
Status add_file(git_config* config, const fs::path& path, git_config_level_t level, git_repository* repository) {
    GUP_CHECK(check_config_file(path, current_home().path));
    const int code = git_config_add_file_ondisk(config, path.c_str(), level, repository, 0);
    if (code == 0 || code == GIT_ENOTFOUND) return {};
    return failure(code, fmt::format("cannot read {}", path.string()));
}

// libgit2 1.9 frees the whole list of a memory backend with the first entry that was asked for. The backend lives longer than
// its entries, so these need no end.
using GetEntry = decltype(git_config_backend::get);
GetEntry get_from_memory = nullptr;

int get_and_keep(git_config_backend* backend, const char* key, git_config_backend_entry** entry) noexcept {
    const int code = get_from_memory(backend, key, entry);
    if (code == 0) (*entry)->free = [](git_config_backend_entry*) {};
    return code;
}

Status add_values(git_config* config, const ConfigValues& values, git_config_level_t level) {
    if (values.empty()) return {};
    const std::string text = format_config_text(values);
    git_config_backend* backend = nullptr;
    git_config_backend_memory_options options = GIT_CONFIG_BACKEND_MEMORY_OPTIONS_INIT;
    int code = git_config_backend_from_string(&backend, text.c_str(), text.size(), &options);
    if (code == 0) {
        get_from_memory = backend->get;
        backend->get = get_and_keep;
        code = git_config_add_backend(config, backend, level, nullptr, 0);
    }
    return code == 0 ? Status{} : Status(failure(code, "cannot use the git configuration"));
}

std::string expand_home(const std::string& path, const GitUser& user) {
    return path.rfind("~/", 0) == 0 ? (user.home / path.substr(2)).string() : path;
}

ConfigValues of_scope(const ConfigValues& values, ConfigScope scope) {
    ConfigValues found;
    std::copy_if(values.begin(), values.end(), std::back_inserter(found),
                 [&](const ConfigValue& one) { return one.scope == scope; });
    return found;
}

// Files that libgit2 would look for in the process's home.
Status add_paths(git_config* config, const GitUser& user, const ConfigPlaces& places, ConfigValues& strongest) {
    for (const auto& [key, standard] : {std::pair{"attributesfile", "attributes"}, {"excludesfile", "ignore"}}) {
        const std::string name = std::string("core.") + key;
        std::string path = config_text(config, name);
        for (const ConfigValue& one : strongest) {
            if (one.name == name) path = one.text();
        }
        path = expand_home(path, user);
        if (path.empty()) path = (places.folder / standard).string();
        GUP_CHECK(check_pattern_file(path));
        strongest.push_back({name, path, {}, 0, ConfigScope::command});
    }
    return {};
}

std::optional<ConfigRepository> places_of(git_repository* repository) {
    if (repository == nullptr) return std::nullopt;
    return ConfigRepository{git_repository_path(repository), git_repository_commondir(repository), false};
}

// The only part of the configuration that libgit2 cannot read by itself.
bool includes_by_url(git_config* config) {
    bool found = false;
    const auto visit = [](const git_config_entry*, void* payload) noexcept -> int {
        *static_cast<bool*>(payload) = true;
        return 0;
    };
    if (git_config_foreach_match(config, "^includeif\\.hasconfig:.*\\.path$", visit, &found) != 0) git_error_clear();
    return found;
}

// What belongs below and above the files of the repository: the user's and the system's values, and those of the
// environment.
Status add_user(git_config* config, const GitUser& user, git_repository* repository) {
    GUP_TRY(const ConfigPlaces places, find_config(user.home, user.system_config, variables_for(user.home)));
    auto own = places_of(repository);
    if (own && includes_by_url(config)) own->wants_own = true;
    GUP_TRY(const ConfigValues values, read_config(places, own));
    GUP_CHECK(add_values(config, of_scope(values, ConfigScope::user), GIT_CONFIG_LEVEL_GLOBAL));
    ConfigValues strongest = of_scope(values, ConfigScope::repository_by_url);
    const ConfigValues command = of_scope(values, ConfigScope::command);
    strongest.insert(strongest.end(), command.begin(), command.end());
    GUP_CHECK(add_paths(config, user, places, strongest));
    GUP_CHECK(add_values(config, strongest, GIT_CONFIG_LEVEL_APP));
    return check_values(config, values);
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

// libgit2 names a file only for a mistake in its form, and not for an include or a value.
Error explained(const Error& error, const fs::path& folder, const GitUser& user) {
    if (error.cause != Cause::git_config) return error;
    const auto places = find_config(user.home, user.system_config, variables_for(user.home));
    const fs::path own = is_folder(folder / ".git") ? folder / ".git" : folder;
    if (!places.ok()) return places.error();
    const auto values = read_config(*places, ConfigRepository{own, own, true});
    if (!values.ok()) return values.error();
    const auto checked = check_values(*values);
    return checked.ok() ? error : checked.error();
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
    if (repository != nullptr) {
        const fs::path common = git_repository_commondir(repository);
        GUP_CHECK(add_file(config.get(), common / "config", GIT_CONFIG_LEVEL_LOCAL, repository));
        if (config_flag(config.get(), "extensions.worktreeConfig", false)) {
            const fs::path own = git_repository_path(repository);
            GUP_CHECK(add_file(config.get(), own / "config.worktree", GIT_CONFIG_LEVEL_WORKTREE, repository));
        }
    }
    GUP_CHECK(add_user(config.get(), user, repository));
    return config;
}

Result<Repository> open_configured(const fs::path& folder, unsigned flags, const GitUser& user) {
    const std::scoped_lock lock(current_home().mutex);
    set_home(user.home);
    auto opened = open_exactly(folder, flags);
    if (!opened.ok()) return explained(opened.error(), folder, user);
    Repository repository = *std::move(opened);
    Config config;  // with the repository's own files, which are read already
    if (const int code = git_repository_config(Out(config), repository.get()); code != 0) {
        return failure(code, fmt::format("cannot read the configuration of {}", folder.string()));
    }
    GUP_CHECK(add_user(config.get(), user, repository.get()));
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

std::vector<std::string> config_list(git_config* config, const std::string& key) {
    std::vector<std::string> values;
    ConfigIterator found;
    if (git_config_multivar_iterator_new(Out(found), config, key.c_str(), nullptr) != 0) {
        git_error_clear();
        return values;
    }
    git_config_entry* entry = nullptr;
    while (git_config_next(&entry, found.get()) == 0) {
        const std::string_view value = entry->value == nullptr ? "" : entry->value;
        if (value.empty()) {
            values.clear();
        } else {
            values.emplace_back(value);
        }
    }
    git_error_clear();
    return values;
}

std::string first_config_text(git_config* config, const std::string& key) {
    const auto values = config_list(config, key);
    return values.empty() ? std::string() : values.front();
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
        std::optional<std::size_t> length;
    } best{&url, {}, std::nullopt};
    const auto visit = [](const git_config_entry* entry, void* payload) noexcept -> int {
        auto& found = *static_cast<Best*>(payload);
        const std::string_view name = entry->name;
        const std::string_view value = entry->value == nullptr ? "" : entry->value;
        constexpr std::string_view head = "url.";
        constexpr std::string_view tail = ".insteadof";
        if (name.size() > head.size() + tail.size() && (!found.length || value.size() > *found.length) &&
            found.url->starts_with(value)) {
            found.base = name.substr(head.size(), name.size() - head.size() - tail.size());
            found.length = value.size();
        }
        return 0;
    };
    if (git_config_foreach_match(config, "^url\\..*\\.insteadof$", visit, &best) != 0) git_error_clear();
    std::string result = best.length ? best.base + url.substr(*best.length) : url;

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
