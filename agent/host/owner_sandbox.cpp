// SPDX-License-Identifier: Apache-2.0
#include "host/owner_sandbox.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

Sandbox basic_sandbox(const Owner& owner) {
    Sandbox sandbox;
    const bool is_root = ::geteuid() == 0;
    sandbox.is_confined = !is_root || owner.uid != 0;
    if (is_root && owner.uid != 0) sandbox.identity = Identity{owner.uid, owner.gid, groups_of(owner)};
    return sandbox;
}

// Folders for temporary files and caches that the environment names.
std::vector<fs::path> folders_of_environment() {
    std::vector<fs::path> folders;
    for (const char* name : {"TMPDIR", "PIP_CACHE_DIR", "UV_CACHE_DIR", "XDG_CACHE_HOME", "CARGO_HOME"}) {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets it
        if (value != nullptr && *value == '/') folders.emplace_back(value);
    }
    return folders;
}

}  // namespace

Sandbox worker_sandbox(const Owner& owner, std::vector<fs::path> folders) {
    Sandbox sandbox = basic_sandbox(owner);
    sandbox.memory = worker_memory();
    const bool has_home = owner.home != "/" && !owner.home.empty();
    if (!sandbox.is_confined) return sandbox;
    for (const char* place : {"/tmp", "/var/tmp", "/dev", "/proc"}) folders.emplace_back(place);
    folders.push_back(temporary_parent());
    folders.emplace_back(fmt::format("/run/user/{}", owner.uid));
    if (has_home) folders.push_back(owner.home);
    const auto named = folders_of_environment();
    folders.insert(folders.end(), named.begin(), named.end());
    sandbox.writable = std::move(folders);
    return sandbox;
}

Sandbox program_sandbox(const Owner& owner, Privileges privileges) {
    Sandbox sandbox = basic_sandbox(owner);
    sandbox.may_gain_privileges = privileges == Privileges::allowed;
    return sandbox;
}

}  // namespace gup
