// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_limits.hpp"

#include <fmt/format.h>

#include <array>

#include "core/quadlet/container_network.hpp"
#include "core/quadlet/key_table.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

std::string upper(std::string text) {
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text.starts_with("CAP_") ? text.substr(4) : text;
}

struct LabelKey {
    std::string_view prefix;
    std::string_view key;
};
constexpr std::array label_keys{LabelKey{"type:", "SecurityLabelType"}, LabelKey{"level:", "SecurityLabelLevel"},
                                LabelKey{"filetype:", "SecurityLabelFileType"}};

// SELinux: "disable", "type:spc_t", ….
void add_label(ContainerSheet& sheet, const std::string& value) {
    if (value == "disable" && sheet.knows_key("SecurityLabelDisable")) {
        sheet.container("SecurityLabelDisable", "true");
        return;
    }
    if (value == "nested" && sheet.knows_key("SecurityLabelNested")) {
        sheet.container("SecurityLabelNested", "true");
        return;
    }
    for (const LabelKey& it : label_keys) {
        if (value.starts_with(it.prefix) && sheet.knows_key(it.key)) {
            sheet.setting(it.key, "--security-opt=label", value.substr(it.prefix.size()));
            return;
        }
    }
    sheet.argument("--security-opt", "label=" + value);
}

bool takes_away_protection(const std::string& name, const std::string& value) {
    if (name == "label") return value == "disable" || value == "nested" || value.starts_with("type:");
    if (name == "unmask" || name == "systempaths") return true;
    return (name == "seccomp" || name == "apparmor" || name == "proc-opts") && !value.empty();
}

void add_security_option(ContainerSheet& sheet, const std::string& option) {
    const std::size_t sign = option.find_first_of(":=");
    const std::string name = option.substr(0, sign);
    const std::string value = sign == std::string::npos ? std::string() : option.substr(sign + 1);
    if (takes_away_protection(name, value)) sheet.power("security:" + name + '=' + value);
    if (name == "no-new-privileges") {
        if (value != "false") sheet.container("NoNewPrivileges", "true");
    } else if (name == "label") {
        add_label(sheet, value);
    } else if (name == "seccomp") {
        sheet.setting("SeccompProfile", "--security-opt=seccomp", value);
    } else if (name == "apparmor" && sheet.knows_key("AppArmor")) {
        sheet.setting("AppArmor", "--security-opt=apparmor", value);
    } else if (name == "systempaths" && value == "unconfined") {
        sheet.setting("Unmask", "--security-opt=unmask", "ALL");
    } else if (name == "mask" || name == "unmask") {
        sheet.setting(name == "mask" ? "Mask" : "Unmask", "--security-opt=" + name, value);
    } else {
        sheet.argument("--security-opt", value.empty() ? name : name + '=' + value);
    }
}

void add_host_namespace(ContainerSheet& sheet, const std::string& mode, const std::string& kind,
                        const std::string& option) {
    if (mode.empty()) return;
    if (mode == "host") {
        sheet.power("host-" + kind);
    } else if (mode != "private" && mode != "shareable" && mode != "none" && !mode.starts_with("service:")) {
        sheet.power(kind + ':' + mode);
    }
    sheet.argument(option, namespace_of(sheet, mode));
}

void add_argument(ContainerSheet& sheet, const std::string& option, const std::string& value) {
    if (!value.empty()) sheet.argument(option, value);
}

}  // namespace

void add_rights(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    if (service.privileged) {
        sheet.power("privileged");
        sheet.flag("--privileged");
    }
    for (const std::string& it : service.cap_add) {
        sheet.power("capability:" + upper(it));
        sheet.setting("AddCapability", "--cap-add", it);
    }
    for (const std::string& it : service.cap_drop) sheet.setting("DropCapability", "--cap-drop", it);
    for (const std::string& it : service.security_options) add_security_option(sheet, it);
    if (service.read_only) {
        sheet.container("ReadOnly", "true");
        // podman would add a writable /tmp and /run, which docker does not.
        if (sheet.knows_key("ReadOnlyTmpfs")) {
            sheet.container("ReadOnlyTmpfs", "false");
        } else {
            sheet.argument("--read-only-tmpfs", "false");
        }
    }
}

void add_devices(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    for (const compose::Device& device : service.devices) {
        std::string value = device.host;
        if (!device.container.empty() || !device.permissions.empty()) {
            value += ':' + (device.container.empty() ? device.host : device.container);
        }
        if (!device.permissions.empty()) value += ':' + device.permissions;
        sheet.power("device:" + device.host);
        if (device.is_optional && sheet.facts().podman >= first_with_optional_devices) value.insert(0, 1, '-');
        sheet.setting("AddDevice", "--device", value);
    }
    for (const std::string& it : service.device_cgroup_rules) {
        sheet.power("device-cgroup:" + it);
        sheet.argument("--device-cgroup-rule", it);
    }
}

void add_namespaces(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    add_host_namespace(sheet, service.ipc, "ipc", "--ipc");
    add_host_namespace(sheet, service.pid, "pid", "--pid");
    add_host_namespace(sheet, service.uts, "uts", "--uts");
    add_host_namespace(sheet, service.cgroup, "cgroup", "--cgroupns");
    if (!service.runtime.empty()) {
        sheet.power("runtime:" + service.runtime);
        sheet.argument("--runtime", service.runtime);
    }
    if (service.cgroup_parent.empty()) return;
    sheet.power("cgroup:" + service.cgroup_parent);
    if (!sheet.knows_key("CgroupsMode")) {
        sheet.fail(service.place, "cgroup_parent needs podman 5.3 or later", "remove it: each unit has its own cgroup");
        return;
    }
    sheet.container("CgroupsMode", "enabled");
    sheet.argument("--cgroup-parent", service.cgroup_parent);
}

void add_limits(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    sheet.setting("Memory", "--memory", service.memory_limit);
    add_argument(sheet, "--memory-reservation", service.memory_reservation);
    add_argument(sheet, "--memory-swap", service.memory_swap);
    add_argument(sheet, "--memory-swappiness", service.mem_swappiness);
    sheet.setting("ShmSize", "--shm-size", service.shm_size);
    add_argument(sheet, "--cpus", service.cpus);
    add_argument(sheet, "--cpu-period", service.cpu_period);
    add_argument(sheet, "--cpu-quota", service.cpu_quota);
    add_argument(sheet, "--cpu-shares", service.cpu_shares);
    add_argument(sheet, "--cpu-rt-period", service.cpu_rt_period);
    add_argument(sheet, "--cpu-rt-runtime", service.cpu_rt_runtime);
    add_argument(sheet, "--cpuset-cpus", service.cpuset);
    sheet.setting("PidsLimit", "--pids-limit", service.pids_limit);
    add_argument(sheet, "--oom-score-adj", service.oom_score_adj);
    if (service.oom_kill_disable) sheet.flag("--oom-kill-disable");
    for (const auto& [name, value] : service.ulimits)
        sheet.setting("Ulimit", "--ulimit", fmt::format("{}={}", name, value));
    for (const auto& [option, value] : service.blkio) sheet.argument("--" + option, value);
    for (const auto& [name, value] : service.sysctls)
        sheet.setting("Sysctl", "--sysctl", fmt::format("{}={}", name, value));
}

}  // namespace gup::quadlet
