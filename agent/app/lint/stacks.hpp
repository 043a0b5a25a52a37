// SPDX-License-Identifier: Apache-2.0
// The compose files of a repository, for their author.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/stack/stack_claims.hpp"
#include "util/sys/file.hpp"

namespace gup {

// "compose.yaml", "docker-compose.yml", "compose.override.yml", "gw.compose.yaml".
[[nodiscard]] bool is_compose_name(const std::string& name);

// The first compose file of a stack's folder; empty: it has none.
[[nodiscard]] fs::path compose_file_of(const fs::path& folder);

struct LintedStack {
    std::map<std::string, std::string> texts;  // of the compose and env files that were read, by path in the repository
    std::vector<Problem> problems;             // with `file`, a path in the repository
    std::vector<StackClaim> claims;            // what no other stack of the repository may have
};

// [services] of the repository's gupfile; the default one without a gupfile that can be read.
[[nodiscard]] ServicesSection services_section(const fs::path& repository);

// The stack of `file`, a path in the repository: with the other files of its folder that are merged with it. All profiles are
// chosen, unless the gupfile chooses some. A variable without a value is a warning: the gateway may have one.
[[nodiscard]] LintedStack lint_stack(const fs::path& repository, const std::string& file);

}  // namespace gup
