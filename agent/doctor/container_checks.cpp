// SPDX-License-Identifier: Apache-2.0
#include "doctor/container_checks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "host/podman/podman.hpp"
#include "host/units/stack_units.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

bool is_compose_file(const fs::path& path) {
    const std::string extension = path.extension().string();
    if (extension != ".yaml" && extension != ".yml") return false;
    const std::string stem = path.stem().string();
    return stem == "compose" || stem == "docker-compose" || stem.ends_with(".compose");
}

// Entries of a folder; a missing or unreadable one has none.
std::vector<fs::path> entries_of(const fs::path& folder) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        entries.push_back(at->path());
    }
    std::sort(entries.begin(), entries.end());
    return entries;
}

void read_container(const fs::path& folder, const fs::path& path, QuadletFiles& files) {
    const std::string name = path.lexically_relative(folder).string();
    std::istringstream lines(read_file(path).value_or(""));
    for (std::string line; std::getline(lines, line);) {
        std::string_view value = line;
        const std::string_view key = trimmed(take_until(value, '='));
        if (key == "PublishPort") {
            auto port = published_port(value);
            if (!port) continue;
            port->file = name;
            files.ports.push_back(*std::move(port));
        } else if (key == "Image" && is_floating(trimmed(value))) {
            files.images.push_back({name, std::string(trimmed(value))});
        }
    }
}

// As in containers of the agent's user; another user's can only be asked for by root.
std::optional<StackUser> user_of(const StackOwner& stacks) {
    const Owner& owner = stacks.owner;
    if (::geteuid() != 0 && ::geteuid() != owner.uid) return std::nullopt;
    StackUser user{.name = owner.name.empty() ? std::to_string(owner.uid) : owner.name,
                   .connectors = stacks.connectors,
                   .problem = {},
                   .hint = {}};
    Podman podman;
    if (owner.uid != 0) podman.user = owner;
    if (const auto facts = check_podman(podman); !facts.ok()) {
        user.problem = facts.error().message;
        user.hint = facts.error().hint;
    }
    return user;
}

bool is_on_root(const fs::path& folder) {
    const auto root = file_info("/").value_or(std::nullopt);
    const auto place = file_info(folder).value_or(std::nullopt);
    return !root || !place || root->device == place->device;
}

}  // namespace

bool has_stacks(const fs::path& connector, const std::string& folder) {
    const auto stacks = entries_of(connector / folder);
    return std::any_of(stacks.begin(), stacks.end(), [](const fs::path& stack) {
        const auto files = entries_of(stack);
        return std::any_of(files.begin(), files.end(), is_compose_file);
    });
}

ControlGroups control_groups(const fs::path& hierarchy) {
    const auto controllers = read_file(hierarchy / "cgroup.controllers");
    if (!controllers.ok()) return {.has_unified = false, .has_memory = false};
    const auto words = words_in(*controllers);
    return {.has_unified = true, .has_memory = std::find(words.begin(), words.end(), "memory") != words.end()};
}

QuadletFiles read_quadlet_files(const fs::path& folder) {
    QuadletFiles files;
    std::vector<fs::path> paths;
    for (const fs::path& entry : entries_of(folder)) {
        if (is_folder(entry)) {
            for (const fs::path& inner : entries_of(entry)) paths.push_back(inner);
        } else {
            paths.push_back(entry);
        }
    }
    for (const fs::path& path : paths) {
        if (path.extension() == ".container") read_container(folder, path, files);
    }
    return files;
}

void check_containers(const std::vector<StackOwner>& owners, Diagnosis& diagnosis) {
    if (owners.empty()) return;
    std::vector<StackUser> users;
    QuadletFiles files;
    for (const StackOwner& one : owners) {
        if (auto user = user_of(one)) users.push_back(*std::move(user));
        const UnitPlaces places = unit_places(one.owner);
        if (one.owner.uid == 0) diagnose_units_place({places.quadlet.string(), is_on_root(places.quadlet)}, diagnosis);
        // Ports are the machine's: those of all users clash.
        const QuadletFiles own = read_quadlet_files(places.quadlet);
        files.ports.insert(files.ports.end(), own.ports.begin(), own.ports.end());
        files.images.insert(files.images.end(), own.images.begin(), own.images.end());
    }
    diagnose_podman(users, diagnosis);
    diagnose_control_groups(control_groups(), diagnosis);
    diagnose_ports(files.ports, diagnosis);
    diagnose_images(files.images, diagnosis);
}

}  // namespace gup
