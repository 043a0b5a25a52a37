// SPDX-License-Identifier: Apache-2.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <csignal>

#include "util/sys/c_library.hpp"

int main(int argc, char** argv) {
    gup::configure_name_service();
    std::signal(SIGPIPE, SIG_IGN);  // as in the agent: a closed pipe is an error code, not an end
    return doctest::Context(argc, argv).run();
}
