// Versions of the agent itself: Semantic Versioning 2.0.0 without build metadata, e.g. "0.2.0" or "0.2.0-rc.1".
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

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

}  // namespace gup
