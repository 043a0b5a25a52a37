// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_basics.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

bool is_number(std::string_view text) {
    return !text.empty() && (text == "0" || text.front() != '0') &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string pull_policy(const std::string& policy) {
    if (policy == "if_not_present") return "missing";
    const bool is_podmans = policy == "always" || policy == "missing" || policy == "never" || policy == "newer";
    return is_podmans ? policy : std::string();  // daily, weekly, every_…: the agent's settings say when
}

void add_user(ContainerSheet& sheet) {
    const std::string& user = sheet.service().user;
    if (user.empty()) return;
    const std::size_t colon = user.find(':');
    const std::string name = user.substr(0, colon);
    const std::string group = colon == std::string::npos ? std::string() : user.substr(colon + 1);
    const bool are_numbers = is_number(name) && (group.empty() || is_number(group));
    const bool takes_names =
        sheet.facts().podman >= first_with_user_names && is_plain(name) && (group.empty() || is_plain(group));
    if (!are_numbers && !takes_names) {
        sheet.argument("--user", user);
        return;
    }
    sheet.setting("User", "--user", name);
    sheet.setting("Group", "--group", group);
}

const compose::Content* find_content(const std::vector<compose::Content>& contents, const std::string& key) {
    const auto it = std::ranges::find(contents, key, &compose::Content::key);
    return it == contents.end() ? nullptr : &*it;
}

}  // namespace

std::string add_image(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    std::string image;
    if (service.build) {
        image = sheet.facts().prefix + service.name + ".build";
        sheet.container("Image", image);
    } else {
        Result<std::string> found = image_in_unit(sheet.facts(), service.image);
        if (!found.ok()) {
            sheet.fail(service.image_place, found.error().message, found.error().hint);
            return service.image;
        }
        image = std::move(found).value();
        sheet.container("Image", escape_value(image));
    }
    const std::string policy = sheet.facts().pulls_never ? "never" : pull_policy(service.pull_policy);
    sheet.setting("Pull", "--pull", policy);
    if (!service.platform.empty()) sheet.argument("--platform", service.platform);
    return image;
}

void add_process(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    if (service.entrypoint) {
        if (service.entrypoint->empty()) {
            sheet.argument("--entrypoint", "");
        } else {
            sheet.raw_setting("Entrypoint", "--entrypoint", json_array(*service.entrypoint));
        }
    }
    if (service.command && !service.command->empty() &&
        std::ranges::all_of(*service.command, [&](const std::string& it) { return sheet.accepts(it); })) {
        const EscapedWords words = escape_words(*service.command);
        sheet.container("Exec", words.text);
        if (words.has_empty) sheet.in_service("Environment", empty_variable);
        if (words.has_semicolon) sheet.in_service("Environment", semicolon_variable);
    }
    sheet.setting("WorkingDir", "--workdir", service.working_dir);
    add_user(sheet);
    for (const std::string& it : service.group_add) sheet.setting("GroupAdd", "--group-add", it);
    const std::string& users = service.userns_mode;
    const bool is_users_own = users.empty() || users == "host" || users == "nomap" || users.starts_with("auto") ||
                              users.starts_with("keep-id");
    if (!is_users_own) sheet.power("userns:" + users);
    sheet.setting("UserNS", "--userns", users);
    const bool has_domain = !service.domainname.empty() && !service.hostname.empty();
    sheet.setting("HostName", "--hostname",
                  has_domain ? service.hostname + '.' + service.domainname : service.hostname);
    if (service.init) sheet.yes("RunInit", "--init");
    if (service.tty) sheet.flag("--tty");
    if (service.stdin_open) sheet.flag("--interactive");
}

void add_environment(ContainerSheet& sheet) {
    std::map<std::string, std::optional<std::string>> variables;
    for (const auto& [name, value] : sheet.facts().global_environment) variables[name] = value;
    for (const compose::Variable& it : sheet.service().environment) {
        if (!it.value && variables.contains(it.name)) continue;
        variables[it.name] = it.value;
    }
    for (const auto& [name, value] : variables) {
        if (value) {
            sheet.assignment("Environment", name, *value);
        } else {
            sheet.argument("--unsetenv", name);
        }
    }
}

void add_labels(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    for (const auto& [name, value] : service.labels) {
        if (name.starts_with("io.containers.autoupdate")) {
            sheet.warn(service.place,
                       "the label " + printable(name) + " of " + printable(service.name) + " is left out",
                       "gup-agent updates the image; two updaters would undo each other's work");
            continue;
        }
        sheet.assignment("Label", name, value);
    }
    for (const auto& [name, value] : service.annotations) {
        if (name.starts_with("run.oci.") || name.starts_with("io.podman.")) sheet.power("annotation:" + name);
        sheet.assignment("Annotation", name, value);
    }
}

void add_secrets(ContainerSheet& sheet) {
    for (const compose::FileUse& use : sheet.service().secrets) {
        const compose::Content* const content = find_content(sheet.project().secrets, use.source);
        std::string name = use.source;
        if (content != nullptr && content->is_external) {
            if (!content->name.empty()) name = content->name;
            sheet.power("secret:" + name);
        }
        if (content != nullptr && content->file.starts_with('/')) sheet.power("mount:" + content->file);
        const auto it = sheet.facts().secrets.find(use.source);
        if (it != sheet.facts().secrets.end()) name = it->second;
        std::string value = csv_field(name);
        if (use.variable.empty()) {
            value += ",type=mount," + csv_field("target=" + (use.target.empty() ? use.source : use.target));
            if (!use.uid.empty()) value += ",uid=" + use.uid;
            if (!use.gid.empty()) value += ",gid=" + use.gid;
            if (!use.mode.empty()) value += ",mode=" + use.mode;
        } else {
            value += ",type=env," + csv_field("target=" + use.variable);
        }
        sheet.setting("Secret", "--secret", value);
    }
}

void add_logging(ContainerSheet& sheet) {
    const compose::Service& service = sheet.service();
    const std::string& driver = service.log_driver;
    const bool is_file = driver == "json-file" || driver == "k8s-file" || driver == "local";
    const bool is_podmans = driver == "journald" || driver == "none" || driver == "passthrough";
    if (is_file) {
        sheet.setting("LogDriver", "--log-driver", "k8s-file");
    } else if (is_podmans) {
        sheet.setting("LogDriver", "--log-driver", driver);
    } else if (!driver.empty()) {
        sheet.warn(service.place, "podman has no log driver " + printable(driver) + ": the journal gets the output",
                   "write journald, json-file or none");
    }
    for (const auto& [name, value] : service.log_options) {
        const bool is_known = (is_file && (name == "max-size" || name == "path")) || (is_podmans && name == "tag");
        if (!is_known) {
            sheet.warn(service.place, "the option " + printable(name) + " of logging has no effect with podman",
                       "max-size works with json-file; the journal has limits in journald.conf");
            continue;
        }
        if (name == "path") sheet.power("log-file:" + value);
        sheet.setting("LogOpt", "--log-opt", fmt::format("{}={}", name, value));
    }
}

}  // namespace gup::quadlet
