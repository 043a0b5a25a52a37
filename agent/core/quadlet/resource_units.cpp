// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/resource_units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/quadlet/container_sheet.hpp"
#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup::quadlet {
namespace {

bool is_network_mode(std::string_view name) {
    static constexpr std::array modes{"bridge", "host", "none", "private", "pasta", "slirp4netns"};
    return std::ranges::find(modes, name) != modes.end();
}

// A file with one section of Quadlet's.
class ResourceSheet {
public:
    ResourceSheet(UnitSet& set, const Facts& facts, Group group, compose::Place place)
        : set_{set}, facts_{facts}, group_{group}, place_{std::move(place)} {}

    [[nodiscard]] std::string section() const {
        switch (group_) {
            case Group::network:
                return "Network";
            case Group::volume:
                return "Volume";
            case Group::build:
                return "Build";
            case Group::container:
                break;
        }
        return "Container";
    }

    void describe(const std::string& text) { text_.add("Unit", "Description", escape_specifiers(printable(text))); }

    void line(const std::string& key, const std::string& value) { text_.add(section(), key, value); }

    void setting(std::string_view key, std::string_view option, const std::string& value) {
        if (value.empty() || !accepts(value)) return;
        if (knows(facts_.podman, group_, key) && is_plain(value)) {
            line(std::string(key), escape_value(value));
        } else {
            argument(option, value);
        }
    }

    void argument(std::string_view option, const std::string& value) {
        if (!accepts(value)) return;
        if (!knows(facts_.podman, group_, "PodmanArgs")) {
            add_problem(set_, Severity::error, place_,
                        std::string(option) + " needs podman " +
                            display(known_since(group_, "PodmanArgs").value_or(PodmanVersion{})) + " or later",
                        "remove the setting, or install a newer podman");
            return;
        }
        line("PodmanArgs", escape_word(std::string(option) + '=' + value));
    }

    void assignment(const std::string& key, const std::string& name, const std::string& value) {
        if (accepts(name) && accepts(value)) line(key, escape_word(name + '=' + value));
    }

    void verbatim(const compose::RawSections& sections) {
        if (!sections.empty()) add_power(set_, "x-quadlet");
        for (const auto& [name, lines] : sections) {
            for (const auto& line : lines) {
                if (is_line(set_, place_, name, line)) text_.add(name, line.first, line.second);
            }
        }
    }

    void finish(const std::string& file, const std::string& service) {
        set_.files.push_back({.name = file, .text = text_.text(made_by(facts_, place_)), .is_secret = false});
        set_.units.push_back({.name = unit_of_file(file), .source = file, .service = service, .image = {}});
    }

private:
    [[nodiscard]] bool accepts(const std::string& value) {
        if (can_be_written(value)) return true;
        add_problem(set_, Severity::error, place_, "a value here can be carried by no unit",
                    "remove NUL, U+0080 and bytes that are not UTF-8 from it");
        return false;
    }

    UnitSet& set_;
    const Facts& facts_;
    Group group_;
    compose::Place place_;
    UnitText text_;
};

void add_network_unit(UnitSet& set, const compose::Project& project, const Facts& facts,
                      const compose::Network& network) {
    const bool has_name_key = knows(facts.podman, Group::network, "NetworkName");
    const std::string file = network_file(project, facts, network);
    const std::string name = network_name(project, network);
    ResourceSheet sheet{set, facts, Group::network, network.place};
    sheet.describe("network " + network.key + " of " + project.name);
    if (has_name_key) {
        sheet.setting("NetworkName", "--name", name);
    } else if (!network.name.empty()) {
        add_problem(set, Severity::error, network.place,
                    "the name of the network " + printable(network.key) + " needs podman 4.7 or later",
                    "remove the name, or create the network by hand and write external: true");
    }
    // Quadlet refuses a file without its section. bridge is podman's default.
    const bool is_bridge = network.driver.empty() && !has_name_key;
    sheet.setting("Driver", "--driver", is_bridge ? "bridge" : network.driver);
    for (const compose::Subnet& it : network.subnets) {
        sheet.setting("Subnet", "--subnet", it.subnet);
        sheet.setting("Gateway", "--gateway", it.gateway);
        sheet.setting("IPRange", "--ip-range", it.range);
    }
    sheet.setting("IPAMDriver", "--ipam-driver", network.ipam_driver == "default" ? "" : network.ipam_driver);
    if (network.is_internal) sheet.line("Internal", "true");
    if (network.ipv6) sheet.line("IPv6", "true");
    for (const auto& [key, value] : network.options) sheet.assignment("Options", key, value);
    for (const auto& [key, value] : network.labels) sheet.assignment("Label", key, value);
    sheet.verbatim(network.quadlet);
    sheet.finish(file, {});
    const std::string base = file.substr(0, file.rfind('.'));
    set.networks.push_back(
        {.file = file, .name = has_name_key ? name : "systemd-" + base, .is_explicit = !network.name.empty()});
}

// Data of a path on the gateway: options of podman's driver "local".
void list_bound_path(UnitSet& set, const compose::Volume& volume) {
    const auto device = volume.options.find("device");
    if (device != volume.options.end() && device->second.starts_with('/')) add_power(set, "mount:" + device->second);
    const auto words = volume.options.find("o");
    if (words != volume.options.end() && words->second.find("=/") != std::string::npos) {
        add_power(set, "mount:" + words->second);
    }
}

void add_volume_unit(UnitSet& set, const compose::Project& project, const Facts& facts, const compose::Volume& volume) {
    const std::string name = volume_name(project, volume);
    if (volume.is_external || !volume.name.empty()) add_power(set, "volume:" + name);
    if (volume.is_external) return;
    set.volumes.push_back(name);
    list_bound_path(set, volume);
    if (!has_volume_file(facts, volume)) {
        const bool is_simple = volume.options.empty() && volume.labels.empty() && volume.quadlet.empty() &&
                               (volume.driver.empty() || volume.driver == "local");
        if (!is_simple) {
            add_problem(set, Severity::error, volume.place,
                        "the settings of the volume " + printable(volume.key) + " need podman 4.7 or later",
                        "create the volume by hand and write external: true");
        }
        return;
    }
    ResourceSheet sheet{set, facts, Group::volume, volume.place};
    sheet.describe("volume " + volume.key + " of " + project.name);
    sheet.setting("VolumeName", "--name", name);
    sheet.setting("Driver", "--driver", volume.driver == "local" ? "" : volume.driver);
    for (const auto& [key, value] : volume.options) sheet.argument("--opt", fmt::format("{}={}", key, value));
    for (const auto& [key, value] : volume.labels) sheet.assignment("Label", key, value);
    sheet.verbatim(volume.quadlet);
    sheet.finish(volume_file(project, facts, volume), {});
}

// The key becomes a part of a file's name, the name an argument of podman.
bool has_good_name(UnitSet& set, const compose::Place& place, const std::string& key, const std::string& name) {
    if (is_resource_name('x' + key) && is_resource_name(name)) return true;
    add_problem(set, Severity::error, place,
                printable(key) + " has a name that podman does not take: " + printable(name),
                "begin with a letter or digit, go on with letters, digits, '.', '_' and '-'");
    return false;
}

}  // namespace

