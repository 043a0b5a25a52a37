// SPDX-License-Identifier: Apache-2.0
#include "host/child_environment.hpp"

#include <cstdlib>

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

}  // namespace gup
