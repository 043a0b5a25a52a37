// SPDX-License-Identifier: Apache-2.0
// The machine's own Quadlet: it reads a folder of .container, .network and .volume files and prints the units that systemd
// would get.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/podman/podman.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct QuadletComplaint {
    std::string file;  // "gw-web.container"; empty: it names none
    std::string text;  // "unsupported key 'Foo' in group 'Container' in …"
};

struct DryRun {
    std::map<std::string, std::string> units;  // by name ("gw-web.service"): their text
    std::vector<QuadletComplaint> complaints;  // errors and warnings, in their order
};

// What Quadlet makes of the files in `folder` alone; nothing on the machine changes. Podman's own user decides between
// rootful and rootless units. A refused file is a complaint and a missing unit, not an error. Fails with unsupported as
// check_podman does, and with failed.
[[nodiscard]] Result<DryRun> quadlet_dry_run(const fs::path& folder, const Podman& podman);

// Fails with invalid_input when one of the `expected` units is missing, or a file was refused; the message has Quadlet's
// words. Podman 4.4 ends with success when it refused a file.
[[nodiscard]] Status check_dry_run(const DryRun& run, const std::vector<std::string>& expected);

}  // namespace gup
