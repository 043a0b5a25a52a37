// SPDX-License-Identifier: Apache-2.0
// Who may bring which containers, and with which values: the operator's word for one connector.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "util/secret.hpp"

namespace gup {

enum class Containers : std::uint8_t {
    automatic,  // rootful for a connector of root, else rootless
    off,        // its compose files are ignored
    rootless,   // as the connector's owner
    rootful,
};

struct StackSettings {
    Containers containers = Containers::automatic;
    std::vector<std::string> allow;                // powers: "privileged", "host-network", "device:/dev/ttyUSB0"
    std::vector<std::string> profiles;             // in addition to those of the gupfile
    std::map<std::string, std::string> variables;  // for interpolation; those of the repository come after them
    std::map<std::string, Secret> secrets;         // by name: before the files that a compose file names
};

}  // namespace gup
