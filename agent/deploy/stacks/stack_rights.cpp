// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/stack_rights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "deploy/stacks/stack_deployment.hpp"
#include "deploy/stacks/stack_sources.hpp"
#include "host/podman/podman.hpp"
#include "host/units/gateway_claims.hpp"
#include "util/crypto/digest.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

std::string digest_of(std::vector<UnitFolderFile> files) {
    std::ranges::sort(files, {}, &UnitFolderFile::name);
    Sha256 all;
    for (const UnitFolderFile& file : files) all.add(fmt::format("{} {} {}", file.name, file.text.size(), file.text));
    return all.finish();
}

}  // namespace

Status check_connector_name(const std::string& name) {
    const auto is_fine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    const bool begins_well = !name.empty() && name.front() != '-' && name.front() != '_' && name.front() != '.';
    if (begins_well && std::ranges::all_of(name, is_fine)) return {};
    return Error{ErrorCode::invalid_input, fmt::format("a connector named {} cannot have containers", name),
                 "its name must have only a-z, 0-9, -, _ and ., and begin with a letter or digit: rename its folder, "
                 "or its [[connector]]"};
}

bool StackDeployment::belongs_to_another() const {
    return !site_->is_rootless() && observation_.owner.uid != 0;
}

// The owner may change the copy. What root would run of it must be what root ran.
Result<std::optional<std::vector<UnitFolderFile>>> StackDeployment::find_kept(const fs::path& folder) const {
    std::optional<std::vector<UnitFolderFile>> kept;
    if (folder.empty() || !is_real_folder(folder)) return kept;
    GUP_TRY(kept, read_kept_units(folder));
    const auto known = running_.kept.find(folder.parent_path().filename().string());
    const bool is_known = known != running_.kept.end() && known->second == digest_of(*kept);
    if (belongs_to_another() && !is_known) {
        log::warning(site_->connector(), "its owner's copy of the old units is not used: they are made again");
        kept.reset();
    }
    return kept;
}

Status StackDeployment::note_kept() {
    if (!belongs_to_another()) return {};
    constexpr std::size_t most_kept = 50;
    next_.kept = running_.kept;
    if (!running_.generation.empty()) {
        GUP_TRY(const auto files, read_unit_folder(site_->folder));
        next_.kept[running_.generation] = digest_of(files);
    }
    while (next_.kept.size() > most_kept) next_.kept.erase(next_.kept.begin());
    return {};
}

Status StackDeployment::check_rights() const {
    GUP_CHECK(check_powers());
    GUP_CHECK(claim_for(site_->folder, next_.claims));
    GUP_CHECK(check_names());
    // A record of an older agent does not tell what is its own.
    if (!running_.units.empty() && running_.claims.empty()) return {};
    // When they move between root and the owner, its old ones have the ports until these start.
    if (observation_.stacks.left.empty()) GUP_CHECK(check_free_ports(next_.claims, running_.claims));
    return check_containers();
}

Status StackDeployment::check_powers() const {
    const auto missing = missing_powers(next_, stacks_);
    if (missing.empty()) return {};
    return Error{ErrorCode::permission, fmt::format("its containers are not allowed: {}", fmt::join(missing, ", ")),
                 fmt::format("if they may have it, write in the [[connector]] with name = \"{}\": allow = [\"{}\"]",
                             site_->connector(), fmt::join(missing, "\", \""))};
}

// A unit that is not of this connector is never replaced.
Status StackDeployment::check_names() const {
    std::set<std::string> known;
    for (const StackUnit& unit : running_.units) known.insert(unit.name);
    std::vector<std::string> added;
    for (const StackUnit& unit : next_.units) {
        if (!known.contains(unit.name)) added.push_back(unit.name);
    }
    if (added.empty()) return {};
    GUP_TRY(const auto states, unit_states(added, site_->systemd));
    for (const UnitState& state : states) {
        if (state.load == "not-found" || is_below(state.source, site_->folder.live())) continue;
        return Error{ErrorCode::conflict,
                     fmt::format("there is a unit {} already, which is not of this connector", state.name),
                     fmt::format("rename the compose service, or remove that unit: systemctl{} cat {}",
                                 site_->is_rootless() ? " --user" : "", state.name)};
    }
    return {};
}

// podman replaces a container of the same name. Another connector or a person may have made it.
Status StackDeployment::check_containers() const {
    std::set<std::string> added;
    for (const StackClaim& one : next_.claims) {
        if (one.what == "container") added.insert(one.name);
    }
    for (const StackClaim& one : running_.claims) added.erase(one.name);
    if (added.empty()) return {};
    GUP_TRY(const auto containers, container_states(site_->podman));
    for (const ContainerState& one : containers) {
        const auto is_its = [&](const StackUnit& unit) { return unit.name == one.unit; };
        if (!added.contains(one.name) || std::ranges::any_of(running_.units, is_its)) continue;
        return Error{ErrorCode::conflict,
                     fmt::format("there is a container {} already, which is not of this connector", one.name),
                     fmt::format("choose another container_name, or remove that container: podman rm {}", one.name)};
    }
    return {};
}

}  // namespace gup
