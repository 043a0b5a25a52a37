// SPDX-License-Identifier: Apache-2.0
// The checks of `doctor` for containers. podman is only asked where a connector has stacks.
#pragma once

#include <string>
#include <vector>

#include "doctor/container_findings.hpp"
#include "doctor/findings.hpp"
#include "host/owner.hpp"
#include "util/sys/file.hpp"

namespace gup {

// True when the connector's folder has a folder of stacks: services/NAME with a compose file.
[[nodiscard]] bool has_stacks(const fs::path& connector, const std::string& folder = "services");

[[nodiscard]] ControlGroups control_groups(const fs::path& hierarchy = "/sys/fs/cgroup");

// What Quadlet's files in the folder and below it publish and use.
struct QuadletFiles {
    std::vector<PublishedPort> ports;
    std::vector<FloatingImage> images;
};
[[nodiscard]] QuadletFiles read_quadlet_files(const fs::path& folder);

struct StackOwner {
    Owner owner;
    std::vector<std::string> connectors;  // that have stacks
};
// Does nothing without owners.
void check_containers(const std::vector<StackOwner>& owners, Diagnosis& diagnosis);

}  // namespace gup
