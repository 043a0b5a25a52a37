// SPDX-License-Identifier: Apache-2.0
// A server's offer to the agents of a fleet (docs/self-update.md), and the decision of this agent.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

// Versions of the agent itself: Semantic Versioning 2.0.0 without build metadata, e.g. "0.2.0" or "0.2.0-rc.1".
class ReleaseVersion {
public:
    // nullopt if `text` is not MAJOR.MINOR.PATCH[-PRERELEASE].
    [[nodiscard]] static std::optional<ReleaseVersion> parse(std::string_view text);

    // Precedence (section 11): numbers by value, a pre-release before its release, its identifiers one by one.
    friend std::strong_ordering operator<=>(const ReleaseVersion& a, const ReleaseVersion& b);
    friend bool operator==(const ReleaseVersion& a, const ReleaseVersion& b) { return std::is_eq(a <=> b); }

private:
    std::vector<std::string> numbers_;      // digits without leading zeros, so of any size
    std::vector<std::string> pre_release_;  // empty: a release
};

// The agent's version for a Debian package's version: without a revision ("0.2.0-1"), and with '-' for the '~' that
// Debian has for pre-releases ("0.2.0~rc.1-1" gives "0.2.0-rc.1").
[[nodiscard]] std::string release_of_debian_version(std::string_view version);

struct ReleaseFile {
    std::string file;        // its name in the folder of the manifest
    std::uint64_t size = 0;  // bytes
    std::string sha256;      // 64 lower case hexadecimal digits
};

struct ReleaseManifest {
    std::string version;
    std::uint64_t serial = 0;  // greater in every later manifest
    std::int64_t created = 0;  // seconds since the epoch
    std::int64_t expires = 0;
    std::map<std::string, ReleaseFile> targets;  // "aarch64", "arm64.deb"
};

// Fails with invalid_input; the message names the key that is missing or wrong. Unknown keys are ignored.
[[nodiscard]] Result<ReleaseManifest> parse_release_manifest(std::string_view json);

struct RefusedVersion {
    std::string version;
    std::string reason;
    std::int64_t since = 0;  // seconds since the epoch
};

// The agent that checks a manifest.
struct Client {
    std::string version;
    std::string target;                // the name of its target
    std::int64_t now = 0;              // the time of this machine's clock
    std::int64_t earliest = 0;         // a moment that has certainly passed: the clock is wrong when it is before that
    std::uint64_t highest_serial = 0;  // of the manifests seen so far
    std::vector<RefusedVersion> refused;  // versions that did not work here
};

enum class ReleaseVerdict : std::uint8_t {
    update,         // newer and fit for this agent
    up_to_date,     // this version
    clock_wrong,    // it is unknown whether it has expired
    expired,        //
    older_serial,   // older than a manifest that was seen before
    older_version,  // than this agent
    other_target,   // has nothing for this agent
    did_not_work,   // tried before
};

struct ManifestVerdict {
    ReleaseVerdict verdict = ReleaseVerdict::up_to_date;
    std::string message;  // for people; empty for update and up_to_date
    std::string hint;
};

// Whether `expires` has passed, as far as the clock can be trusted: clock_wrong, expired or up_to_date (not expired).
[[nodiscard]] ManifestVerdict judge_expiry(std::int64_t expires, const Client& reader);

[[nodiscard]] ManifestVerdict judge_release(const ReleaseManifest& manifest, const Client& reader);

}  // namespace gup
