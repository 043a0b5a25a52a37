// SPDX-License-Identifier: Apache-2.0
// The checks of `doctor` for containers. podman is only asked where a connector has stacks.
#pragma once

#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "doctor/container_findings.hpp"
#include "doctor/findings.hpp"
#include "host/owner.hpp"
#include "util/sys/file.hpp"

namespace gup {

[[nodiscard]] ControlGroups control_groups(const fs::path& hierarchy = "/sys/fs/cgroup");

// What Quadlet's files in the folder and below it publish and use.
struct QuadletFiles {
    std::vector<PublishedPort> ports;
    std::vector<FloatingImage> images;
};
[[nodiscard]] QuadletFiles read_quadlet_files(const fs::path& folder);

// The processes on ports of the list, as /proc shows them. Those of podman are left out.
[[nodiscard]] std::vector<PortHolder> find_holders(const std::vector<PublishedPort>& ports,
                                                   const fs::path& proc = "/proc");

struct StackOwner {
    Owner owner;                          // whose containers they are
    std::vector<std::string> connectors;  // that have stacks
};
// Does nothing without owners.
void check_containers(const std::vector<StackOwner>& owners, const UpdateSettings& settings, Diagnosis& diagnosis);

// Of the compose files of one connector, as its owner: mistakes, variables without a value, and registries that do not
// answer for its images. Each image is asked for once, as a run that resolves all tags would do.
[[nodiscard]] Diagnosis examine_stacks(const Observation& observation, const UpdateSettings& settings);

}  // namespace gup
