// SPDX-License-Identifier: Apache-2.0
#include "source/remote/git_program.hpp"

#include "source/gitconfig/config_places.hpp"

namespace gup {

ProcessRequest git_program(const GitUser& user, std::vector<std::string> arguments) {
    ProcessRequest request;
    request.argv = std::move(arguments);
    request.argv.insert(request.argv.begin(), "git");
    request.set_env = {{"HOME", user.home.string()}, {"GIT_TERMINAL_PROMPT", "0"}, {"LC_ALL", "C"}};
    const auto variable = git::variables_for(user.home);
    for (const char* name : {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"}) {
        if (const auto value = variable(name)) request.set_env.emplace_back(name, *value);
    }
    if (!variable("HOME")) {  // another user's
        request.unset_env = {"SSH_ASKPASS", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_ASKPASS"};
    }
    if (!variable("GIT_CONFIG_SYSTEM")) request.set_env.emplace_back("GIT_CONFIG_SYSTEM", user.system_config.string());
    return request;
}

}  // namespace gup
