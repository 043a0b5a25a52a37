// SPDX-License-Identifier: Apache-2.0
// Files that declare a connector's packages: which of them there are, and how each kind is read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

// What a folder without a gupfile may declare its packages with. "requirements" is the name of install.py.
inline constexpr std::array<const char*, 5> requirement_candidates{"requirements.txt", "requirements", "pylock.toml",
                                                                   "uv.lock", "poetry.lock"};

enum class RequirementsKind : std::uint8_t {
    text,    // requirements.txt, under any name
    pylock,  // pylock.toml, pylock.NAME.toml (PEP 751)
    lock,    // uv.lock, poetry.lock: exported to a text
    other,   // declares packages in a way that is not read: pyproject.toml, Pipfile, …
};

// Decided by the name of the file alone.
[[nodiscard]] RequirementsKind kind_of_requirements(std::string_view path);

// How a file of kind `other` becomes one that is read.
[[nodiscard]] std::string hint_for_other_kind(std::string_view path);

}  // namespace gup
