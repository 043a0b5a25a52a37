// SPDX-License-Identifier: Apache-2.0
// Whose a connector is. It is read from descriptors that were opened from "/" (host/way.hpp), and nothing of a connector is
// used that others could change (host/ownership.hpp).
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "host/owner.hpp"
#include "host/ownership.hpp"
#include "python/virtualenv.hpp"
#include "util/result.hpp"

namespace gup {

// The user that the agent works as for connector `name`: of a declared one the configuration's, by default the root
// folder's owner; else the owner of its folder, of its releases, or of the root folder, whichever is there. An agent that
// is not root works as itself. Fails with permission when another user can change what the way to the folder leads
// through, and with conflict when the name is a link that leaves root. The hint mends it.
[[nodiscard]] Result<Owner> identify_owner(const ScanSettings& settings, const std::string& name);

// The owner of a new connector: that of the root folder, or this process's user.
[[nodiscard]] Result<Owner> owner_of_root(const ScanSettings& settings);
// Whether the agent may work as `owner` in the root folder, where connector `name` does not exist yet.
[[nodiscard]] Status check_new_connector(const ScanSettings& settings, const std::string& name, const Owner& owner);

// Whether the agent may undo an interrupted update as `owner`: the connector's folder must still belong to that user. Fails
// with conflict when it does not.
[[nodiscard]] Status check_recovery(const ScanSettings& settings, const std::string& name, const Owner& owner);

// What find_owner asks, for all that the agent uses of a connector: gupfile, repository, releases, virtualenv and its interpreter.
[[nodiscard]] Status check_belongings(const ScanSettings& settings, const std::string& name, const Owner& owner,
                                      const VirtualenvLocation& virtualenv);

// The root folder and those in it that the connectors share, for doctor. The user is the root folder's owner.
[[nodiscard]] Result<Belongings> belongings_of_root(const ScanSettings& settings);
// What check_belongings examines below the root folder.
[[nodiscard]] Result<Belongings> belongings_of(const ScanSettings& settings, const std::string& name,
                                               const Owner& owner, const VirtualenvLocation& virtualenv);

}  // namespace gup
