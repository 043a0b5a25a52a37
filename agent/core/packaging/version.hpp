// SPDX-License-Identifier: Apache-2.0
// Versions of Python distributions (PEP 440): reading, order and normal form.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

// A value in normal form. Numbers are digit strings without leading zeros: they have no size limit.
struct Version {
    struct PreRelease {
        std::string letter;  // "a", "b" or "rc"
        std::string number;

        friend bool operator==(const PreRelease&, const PreRelease&) = default;
    };

    std::string epoch = "0";
    std::vector<std::string> release;  // at least one number, with the zeros at its end
    std::optional<PreRelease> pre;
    std::optional<std::string> post;
    std::optional<std::string> dev;
    std::vector<std::string> local;  // lower case; empty: none

    // Nullopt when `text` is not a version of PEP 440 (appendix B). Ignores case, and white space at the ends, also that
    // of Unicode.
    [[nodiscard]] static std::optional<Version> parse(std::string_view text);

    [[nodiscard]] bool is_prerelease() const noexcept { return pre || dev; }
    [[nodiscard]] bool is_postrelease() const noexcept { return post.has_value(); }

    // "1!2.0rc1.post2.dev3+local.4".
    [[nodiscard]] std::string text() const;
    // Without the local part.
    [[nodiscard]] std::string public_text() const;
    // Epoch and release only.
    [[nodiscard]] std::string base_text() const;
    // "ubuntu.1"; empty: none.
    [[nodiscard]] std::string local_text() const;

    [[nodiscard]] Version without_local() const;
    // Without the zeros at the end of the release: equal versions have equal texts then.
    [[nodiscard]] Version without_trailing_zeros() const;

    // The order of PEP 440: "1.dev0" < "1.0a1" < "1.0" == "1" < "1.0+local" < "1.0.post1" < "1!0".
    friend std::strong_ordering operator<=>(const Version& one, const Version& other);
    friend bool operator==(const Version& one, const Version& other) { return std::is_eq(one <=> other); }
};

// The order without the local parts.
[[nodiscard]] std::strong_ordering compare_public(const Version& one, const Version& other);

// What the text begins with, greedily: a version, and its length in bytes. No blanks are skipped.
struct VersionAtStart {
    Version version;
    std::size_t length = 0;
};
enum class LocalPart : bool { refused, allowed };
[[nodiscard]] std::optional<VersionAtStart> version_at_start(std::string_view text, LocalPart local);

// True for a version of PEP 440 (appendix B). Ignores case, and white space of ASCII at the ends.
[[nodiscard]] bool is_pep440(std::string_view text);

// True when a distribution of version `installed` satisfies the pin `==pinned` (PEP 440 "Version matching"): spellings
// folded, release zero-padded, numbers of any size; a pin without a local part ignores the candidate's. If one of them
// is not PEP 440, the two are compared as exact strings, without white space at the ends.
[[nodiscard]] bool satisfies_pin(std::string_view pinned, std::string_view installed);

}  // namespace gup
