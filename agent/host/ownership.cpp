// SPDX-License-Identifier: Apache-2.0
#include "host/ownership.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "host/owner.hpp"

namespace gup {
namespace {

constexpr std::uint32_t root_uid = 0;

bool is_sticky_on_the_way(const Waypoint& point) {
    return point.kind == FileKind::folder && !point.is_end && (point.mode & S_ISVTX) != 0;
}

std::string group_name(std::uint32_t gid) {
    std::array<char, 16384> buffer{};
    group entry{};
    group* found = nullptr;
    const bool known = ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr;
    return known ? found->gr_name : std::to_string(gid);
}

bool holds_for(const Belongings& belongings) {
    return std::none_of(belongings.points.begin(), belongings.points.end(),
                        [&](const Waypoint& point) { return intruder_at(point, belongings.uid).has_value(); });
}

bool is_below_any(const fs::path& path, const std::vector<fs::path>& folders) {
    return std::any_of(folders.begin(), folders.end(), [&](const fs::path& one) { return is_below(path, one); });
}

class Mender {
public:
    explicit Mender(const Belongings& belongings) : belongings_(belongings) {}

    std::string command() {
        if (const auto next = next_owner()) {
            return chown({"-R", chown_name(*next)}, belongings_.subjects);
        }
        for (const Waypoint& point : belongings_.points) {
            if (const auto intruder = intruder_at(point, belongings_.uid)) mend(point, *intruder);
        }
        return fmt::format("{}", fmt::join(commands_, "; "));
    }

private:
    // The user who can change things already, when the connector would work as that user. Nothing changes hands that
    // its new owner could not have written.
    [[nodiscard]] std::optional<std::uint32_t> next_owner() const {
        std::optional<std::uint32_t> next;
        for (const Waypoint& point : belongings_.points) {
            const auto intruder = intruder_at(point, belongings_.uid);
            if (!intruder || is_shared(point)) continue;
            if (intruder->kind != Intruder::Kind::owner || (next && *next != intruder->id)) return std::nullopt;
            if (belongings_.uid != root_uid && !leads_to_subject(point)) return std::nullopt;
            next = intruder->id;
        }
        if (!next || belongings_.subjects.empty()) return std::nullopt;
        Belongings given = belongings_;
        given.uid = *next;
        for (Waypoint& point : given.points) {
            if (is_below_any(point.path, belongings_.subjects)) point.owner = *next;
        }
        return holds_for(given) ? next : std::nullopt;
    }

    [[nodiscard]] bool is_shared(const Waypoint& point) const {
        const auto& shared = belongings_.shared;
        return std::find(shared.begin(), shared.end(), point.path) != shared.end();
    }

    [[nodiscard]] bool leads_to_subject(const Waypoint& point) const {
        return std::any_of(belongings_.subjects.begin(), belongings_.subjects.end(),
                           [&](const fs::path& one) { return one != point.path && is_below(one, point.path); });
    }

    void mend(const Waypoint& point, const Intruder& intruder) {
        const bool is_tree = point.kind == FileKind::folder && !is_shared(point) &&
                             (point.is_end || is_below_any(point.path, belongings_.subjects));
        if (is_below_any(point.path, mended_)) return;
        if (is_tree) mended_.push_back(point.path);
        if (intruder.kind == Intruder::Kind::owner) {
            const std::uint32_t uid = is_tree || point.kind != FileKind::folder ? belongings_.uid : root_uid;
            const char* option = is_tree ? "-R" : point.kind == FileKind::link ? "-h" : "";
            add(chown({option, chown_name(uid)}, {point.path}));
        }
        const std::uint32_t group = belongings_.uid == root_uid ? S_IWGRP : 0;
        const bool by_group = (point.mode & group) != 0;
        const bool by_everybody = (point.mode & S_IWOTH) != 0;
        if (point.kind == FileKind::link || is_sticky_on_the_way(point) || (!by_group && !by_everybody)) return;
        add(fmt::format("chmod {}{}{}-w {}", is_tree ? "-R " : "", by_group ? "g" : "", by_everybody ? "o" : "",
                        point.path.native()));
    }

    static std::string chown(const std::vector<std::string>& words, const std::vector<fs::path>& paths) {
        std::string command = "chown";
        for (const std::string& word : words) {
            if (!word.empty()) command += " " + word;
        }
        for (const fs::path& path : paths) command += " " + path.native();
        return command;
    }

    void add(std::string command) {
        if (std::find(commands_.begin(), commands_.end(), command) == commands_.end()) {
            commands_.push_back(std::move(command));
        }
    }

    const Belongings& belongings_;
    std::vector<std::string> commands_;
    std::vector<fs::path> mended_;  // folders of which a command mends all
};

}  // namespace

std::optional<Intruder> intruder_at(const Waypoint& point, std::uint32_t uid) {
    if (point.owner != root_uid && point.owner != uid) return Intruder{Intruder::Kind::owner, point.owner};
    if (point.kind == FileKind::link || is_sticky_on_the_way(point)) return std::nullopt;
    if ((point.mode & S_IWOTH) != 0) return Intruder{Intruder::Kind::everybody, 0};
    if (uid == root_uid && (point.mode & S_IWGRP) != 0) return Intruder{Intruder::Kind::group, point.group};
    return std::nullopt;
}

bool is_open_to_group(const Waypoint& point) {
    return point.kind != FileKind::link && !is_sticky_on_the_way(point) && (point.mode & S_IWGRP) != 0;
}

std::string user_name(std::uint32_t uid) {
    const std::string name = owner_with(uid).name;
    return name.empty() ? fmt::format("uid {}", uid) : name;
}

std::string chown_name(std::uint32_t uid) {
    const std::string name = owner_with(uid).name;
    return name.empty() ? std::to_string(uid) : name + ":";
}

std::string display(const Intruder& intruder) {
    switch (intruder.kind) {
        case Intruder::Kind::owner:
            return user_name(intruder.id);
        case Intruder::Kind::group:
            return "the group " + group_name(intruder.id);
        case Intruder::Kind::everybody:
            break;
    }
    return "everybody";
}

void Belongings::add(const Way& way) {
    points.insert(points.end(), way.points().begin(), way.points().end());
}

void Belongings::add_on_the_way(const Way& way) {
    add(way);
    if (!points.empty()) points.back().is_end = false;
}

std::string mend_command(const Belongings& belongings) {
    return Mender(belongings).command();
}

Status check_ownership(const Belongings& belongings) {
    for (const Waypoint& point : belongings.points) {
        const auto intruder = intruder_at(point, belongings.uid);
        if (!intruder) continue;
        return Error{ErrorCode::permission,
                     fmt::format("the agent does not work as {}: {} can change {}", user_name(belongings.uid),
                                 display(*intruder), point.path.string()),
                     mend_command(belongings)};
    }
    return {};
}

}  // namespace gup
