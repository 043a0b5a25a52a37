// SPDX-License-Identifier: Apache-2.0
// A compose project as values: one stack, after interpolation, merging, include, extends and profiles. The reader fills it
// (core/compose/load), the renderer makes Quadlet units of it (core/quadlet). Compose specification:
// https://github.com/compose-spec/compose-spec/blob/main/spec.md
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gup::compose {

// Where a value is written. The file is relative to the repository; line and column begin at 1.
struct Place {
    std::string file;
    int line = 0;
    int column = 0;
    friend bool operator==(const Place&, const Place&) = default;
};

using Milliseconds = std::chrono::milliseconds;

struct Port {
    Place place{};
    std::string host_ip{};         // empty: all addresses
    std::string published{};       // "8080", a range that podman chooses from ("8000-8010"), or empty: podman chooses
    std::uint16_t target = 0;      // in the container; ranges are expanded
    std::string protocol = "tcp";  // tcp, udp, sctp
};

enum class MountKind : std::uint8_t { bind, volume, tmpfs, image };

struct Mount {
    Place place{};
    MountKind kind = MountKind::bind;
    // bind: an absolute path, or a path in the repository ("services/gw/conf"), never with "..". volume: a key of
    // Project::volumes; empty: anonymous. image: a reference.
    std::string source{};
    bool in_repository = false;     // of a bind: the source is a path in the repository
    bool needs_permission = false;  // also in the repository: what it leads to may change behind the agent's back
    std::string target{};           // absolute
    bool read_only = false;
    std::string selinux{};      // "z", "Z" or empty
    std::string propagation{};  // "rshared", … or empty
    bool create_host_path = true;
    bool no_copy = false;
    std::string subpath{};
    std::string size{};                  // tmpfs: bytes as digits; empty: no limit
    std::string mode{};                  // tmpfs: octal digits; empty: the default
    std::vector<std::string> options{};  // further words of a short tmpfs or volume ("noexec")
};

struct Variable {
    Place place{};
    std::string name{};
    std::optional<std::string> value{};  // nullopt: it is unset in the container
};

struct NetworkUse {
    Place place{};
    std::string network{};  // a key of Project::networks
    std::vector<std::string> aliases{};
    std::string ipv4{}, ipv6{}, mac{}, interface_name{};
};

enum class Condition : std::uint8_t { started, healthy, completed };

struct Dependency {
    Place place{};
    std::string stack{};  // another stack of the repository; empty: this one
    std::string service{};
    Condition condition = Condition::started;
    bool required = true;
};

struct Health {
    Place place{};
    bool is_disabled = false;
    std::vector<std::string> command{};  // program and arguments; a shell's command is {"sh", "-c", …} with is_shell
    bool is_shell = false;
    std::optional<Milliseconds> interval{}, timeout{}, start_period{}, start_interval{};
    std::optional<unsigned> retries{};
};

enum class Restart : std::uint8_t { no, always, on_failure, unless_stopped };

// A file of a secret or a config in a container.
struct FileUse {
    Place place{};
    std::string source{};      // a key of Project::secrets or Project::configs
    std::string target{};      // absolute for configs; empty: the default
    std::string uid{}, gid{};  // digits, or empty
    std::string mode{};        // octal digits, or empty
    std::string variable{};    // of a secret with x-gup type env: the variable that gets it; empty: a file
};

struct Device {
    Place place{};
    std::string host{};       // "/dev/ttyUSB0", or a CDI name ("nvidia.com/gpu=all")
    std::string container{};  // empty: as on the host
    std::string permissions{};
    bool is_optional = false;
};

struct Build {
    Place place{};
    std::string context{};  // a path in the repository, or an address of another place ("https://…")
    std::string dockerfile{}, target{};
    std::map<std::string, std::string> arguments{};
};

// "Container" → {"PodmanArgs", "--x"}, …: lines of x-quadlet, as they are.
using RawSections = std::map<std::string, std::vector<std::pair<std::string, std::string>>>;

struct Service {
    Place place;
    std::string name;
    std::string image;  // as written, after interpolation; empty only with `build`
    Place image_place;
    std::optional<Build> build;
    std::string pull_policy, platform, container_name, hostname, domainname, working_dir, user, userns_mode,
        mac_address;
    std::optional<std::vector<std::string>> command;     // nullopt: the image's
    std::optional<std::vector<std::string>> entrypoint;  // nullopt: the image's; empty: none
    std::vector<std::string> group_add;
    std::vector<Variable> environment;  // env_file included; sorted by name, each name once
    std::vector<FileUse> secrets, configs;
    std::vector<Mount> mounts;  // volumes and tmpfs
    std::vector<Port> ports;
    std::string network_mode;                                            // "", "none", "host", "bridge", "service:x"
    std::vector<NetworkUse> networks;                                    // without network_mode at least one: `default`
    std::vector<std::string> dns, dns_search, dns_options, extra_hosts;  // extra_hosts: "name:address"
    std::vector<Dependency> depends_on;                                  // links included
    std::optional<Health> health;
    Restart restart = Restart::no;
    bool has_restart = false;       // false: compose's default, "no"
    unsigned restart_attempts = 0;  // of on_failure; 0: no limit
    std::string stop_signal;
    std::optional<Milliseconds> stop_grace_period;
    std::map<std::string, std::string> labels, annotations, sysctls, storage_options;
    std::vector<std::string> cap_add, cap_drop, security_options, device_cgroup_rules;
    bool privileged = false, read_only = false, init = false, tty = false, stdin_open = false;
    std::vector<Device> devices;
    std::string memory_limit, memory_reservation, memory_swap;  // bytes as digits, or empty
    std::string shm_size;
    std::string cpus, cpu_period, cpu_quota, cpu_shares, cpu_rt_period, cpu_rt_runtime, cpuset;
    std::string pids_limit, mem_swappiness, oom_score_adj;
    bool oom_kill_disable = false;
    std::vector<std::pair<std::string, std::string>> ulimits;  // {"nofile", "1024:2048"}
    std::vector<std::pair<std::string, std::string>> blkio;    // podman's options: {"blkio-weight", "300"}
    std::string ipc, pid, uts, cgroup, cgroup_parent, runtime;
    std::string log_driver;
    std::map<std::string, std::string> log_options;
    bool is_oneshot = false;  // by a label or x-gup; the renderer adds those that somebody waits for
    std::vector<std::vector<std::string>> post_start, pre_stop;  // commands in the container
    RawSections quadlet;                                         // x-quadlet
};

struct Subnet {
    std::string subnet, gateway, range;
};

struct Network {
    Place place;
    std::string key;
    std::string name;  // an explicit one; empty: made of the project's name and the key
    bool is_external = false;
    std::string driver;
    std::map<std::string, std::string> options, labels;
    bool is_internal = false, ipv6 = false;
    std::string ipam_driver;
    std::vector<Subnet> subnets;
    RawSections quadlet;
};

struct Volume {
    Place place;
    std::string key;
    std::string name;  // as of a network
    bool is_external = false;
    std::string driver;
    std::map<std::string, std::string> options, labels;
    RawSections quadlet;
};

// The content of a secret or config. One of file, content and variable is given, unless it is external.
struct Content {
    Place place;
    std::string key;
    std::string name;  // of an external one: podman's; empty: the key
    bool is_external = false;
    std::string file;  // a path in the repository, or an absolute one of the gateway
    std::optional<std::string> content;
    std::string variable;  // a variable's name (`environment:`)
};

struct Project {
    std::string name;               // top-level `name`, else the stack's
    std::vector<Service> services;  // enabled ones, sorted by name
    std::vector<Network> networks;  // used ones, sorted by key; `default` if a service uses it
    std::vector<Volume> volumes;
    std::vector<Content> secrets, configs;

    [[nodiscard]] const Service* find(const std::string& service) const {
        for (const Service& it : services) {
            if (it.name == service) return &it;
        }
        return nullptr;
    }
};

}  // namespace gup::compose
