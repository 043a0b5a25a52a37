// SPDX-License-Identifier: Apache-2.0
// Quadlet units of a compose project: podman-systemd.unit(5). Pure; the same input gives the same bytes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/compose/project.hpp"
#include "core/declaration/gupfile.hpp"

namespace gup::quadlet {

struct PodmanVersion {
    unsigned major = 5, minor = 4, patch = 0;
    friend auto operator<=>(const PodmanVersion&, const PodmanVersion&) = default;  // NOLINT(modernize-use-nullptr)
};
// "5.4.2", "podman version 4.9.4-dev"; nullopt for anything else.
[[nodiscard]] std::optional<PodmanVersion> parse_podman_version(const std::string& text);

// What is not in the project.
struct Facts {
    PodmanVersion podman;
    std::string prefix;      // of unit and container names: "gw-"; may be empty
    std::string repository;  // absolute path of the repository on the gateway: for bind mounts
    std::string configs;     // absolute path of the folder of configs (UnitSet::configs)
    std::string target;      // the meta target's unit name; empty: none
    bool is_rootless = false;
    // By the image as written: the reference that the unit names ("localhost/gup/gw/web:g1"). Missing: fully qualified.
    std::map<std::string, std::string> images;
    bool pulls_never = false;                               // Pull=never: the agent has pulled
    std::map<std::string, std::string> secrets;             // by key: podman's name; missing: the key
    std::map<std::string, std::string> global_environment;  // in each container: only the utility's own form
    std::vector<std::string> services;                      // only these (--deploy-services); empty: all
    bool adds_part_of_only = false;                         // the target is somebody else's: no WantedBy it
    std::map<std::string, std::string> other_prefixes;      // by stack; missing: "STACK-", or none without a prefix
    std::set<std::string> awaited;                          // services whose end another stack waits for
    std::string place_prefix;                               // before the names of compose files in comments
    // Values came from outside of the repository: the files of containers are secret.
    bool has_outside_variables = false;
};

struct File {
    std::string name;  // "gw-web.container"
    std::string text;
    bool is_secret = false;  // its text has values of variables: mode 0640
};

struct Unit {
    std::string name;     // systemd's: "gw-web.service"
    std::string source;   // the file
    std::string service;  // compose's; empty for networks and volumes
    std::string image;    // as Facts::images answered, of a container
    bool has_health = false;
    bool is_oneshot = false;
};

struct NetworkSpec {
    std::string file;  // "gw-default.network"
    std::string name;  // podman's, with a hash of its spec unless it is explicit
    bool is_explicit = false;
};

struct UnitSet {
    std::vector<File> files;  // sorted by name; the target is not among them
    std::vector<Unit> units;  // sorted by name
    std::vector<NetworkSpec> networks;
    std::vector<std::string> volumes;  // podman's names
    std::map<std::string, std::string>
        configs;                      // name in Facts::configs → content, for those with content or a variable
    std::vector<std::string> powers;  // what a unit may do beyond its container: "privileged", "host-network",
                                      // "device:/dev/ttyUSB0", "mount:/etc", sorted
    std::map<std::string, std::string> config_modes;  // name of a config → octal digits; missing: 0644
    std::vector<Problem> problems;

    [[nodiscard]] bool usable() const;
};

// Never fails as a whole. `powers` has these words: "privileged", "x-quadlet", "build", "host-network", "host-ipc",
// "host-pid", "host-uts", "host-cgroup", and "device:", "mount:", "capability:", "security:", "runtime:", "cgroup:",
// "device-cgroup:", "annotation:", "log-file:", "network:", "volume:", "secret:", "userns:", "ipc:", "pid:", "uts:" with a
// name.
[[nodiscard]] UnitSet render(const compose::Project& project, const Facts& facts);

// The text of the meta target: "gup-NAME.target". Containers are PartOf and WantedBy it (Facts::target).
[[nodiscard]] std::string render_target(const std::string& name, bool is_rootless);

}  // namespace gup::quadlet
