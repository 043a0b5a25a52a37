// SPDX-License-Identifier: Apache-2.0
#include "host/child_environment.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace gup {

void set_user(ProcessRequest& request, const Owner& user) {
    request.set_env.emplace_back("HOME", user.home.native());
    if (user.name.empty()) return;
    request.set_env.emplace_back("USER", user.name);
    request.set_env.emplace_back("LOGNAME", user.name);
}

void set_virtualenv(ProcessRequest& request, const fs::path& virtualenv) {
    if (virtualenv.empty()) return;
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    const std::string bin = (virtualenv / "bin").native();
    request.set_env.emplace_back("VIRTUAL_ENV", virtualenv.native());
    request.set_env.emplace_back("PATH", bin + ":" + (path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path));
}

void set_session(ProcessRequest& request, const Owner& user) {
    const std::string runtime = fmt::format("/run/user/{}", user.uid);
    // Without a session, programs have their own way to tell it.
    if (is_folder(runtime)) {
        request.set_env.emplace_back("XDG_RUNTIME_DIR", runtime);
        request.set_env.emplace_back("DBUS_SESSION_BUS_ADDRESS", fmt::format("unix:path={}/bus", runtime));
    }
    if (::geteuid() != 0 || user.uid == 0) return;
    std::vector<std::string> argv{"setpriv",
                                  fmt::format("--reuid={}", user.uid),
                                  fmt::format("--regid={}", user.gid),
                                  user.name.empty() ? "--clear-groups" : "--init-groups",
                                  "--reset-env",
                                  "--",
                                  "env"};
    for (const auto& [name, value] : request.set_env) argv.push_back(fmt::format("{}={}", name, value));
    argv.insert(argv.end(), request.argv.begin(), request.argv.end());
    request.argv = std::move(argv);
}

}  // namespace gup