std::string made_by(const Facts& facts, const compose::Place& place) {
    const std::string source =
        place.file.empty() ? std::string() : " from " + printable(facts.place_prefix + place.file);
    return "Made by gup-agent" + source + "; it overwrites changes.";
}

void add_network_units(UnitSet& set, const compose::Project& project, const Facts& facts) {
    for (const compose::Network& it : project.networks) {
        const std::string name = network_name(project, it);
        if (!has_good_name(set, it.place, it.key, name)) continue;
        if (is_network_mode(name)) {
            add_problem(set, Severity::error, it.place, "podman keeps the name " + name + " for itself",
                        "for the host's network write network_mode: host; else choose another name");
            continue;
        }
        if (!it.is_external) add_network_unit(set, project, facts, it);
    }
}

void add_volume_units(UnitSet& set, const compose::Project& project, const Facts& facts) {
    for (const compose::Volume& it : project.volumes) {
        if (has_good_name(set, it.place, it.key, volume_name(project, it))) add_volume_unit(set, project, facts, it);
    }
}

void add_build_unit(UnitSet& set, const compose::Project& project, const Facts& facts,
                    const compose::Service& service) {
    const compose::Build& build = *service.build;
    add_power(set, "build");
    if (facts.podman < first_with_build) {
        add_problem(set, Severity::error, build.place, "build needs podman 5.2 or later",
                    "build the image elsewhere and write image");
        return;
    }
    ResourceSheet sheet{set, facts, Group::build, build.place};
    sheet.describe("image of " + service.name + " of " + project.name);
    const std::string tag =
        service.image.empty() ? "localhost/" + project.name + '/' + service.name + ":latest" : service.image;
    const Result<std::string> image = image_in_unit(facts, tag);
    if (!image.ok()) add_problem(set, Severity::error, build.place, image.error().message, image.error().hint);
    sheet.setting("ImageTag", "--tag", image.value_or(tag));
    const bool is_top = build.context.empty() || build.context == ".";
    const bool is_remote = contains(build.context, "://") || build.context.starts_with("git@");
    const std::string local = is_top ? facts.repository : facts.repository + '/' + build.context;
    const std::string& context = is_remote ? build.context : local;
    const bool is_absolute = build.dockerfile.starts_with('/');
    const std::string file = build.dockerfile.empty() ? "Dockerfile" : build.dockerfile;
    sheet.line("SetWorkingDirectory", escape_value(context));
    sheet.setting("File", "--file", is_absolute || is_remote ? file : context + '/' + file);
    sheet.setting("Target", "--target", build.target);
    for (const auto& [key, value] : build.arguments) {
        if (knows(facts.podman, Group::build, "BuildArg")) {
            sheet.assignment("BuildArg", key, value);
        } else {
            sheet.argument("--build-arg", fmt::format("{}={}", key, value));
        }
    }
    sheet.finish(facts.prefix + service.name + ".build", service.name);
}

}  // namespace gup::quadlet
