// SPDX-License-Identifier: Apache-2.0
// Whose something is, and whether somebody else could change it:
//
// To act as a user, every folder on the way to a thing, and the thing itself, belongs to that user or to root, and others
// may not write to it. A sticky folder on the way is safe. For root no group may write, either.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "host/way.hpp"
#include "util/result.hpp"

namespace gup {

// Those who can change a file or folder.
struct Intruder {
    enum class Kind : std::uint8_t { owner, group, everybody };
    Kind kind = Kind::owner;
    std::uint32_t id = 0;  // of the owner or group
};

// The users who can change the entry, other than root and `uid`. Nullopt when the rule holds for it.
[[nodiscard]] std::optional<Intruder> intruder_at(const Waypoint& point, std::uint32_t uid);
// True for a group that may write where the rule allows it: its members can act as the owner.
[[nodiscard]] bool is_open_to_group(const Waypoint& point);

// "pi", "uid 4801", "the group staff", "everybody".
[[nodiscard]] std::string display(const Intruder& intruder);
// "root", "pi", "uid 4801".
[[nodiscard]] std::string user_name(std::uint32_t uid);
// For chown: "pi:", with pi's own group, or "4801".
[[nodiscard]] std::string chown_name(std::uint32_t uid);

// Everything that the agent would use as one user.
struct Belongings {
    std::uint32_t uid = 0;
    std::vector<Waypoint> points;
    std::vector<fs::path> subjects;  // what is given away to mend it: the connector's folder and its releases
    std::vector<fs::path> shared;    // folders for the connectors of several owners: .gup, .pyenv

    void add(const Way& way);
    void add_on_the_way(const Way& way);  // its end is only a folder that leads to other things
};

// The first entry that breaks the rule, as an error: "the agent does not work as root: pi can change /home/pi/connectors".
// The hint is a command that mends all of them. It never gives to root what another user could have written.
[[nodiscard]] Status check_ownership(const Belongings& belongings);
// The command alone; empty when the rule holds.
[[nodiscard]] std::string mend_command(const Belongings& belongings);

}  // namespace gup
