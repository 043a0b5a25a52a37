// SPDX-License-Identifier: Apache-2.0
// Whether a distribution satisfies a requirement. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/declaration/requirement.hpp"
#include "core/observed.hpp"

namespace gup {

// What is said to be installed when nothing of that name is there.
inline constexpr std::string_view not_installed = "not installed";

// Why it does not.
struct Lack {
    std::string installed;   // its version, and what else is wrong; or its defect
    bool reinstall = false;  // an installer could take it for satisfying
};

// Whether the installer of the virtualenv records from where a distribution comes (PEP 610): pip does since 20.1.
enum class Origins : std::uint8_t { recorded, not_recorded };

// nullopt: `distribution` satisfies `requirement`. Its marker and its extras are not looked at.
[[nodiscard]] std::optional<Lack> lack_of(const Requirement& requirement, const Distribution& distribution,
                                          Origins origins);

// Whether `version` is the one that is required, or is in the range: installed pre-releases, too, as for pip's own check.
[[nodiscard]] bool satisfies_version(const Requirement& requirement, const std::string& version);

// False when the marker of `requirement` excludes this Python and machine. True for as long as they are not known.
[[nodiscard]] bool applies(const Requirement& requirement, const ObservedVirtualenv& virtualenv);

}  // namespace gup
