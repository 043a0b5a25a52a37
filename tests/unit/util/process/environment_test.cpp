// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>

#include "util/process/process.hpp"

namespace gup {

TEST_CASE("run_process: what names another git's repository is not for a child, unless the request sets it") {
    constexpr std::array names{"GIT_DIR",
                               "GIT_WORK_TREE",
                               "GIT_INDEX_FILE",
                               "GIT_COMMON_DIR",
                               "GIT_OBJECT_DIRECTORY",
                               "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                               "GIT_CONFIG",
                               "GIT_CONFIG_COUNT",
                               "GIT_CONFIG_PARAMETERS",
                               "GIT_PREFIX",
                               "GIT_SHALLOW_FILE",
                               "GIT_GRAFT_FILE",
                               "GIT_IMPLICIT_WORK_TREE",
                               "GIT_NO_REPLACE_OBJECTS",
                               "GIT_REPLACE_REF_BASE",
                               "GIT_INTERNAL_SUPER_PREFIX",
                               "GIT_QUARANTINE_PATH",
                               "GIT_NAMESPACE"};
    for (const char* name : names) ::setenv(name, "not-for-children", 1);
    ::setenv("GIT_AUTHOR_NAME", "kept", 1);
    ProcessRequest request;
    request.argv = {"/bin/sh", "-c", "env | grep -E 'not-for-children|^GIT_DIR|^GIT_AUTHOR_NAME' | sort"};
    request.set_env = {{"GIT_DIR", "mine"}};
    CHECK(run_process(request).value().out == "GIT_AUTHOR_NAME=kept\nGIT_DIR=mine\n");
    for (const char* name : names) ::unsetenv(name);
    ::unsetenv("GIT_AUTHOR_NAME");
}

}  // namespace gup
