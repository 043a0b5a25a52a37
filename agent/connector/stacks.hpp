// SPDX-License-Identifier: Apache-2.0
// The stacks of a connector as they are on this gateway: whose containers they are, and what runs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/stack/stack_record.hpp"
#include "core/stack/stack_settings.hpp"
#include "host/owner.hpp"
#include "host/podman/podman.hpp"
#include "host/units/services.hpp"
#include "host/units/unit_folder.hpp"
#include "util/result.hpp"

namespace gup {

// Where the containers of one connector run.
struct StackSite {
    UnitFolder folder;
    Systemd systemd;  // of root or of the user
    Podman podman;

    [[nodiscard]] const std::string& connector() const { return folder.connector; }
    [[nodiscard]] bool is_rootless() const { return folder.user.has_value(); }
};

// The operator's settings, which live as long as `settings`; the default ones where there are none.
[[nodiscard]] const StackSettings& stack_settings(const ScanSettings& settings, const std::string& connector);

// True when root may run the connector's containers: it is root's, or the operator says so.
[[nodiscard]] bool may_be_rootful(const StackSettings& stacks, const Owner& owner);

// The folder of its units; nullopt when its compose files are ignored. An agent without root has rootless ones only.
[[nodiscard]] std::optional<UnitFolder> find_unit_folder(const StackSettings& stacks, const std::string& connector,
                                                         const Owner& owner);

// Where it has units at the moment.
[[nodiscard]] std::vector<UnitFolder> unit_folders_of(const std::string& connector, const Owner& owner);

// The same with the programs, which act for the user of the folder.
[[nodiscard]] StackSite stack_site_of(UnitFolder folder, const ActivateSettings& settings);
[[nodiscard]] std::optional<StackSite> find_stack_site(const UpdateSettings& settings, const std::string& connector,
                                                       const Owner& owner);

// A folder of that name may also be a package of Python. Only compose files make it one of stacks.
[[nodiscard]] bool has_stacks(const fs::path& folder, const std::string& inner);

// What a run sees without reading the compose files, and without a program.
struct ObservedStacks {
    bool is_declared = false;            // its folder has a stack
    std::optional<StackRecord> running;  // nullopt: none was ever deployed
    std::string key;                     // of what is to run: see stacks_key; empty where there is nothing
    std::string settings;                // of the operator, as Release has them: another text for other settings
    std::vector<UnitFolder> left;        // where its units are, and must not be with the settings of now
    std::optional<Error> error;

    // True when what runs is not of this revision and these settings.
    [[nodiscard]] bool differ() const;
};
struct StackView {
    const StackSettings& stacks;
    const Owner& owner;
    const ServicesSection& section;
    fs::path folder;     // of the connector
    std::string commit;  // that runs
};
[[nodiscard]] ObservedStacks observe_stacks(const std::string& connector, const StackView& view);

// A digest of all that decides about the units and is known without reading the repository.
[[nodiscard]] std::string stacks_key(const StackView& view);

}  // namespace gup
