// SPDX-License-Identifier: Apache-2.0
#include "doctor/container_checks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <utility>

#include "connector/stacks.hpp"
#include "core/compose/clashes.hpp"
#include "core/image/image_reference.hpp"
#include "core/stack/stack_set.hpp"
#include "deploy/stacks/stack_deployment.hpp"
#include "deploy/stacks/stack_sources.hpp"
#include "host/listening_ports.hpp"
#include "host/podman/objects.hpp"
#include "host/podman/podman.hpp"
#include "host/units/stack_units.hpp"
#include "source/registry/registry.hpp"
#include "util/sys/free_space.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

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
    std::istringstream lines(read_others_file(path, 1U << 20U).value_or(""));
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

constexpr std::size_t most_mistakes = 5;

void find_mistakes(const std::string& connector, const std::vector<Problem>& problems, Diagnosis& found) {
    std::size_t count = 0;
    for (Problem problem : problems) {
        if (problem.severity != Severity::error || count++ >= most_mistakes) continue;
        const std::string hint = std::exchange(problem.hint, {});
        found.find({"containers", connector, display(problem, {}), "its next update fails",
                    hint.empty() ? "gup-agent lint shows the place in the compose file" : hint});
    }
}

// Of each registry the first failure.
void ask_registries(const Observation& one, const std::vector<std::string>& images, const NetworkAccess& network,
                    Diagnosis& found) {
    std::vector<ImageReference> asked;
    for (const std::string& image : images) {
        auto reference = parse_image_reference(image);
        const bool is_asked = reference.ok() && reference->digest.empty() && reference->registry != "localhost";
        if (is_asked) asked.push_back(*std::move(reference));
    }
    const auto answers = ask_digests(asked, {.home = one.owner.home, .network = network});
    std::set<std::string> told;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (answers[i].ok() || !told.insert(asked[i].registry).second) continue;
        const Error& error = answers[i].error();
        found.find({"registry", one.connector.name, error.message, "a new version of it cannot be brought",
                    error.hint.empty() ? fmt::format("check that {} can be reached from here", asked[i].registry)
                                       : error.hint});
    }
}

}  // namespace

ControlGroups control_groups(const fs::path& hierarchy) {
    const auto controllers = read_file(hierarchy / "cgroup.controllers");
    if (!controllers.ok()) return {.has_unified = false, .has_memory = false};
    const auto words = words_in(*controllers);
    return {.has_unified = true, .has_memory = std::find(words.begin(), words.end(), "memory") != words.end()};
}

std::vector<PortHolder> find_holders(const std::vector<PublishedPort>& ports, const fs::path& proc) {
    const auto listening = listening_ports(proc);
    const auto is_on = [](const PublishedPort& port, const ListeningPort& one) {
        return port.protocol == one.protocol && port.first <= one.port && one.port <= port.last &&
               compose::is_same_address(port.address, one.address);
    };
    std::set<std::uint64_t> sockets;
    for (const PublishedPort& port : ports) {
        for (const ListeningPort& one : listening) {
            if (is_on(port, one)) sockets.insert(one.socket);
        }
    }
    const auto processes = socket_holders(sockets, proc);
    std::vector<PortHolder> holders;
    for (const PublishedPort& port : ports) {
        const auto taken = std::find_if(listening.begin(), listening.end(), [&](const ListeningPort& one) {
            return is_on(port, one) && processes.contains(one.socket);
        });
        if (taken != listening.end()) holders.push_back({port, processes.at(taken->socket)});
    }
    return holders;
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

void check_containers(const std::vector<StackOwner>& owners, const UpdateSettings& settings, Diagnosis& diagnosis) {
    if (owners.empty()) return;
    std::vector<StackUser> users;
    QuadletFiles files;
    std::vector<std::string> plain_users;
    for (const StackOwner& one : owners) {
        if (auto user = user_of(one)) users.push_back(*std::move(user));
        const UnitPlaces places = unit_places(one.owner);
        if (one.owner.uid == 0) diagnose_units_place({places.quadlet.string(), is_on_root(places.quadlet)}, diagnosis);
        // Ports are the machine's: those of all users clash.
        const QuadletFiles own = read_quadlet_files(places.quadlet);
        files.ports.insert(files.ports.end(), own.ports.begin(), own.ports.end());
        files.images.insert(files.images.end(), own.images.begin(), own.images.end());
        if (one.owner.uid != 0) plain_users.push_back(one.owner.name);
        const fs::path storage =
            one.owner.uid == 0 ? "/var/lib/containers/storage" : one.owner.home / ".local/share/containers/storage";
        if (const auto disk = file_system_of(storage); disk.ok()) {
            diagnose_storage({storage.string(), layer_bytes(storage), disk->free_bytes, settings.disk_reserve},
                             diagnosis);
        }
    }
    if (!plain_users.empty()) {
        const auto states = unit_states({"network-online.target"}, settings.systemd);
        diagnose_online(plain_users, !states.ok() || states->front().active == "active", diagnosis);
    }
    diagnose_holders(find_holders(files.ports), diagnosis);
    diagnose_podman(users, diagnosis);
    diagnose_control_groups(control_groups(), diagnosis);
    diagnose_ports(files.ports, diagnosis);
    diagnose_images(files.images, diagnosis);
}

Diagnosis examine_stacks(const Observation& observation, const UpdateSettings& settings) {
    Diagnosis found;
    const std::string& name = observation.connector.name;
    const StackSettings& stacks = stack_settings(settings, name);
    StackRevision source{{}, observation.code.commit, {}, {}};
    if (observation.layout == Layout::releases) source.folder = observation.connector.path;
    const bool has_code = !source.folder.empty() || !source.commit.empty();
    if (stacks.containers == Containers::off || !observation.stacks.is_declared || !has_code) return found;
    found.look();
    if (may_be_rootful(stacks, observation.owner) && observation.owner.uid != 0) {
        found.note(fmt::format("{}: its containers are root's, so its owner {} decides what root runs", name,
                               observation.owner.name));
    }
    const auto files = stack_files(source, observation);
    if (!files.ok()) {
        found.find({"containers", name, files.error().message, "its next update fails", files.error().hint});
        return found;
    }
    const StackSources read = read_stacks(**files, observation.gupfile, stacks);
    find_mistakes(name, read.problems, found);
    ask_registries(observation, read.images(), settings.network, found);
    return found;
}

}  // namespace gup
