// SPDX-License-Identifier: Apache-2.0
// Reads the compose files of one stack.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/compose/project.hpp"
#include "core/declaration/gupfile.hpp"
#include "util/result.hpp"

namespace gup::compose {

// Where the repository's files come from: a folder, a commit, an archive.
class Files {
public:
    Files() = default;
    virtual ~Files() = default;
    Files(const Files&) = delete;
    Files& operator=(const Files&) = delete;

    // The content; `path` is relative to the repository and has no "..". Nullopt: there is no such file.
    [[nodiscard]] virtual Result<std::optional<std::string>> read(const std::string& path) const = 0;
    // True for a file or folder.
    [[nodiscard]] virtual bool has(const std::string& path) const = 0;
};

enum class UnsetVariable : std::uint8_t { error, empty };

struct LoadOptions {
    std::string stack;                             // its name, and the project's default name
    std::string folder;                            // of the stack, relative to the repository: "services/gw"
    std::vector<std::string> files;                // compose files, relative to the repository; merged in this order
    std::map<std::string, std::string> variables;  // from outside; before those of .env files
    std::vector<std::string> env_files;            // of variables, the first one wins; missing ones are ignored
    std::vector<std::string> profiles;
    std::set<std::string> other_stacks;  // services of them may be named in depends_on
    UnsetVariable unset = UnsetVariable::error;
    bool may_build = false;
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

// The compose files of a stack in their order (compose.yaml, compose.override.yaml, …, NAME.compose.yml); empty: none.
[[nodiscard]] std::vector<std::string> find_compose_files(const Files& files, const std::string& folder,
                                                          const std::string& stack);

}  // namespace gup::compose
