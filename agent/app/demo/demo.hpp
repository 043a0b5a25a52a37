// SPDX-License-Identifier: Apache-2.0
// A small gateway in a folder, to see the agent at work: no root, no server, no network.
#pragma once

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct DemoRequest {
    fs::path folder;      // is created; empty: gup-agent-demo in the working folder
    fs::path executable;  // of this program
};

// Makes remotes, a configuration and a small start program in the folder. Then it runs this program there: add, check, now,
// a release that fails its health check and is rolled back, status. All output goes to standard output. The folder stays.
// Fails with conflict when the folder exists, with permission when another user could change it, and with failed when a
// command did not end as it should.
[[nodiscard]] Status run_demo(const DemoRequest& request);

}  // namespace gup
