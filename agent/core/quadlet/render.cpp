// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/render.hpp"

#include <algorithm>

#include "core/declaration/unit_name.hpp"
#include "core/quadlet/container_basics.hpp"
#include "core/quadlet/container_life.hpp"
#include "core/quadlet/container_limits.hpp"
#include "core/quadlet/container_network.hpp"
#include "core/quadlet/container_sheet.hpp"
#include "core/quadlet/container_storage.hpp"
#include "core/quadlet/key_table.hpp"
#include "core/quadlet/names.hpp"
#include "core/quadlet/resource_units.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

constexpr const char* system_target = "multi-user.target";
constexpr const char* user_target = "default.target";

const char* start_target(bool is_rootless) {
    return is_rootless ? user_target : system_target;
}

bool is_secret_file(const Facts& facts, const compose::Service& service) {
    const bool has_value = std::ranges::any_of(
        service.environment, [](const compose::Variable& it) { return it.value.has_value() && !it.value->empty(); });
    return has_value || facts.has_outside_variables || !facts.global_environment.empty();
}

void add_container(UnitSet& set, const compose::Project& project, const Facts& facts, const compose::Service& service) {
    if (service.build) add_build_unit(set, project, facts, service);
    ContainerSheet sheet{project, facts, service, set};
    const Expected expected = expected_of(project, facts, service);
    sheet.unit("Description", escape_specifiers(printable(service.name + " of " + project.name)));
    if (!facts.target.empty()) sheet.unit("PartOf", facts.target);
    const std::string image = add_image(sheet);
    const std::string name = container_name(service, facts);
    if (!is_resource_name(name) || !is_resource_name(facts.prefix + service.name))
        sheet.fail(service.place, "container_name " + printable(name) + " is no name of a container",
                   "write letters, digits, '.', '_' and '-'");
    sheet.container("ContainerName", escape_value(name));
    add_networks(sheet);
    add_ports(sheet);
    add_names(sheet);
    add_process(sheet);
    add_environment(sheet);
    add_secrets(sheet);
    add_mounts(sheet);
    add_configs(sheet);
    add_labels(sheet);
    add_logging(sheet);
    add_rights(sheet);
    add_devices(sheet);
    add_namespaces(sheet);
    add_limits(sheet);
    add_dependencies(sheet);
    add_health(sheet, expected);
    add_restart(sheet, expected);
    add_stop(sheet);
    add_hooks(sheet);
    if (!service.quadlet.empty()) sheet.power("x-quadlet");
    for (const auto& [section, lines] : service.quadlet) {
        for (const auto& [key, value] : lines) sheet.verbatim(section, key, value);
    }
    const bool wants_target = !facts.target.empty() && !facts.adds_part_of_only;
    const std::string install = wants_target ? facts.target : start_target(facts.is_rootless);
    const std::string file = facts.prefix + service.name + ".container";
    set.files.push_back({.name = file,
                         .text = sheet.text(made_by(facts, service.place), install),
                         .is_secret = is_secret_file(facts, service)});
    set.units.push_back({.name = unit_of_file(file),
                         .source = file,
                         .service = service.name,
                         .image = image,
                         .has_health = expected.has_health,
                         .is_oneshot = expected.is_oneshot});
}

void refuse_double_names(UnitSet& set, const compose::Project& project) {
    for (std::size_t i = 1; i < set.units.size(); ++i) {
        if (set.units[i].name != set.units[i - 1].name) continue;
        const compose::Place place = project.services.empty() ? compose::Place{} : project.services.front().place;
        add_problem(set, Severity::error, place,
                    "two units would be called " + printable(set.units[i].name) + ": of " +
                        printable(set.units[i - 1].source) + " and " + printable(set.units[i].source),
                    "give the service another name");
    }
}

}  // namespace

bool UnitSet::usable() const {
    return !has_error(problems);
}

UnitSet render(const compose::Project& project, const Facts& facts) {
    UnitSet set;
    if (!facts.target.empty() && unit_name(facts.target) != facts.target) {
        add_problem(set, Severity::error, {}, "the target " + printable(facts.target) + " is not the name of a unit",
                    "for example all-containers.target");
        return set;
    }
    if (facts.podman < first_with_quadlet) {
        add_problem(set, Severity::error, {},
                    "podman " + display(facts.podman) + " has no Quadlet, which makes units of containers",
                    "install podman 4.4 or later (Debian 13 has 5.4)");
        return set;
    }
    for (const compose::Service& it : project.services) {
        const bool is_wanted =
            facts.services.empty() || std::ranges::find(facts.services, it.name) != facts.services.end();
        if (is_wanted) add_container(set, project, facts, it);
    }
    add_network_units(set, project, facts);
    add_volume_units(set, project, facts);
    std::ranges::sort(set.files, {}, &File::name);
    std::ranges::sort(set.units, [](const Unit& a, const Unit& b) {
        return a.name != b.name ? a.name < b.name : a.source < b.source;
    });
    refuse_double_names(set, project);
    return set;
}

std::string render_target(const std::string& name, bool is_rootless) {
    UnitText text;
    text.add("Unit", "Description", escape_specifiers("Containers of " + printable(name)));
    text.add("Install", "WantedBy", start_target(is_rootless));
    return text.text("Made by gup-agent; it overwrites changes.");
}

}  // namespace gup::quadlet
