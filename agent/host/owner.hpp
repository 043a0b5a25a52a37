// SPDX-License-Identifier: Apache-2.0
// The owner of a connector.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "util/result.hpp"

namespace gup {

// The group of a user whom /etc/passwd does not know, and the user of a connector whose owner is not known yet.
inline constexpr unsigned nobody_id = 65534;

struct Owner {
    unsigned uid = 0;
    unsigned gid = 0;            // passwd's, never a folder's
    std::string name;            // empty when /etc/passwd does not know the uid
    std::filesystem::path home;  // passwd's; for this process's own user $HOME; "/" when unknown
};

// The user `uid`, from /etc/passwd.
[[nodiscard]] Owner owner_with(unsigned uid);

// A user by name or number, with the user's own group. Fails with not_found for a user that is not in /etc/passwd.
[[nodiscard]] Result<Owner> find_owner(const std::string& user);

// The user for the agent's own requests to servers: gup-agent, else nobody; this process's own user unless it is root.
[[nodiscard]] Owner network_user();

// The groups that /etc/group and /etc/passwd give the user, its own one among them.
[[nodiscard]] std::vector<gid_t> groups_of(const Owner& owner);

}  // namespace gup
