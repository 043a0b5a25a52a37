// SPDX-License-Identifier: Apache-2.0
#include "quadlet_projects.hpp"

namespace gup::quadlet::fixtures {
namespace {

using std::chrono::seconds;

void fill_process(compose::Service& it) {
    it.pull_policy = "always";
    it.platform = "linux/arm64";
    it.hostname = "web";
    it.domainname = "example.org";
    it.working_dir = "/app";
    it.user = "app:staff";
    it.userns_mode = "keep-id";
    it.command = {"serve", "--name", "a b"};
    it.entrypoint = {"/entry", "point"};
    it.group_add = {"dialout"};
    it.environment = {{.name = "A", .value = "1 %h $X"}, {.name = "B", .value = {}}};
    it.labels = {{"l", "v"}};
    it.annotations = {{"a", "v"}};
    it.secrets = {{.source = "s", .mode = "0400"}, {.source = "s", .variable = "TOKEN"}};
    it.configs = {{.source = "c", .target = "/etc/c"}};
    it.log_driver = "json-file";
    it.log_options = {{"max-size", "10m"}};
    it.init = it.tty = it.stdin_open = true;
}

void fill_resources(compose::Service& it) {
    using compose::MountKind;
    it.mounts = {{.kind = MountKind::bind, .source = "services/gw/conf", .in_repository = true, .target = "/conf"},
                 {.kind = MountKind::bind, .source = "/etc/localtime", .target = "/etc/localtime", .read_only = true},
                 {.kind = MountKind::volume, .source = "data", .target = "/data", .no_copy = true},
                 {.kind = MountKind::volume, .source = "data", .target = "/a:b"},
                 {.kind = MountKind::volume, .target = "/anonymous"},
                 {.kind = MountKind::tmpfs, .target = "/tmp", .size = "1024", .mode = "1777"},
                 {.kind = MountKind::image, .source = "busybox", .target = "/image"}};
    it.ports = {{.published = "8080", .target = 80},
                {.host_ip = "::1", .published = "53", .target = 53, .protocol = "udp"},
                {.published = "9", .target = 9, .protocol = "sctp"}};
    it.dns = {"1.1.1.1"};
    it.dns_search = {"lan"};
    it.dns_options = {"ndots:1"};
    it.extra_hosts = {"host:host-gateway"};
    it.mac_address = "02:00:00:00:00:01";
    it.devices = {{.host = "/dev/ttyUSB0", .permissions = "rw"}, {.host = "/dev/x", .is_optional = true}};
    it.device_cgroup_rules = {"c 188:* rw"};
    it.memory_limit = "1000000";
    it.memory_reservation = "1000";
    it.shm_size = "64000";
    it.cpus = "0.5";
    it.pids_limit = "100";
    it.ulimits = {{"nofile", "1024:2048"}};
    it.blkio = {{"blkio-weight", "300"}};
    it.sysctls = {{"net.core.somaxconn", "1024"}, {"net.ipv4.ip_local_port_range", "1024 65000"}};
}

void fill_rights(compose::Service& it) {
    it.cap_add = {"NET_ADMIN"};
    it.cap_drop = {"ALL"};
    it.security_options = {"no-new-privileges:true", "label:disable",          "label=type:spc_t", "seccomp=unconfined",
                           "apparmor=unconfined",    "systempaths=unconfined", "mask=/proc/x"};
    it.privileged = it.read_only = true;
    it.ipc = it.pid = it.uts = it.cgroup = "host";
}

void fill_life(compose::Service& it) {
    it.health = compose::Health{.command = {"sh", "-c", "curl -f \"http://localhost\" || exit 1"},
                                .is_shell = true,
                                .interval = seconds{10},
                                .timeout = seconds{5},
                                .start_period = seconds{20},
                                .start_interval = seconds{1},
                                .retries = 4};
    it.restart = compose::Restart::unless_stopped;
    it.has_restart = true;
    it.stop_signal = "SIGINT";
    it.stop_grace_period = seconds{3};
    it.post_start = {{"echo", "a b"}};
    it.pre_stop = {{"sync"}};
}

}  // namespace

compose::Project everything() {
    compose::Service web = service_called("web", "nginx:1.27");
    fill_process(web);
    fill_resources(web);
    fill_rights(web);
    fill_life(web);
    compose::Project project = project_of({web});
    project.networks.front().driver = "bridge";
    project.networks.front().is_internal = project.networks.front().ipv6 = true;
    project.networks.front().subnets = {{.subnet = "10.9.0.0/24", .gateway = "10.9.0.1", .range = "10.9.0.128/25"}};
    project.networks.front().options = {{"mtu", "1400"}};
    project.networks.front().labels = {{"l", "v"}};
    compose::Volume volume;
    volume.key = "data";
    project.volumes = {volume};
    project.secrets = {content_of("s", "", "")};
    project.configs = {content_of("c", "", "x = 1\n")};
    return project;
}

}  // namespace gup::quadlet::fixtures
