// SPDX-License-Identifier: Apache-2.0
// The folder of one connector's units, as Quadlet reads it: /etc/containers/systemd/gup-NAME, or that of a user. Its next
// content is made in a sibling that Quadlet does not read, and then the two change places. In a worker each function asks
// the agent: root's folders are only the agent's to write, and it checks each name.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/owner.hpp"
#include "host/units/stack_units.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct UnitFolder {
    std::string connector;
    std::optional<Owner> user{};  // of rootless containers; nullopt: root's
    fs::path system{"/"};         // another one in tests

    [[nodiscard]] UnitPlaces places() const { return unit_places(user, system); }
    [[nodiscard]] fs::path live() const;    // ".../systemd/gup-NAME"
    [[nodiscard]] fs::path next() const;    // ".../.gup-NAME.next"
    [[nodiscard]] fs::path target() const;  // ".../system/gup-NAME.target"
};

struct UnitFolderFile {
    std::string name;  // "gw-web.container", "configs/gw/mosquitto.conf", "stacks.json"
    std::string text;
    bool is_secret = false;  // readable for its owner and root's group only
};

// The content of a file of the live folder; nullopt: there is none.
[[nodiscard]] Result<std::optional<std::string>> read_unit_file(const UnitFolder& folder, const std::string& name);
// All files of the live folder, with their names; empty: there is none.
[[nodiscard]] Result<std::vector<UnitFolderFile>> read_unit_folder(const UnitFolder& folder);

// Makes next() with these files, flushed; one that was left there is removed first. Fails with invalid_input for a name
// that is no unit's, config's or record's.
[[nodiscard]] Status stage_unit_folder(const UnitFolder& folder, const std::vector<UnitFolderFile>& files);
// live() and next() change places; without a live one, next() is renamed.
[[nodiscard]] Status exchange_unit_folder(const UnitFolder& folder);
// The way back of the exchange, when the live folder has the record with the SHA-256 `record`. next() is removed then, and
// the target when there was no live one. Returns whether something changed places.
[[nodiscard]] Result<bool> put_back_unit_folder(const UnitFolder& folder, const std::string& record);
// After the commit: next() goes, and a live folder without units, too, with the target.
[[nodiscard]] Status finish_unit_folder(const UnitFolder& folder);

// The target of the connector's units, started at boot.
[[nodiscard]] Status write_unit_target(const UnitFolder& folder, const std::string& text);

// The agent's answer for one connector of the worker. Fails with permission for root's folder unless `may_be_rootful`.
struct UnitFolderRights {
    Owner owner;
    std::vector<std::string> connectors;
    std::vector<std::string> rootful;  // those of `connectors` whose containers may be root's
    fs::path system{"/"};
};
[[nodiscard]] Result<nlohmann::json> answer_unit_folder_question(const UnitFolderRights& rights,
                                                                 const nlohmann::json& question);
// True for a question about the folder of root.
[[nodiscard]] bool is_rootful_question(const nlohmann::json& question);

}  // namespace gup
