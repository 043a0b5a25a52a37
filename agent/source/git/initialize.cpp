// SPDX-License-Identifier: Apache-2.0
#include "source/git/initialize.hpp"

#include <git2.h>

#include <algorithm>
#include <limits>
#include <mutex>

#include "source/libgit2/config.hpp"
#include "source/libgit2/object_limit.hpp"
#include "source/transport/register.hpp"

namespace gup {
namespace {

std::mutex start_mutex;
bool is_started = false;

int as_int(Milliseconds duration) {
    return static_cast<int>(std::min<std::int64_t>(duration.count(), std::numeric_limits<int>::max()));
}

}  // namespace

Status git_initialize(const GitSettings& settings) {
    const std::scoped_lock lock(start_mutex);
    if (is_started) return {};
    if (const int code = git_libgit2_init(); code < 0) return git::failure(code, "cannot start libgit2");
    for (const git_config_level_t level :
         {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1);
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
    // libgit2 allocates memory for the announced number of objects before it receives them, and more for each one.
    git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, std::size_t{2'000'000});
    // Packs are read through small windows; otherwise a large one would be in memory as a whole. The cache is for
    // commits and trees of one classification; it does not help other connectors.
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, std::size_t{1U << 20U});
    git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, std::size_t{4U << 20U});
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, static_cast<ssize_t>(1 << 20));
    // If a ref is renamed before its content is flushed, it is empty after a power cut.
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
    git_libgit2_opts(GIT_OPT_SET_SERVER_CONNECT_TIMEOUT, as_int(settings.connect_timeout));
    git_libgit2_opts(GIT_OPT_SET_SERVER_TIMEOUT, as_int(settings.idle_timeout));
    git::set_object_limit(settings.max_object_size);
    if (auto status = register_transports(settings); !status) {
        git_libgit2_shutdown();
        return status;
    }
    is_started = true;
    return {};
}

void git_shutdown() {
    const std::scoped_lock lock(start_mutex);
    if (!is_started) return;
    git_libgit2_shutdown();
    git::forget_home();
    is_started = false;
}

}  // namespace gup
