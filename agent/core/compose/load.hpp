// SPDX-License-Identifier: Apache-2.0
// Reads the compose files of one stack.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/compose/project.hpp"
#include "core/compose/tree/compose_files.hpp"
#include "core/compose/tree/files.hpp"
#include "core/declaration/gupfile.hpp"

namespace gup::compose {

enum class UnsetVariable : std::uint8_t {
    error,
    empty,    // with a warning
    unknown,  // the same, and what follows of it is not judged: for a check without the gateway's variables
};

struct LoadOptions {
    std::string stack{};                             // its name, and the project's default name
    std::string folder{};                            // of the stack, relative to the repository: "services/gw"
    std::vector<std::string> files{};                // compose files, relative to the repository; merged in this order
    std::map<std::string, std::string> variables{};  // from outside; before those of .env files
    std::vector<std::string> env_files{};            // of variables, the first one wins; missing ones are ignored
    std::vector<std::string> profiles{};
    // Stacks in the folders beside `folder`: services of them may be named in depends_on.
    std::set<std::string> other_stacks{};
    UnsetVariable unset = UnsetVariable::error;
    bool may_build = false;
    // Paths in the repository that survive a release. Given: a mount of a path that is neither in them nor in the repository
    // is an error.
    std::optional<std::vector<std::string>> persist{};
};

struct Loaded {
    Project project;
    std::vector<Problem> problems;  // with `file`; the project is not to be used when one is an error
    // Everything that the result depends on.
    std::set<std::string> inputs;  // paths in the repository: compose and env files, configs, secrets, mounts
    std::map<std::string, std::string> variables;  // the used ones that come from outside of the repository

    [[nodiscard]] bool usable() const;
};

// Pure but for `files`. Never fails as a whole.
[[nodiscard]] Loaded load(const Files& files, const LoadOptions& options);

}  // namespace gup::compose
