// SPDX-License-Identifier: Apache-2.0
// podman as a program: containers of root, or of one user. In a worker, each function of host/podman asks the agent
// (host/podman/podman_questions).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/quadlet/render.hpp"
#include "host/owner.hpp"
#include "util/clock.hpp"
#include "util/process/process.hpp"
#include "util/result.hpp"

namespace gup {

struct Podman {
    std::string program = "podman";
    std::string quadlet;        // Quadlet's generator; empty: quadlet_places()
    std::optional<Owner> user;  // rootless containers of this user; nullopt: those of this process's user
    OnStop on_stop = OnStop::end;
    Milliseconds question_timeout{60'000};
};

// "5.4.2". Fails with unsupported when podman is not installed, and with failed.
[[nodiscard]] Result<quadlet::PodmanVersion> podman_version(const Podman& podman);
[[nodiscard]] std::string version_text(const quadlet::PodmanVersion& version);

// Checks that containers can run: podman is installed and has Quadlet (4.4 and later), and the user of rootless containers
// has a running manager of units (linger). Fails with unsupported; the hint says what to install or to call.
struct PodmanFacts {
    quadlet::PodmanVersion version;
    std::string quadlet;  // the generator's path
};
[[nodiscard]] Result<PodmanFacts> check_podman(const Podman& podman);

// Where distributions have the generator; the first that is there is used.
[[nodiscard]] std::vector<std::string> quadlet_places();

// A container that podman knows, running or not.
struct ContainerState {
    std::string name;
    std::string unit;      // "gw-web.service"; empty: not started by a unit
    std::string image;     // as its unit names it
    std::string image_id;  // 64 hexadecimal digits
    std::string state;     // "running", "exited", "created", …
    std::string health;    // "healthy", "unhealthy", "starting"; empty: it has no healthcheck
};
[[nodiscard]] Result<std::vector<ContainerState>> container_states(const Podman& podman);

}  // namespace gup
