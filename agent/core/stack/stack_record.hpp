// SPDX-License-Identifier: Apache-2.0
// The stacks of one connector that a generation has: their units and all that these were made of. The record is a file
// in the folder of the units, so it changes place together with them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/stack/stack_claims.hpp"
#include "util/result.hpp"

namespace gup {

// Its name in the folder of the units. Quadlet does not read it.
inline constexpr const char* stack_record_name = "stacks.json";

struct StackUnit {
    std::string name;     // systemd's: "gw-web.service"
    std::string file;     // "gw-web.container"
    std::string stack;    // "gw"
    std::string service;  // compose's: "web"; empty for networks and volumes
    std::string image;    // as the compose file names it
    std::string digest;   // "sha256:…"; empty: not an image of a registry
    std::string local;    // the tag that keeps it: "localhost/gup/NAME/gw-web:0123456789ab"
    std::string content;  // SHA-256 of the file's text and of the files that its container mounts or reads
    bool has_health = false;
    bool is_oneshot = false;
    friend bool operator==(const StackUnit&, const StackUnit&) = default;
};

// What one stack was made of. Values of variables are told by their SHA-256.
struct StackInputs {
    std::map<std::string, std::string> files;      // path → digest
    std::map<std::string, std::string> variables;  // name → digest
    friend bool operator==(const StackInputs&, const StackInputs&) = default;
};

struct StackNetwork {
    std::string file;
    std::string name;  // podman's
    bool is_explicit = false;
    std::string content;  // SHA-256 of the file's text
    friend bool operator==(const StackNetwork&, const StackNetwork&) = default;
};

struct StackRecord {
    std::string key;               // of the inputs that are known without reading them: the same key, the same set
    std::string generation;        // that brought it
    std::vector<StackUnit> units;  // sorted by name
    std::map<std::string, StackInputs> stacks;
    std::map<std::string, std::string> images;  // as written → digest
    std::vector<StackNetwork> networks;
    std::vector<std::string> volumes;
    std::vector<std::string> secrets;  // podman's names
    std::vector<std::string> powers;
    std::vector<StackClaim> claims;
    std::map<std::string, std::string> kept;  // generation → digest of the copy of its units that its owner has
    bool is_rootless = false;

    // Of all units, networks and volumes included.
    [[nodiscard]] std::vector<std::string> unit_names() const;
    friend bool operator==(const StackRecord&, const StackRecord&) = default;
};

// "gup-NAME.target"
[[nodiscard]] std::string stack_target(const std::string& connector);
// "gup-NAME": of its folder of units.
[[nodiscard]] std::string stack_folder_name(const std::string& connector);
// "gup-NAME-SECRET-": no connector with containers has capitals in its name, so no other one's secrets begin so.
[[nodiscard]] std::string stack_secret_prefix(const std::string& connector);

[[nodiscard]] std::string format_stack_record(const StackRecord& record);
// Fails with corrupt.
[[nodiscard]] Result<StackRecord> parse_stack_record(std::string_view text);

}  // namespace gup
