// SPDX-License-Identifier: Apache-2.0
// The check of declarations and configurations, as their authors have them: as any user, without network, configuration
// and state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/gupfile.hpp"
#include "core/declaration/requirement.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class LintRule : std::uint8_t {
    gupfile,        // a mistake in a gupfile
    requirements,   // in a requirements or lock file
    configuration,  // in a gup-agent.toml
    file,           // a gupfile names a file that is missing or wrong
    compose,        // in a compose file, or a file of variables that it uses
};
[[nodiscard]] std::string_view to_string(LintRule rule) noexcept;

struct LintProblem {
    LintRule rule = LintRule::gupfile;
    Severity severity = Severity::error;
    std::string file;  // as the caller would name it
    int line = 0;      // from 1; 0: the whole file
    int column = 0;    // from 1, in bytes; 0: the whole line
    std::string message;
    std::string hint;
    std::string text;  // of the file, for the line
};

struct LintReport {
    std::vector<std::string> files;     // that were checked, each once
    std::vector<LintProblem> problems;  // file by file, in the order of the lines
    std::vector<Error> unreadable;      // paths that were not checked

    [[nodiscard]] std::size_t count(Severity severity) const;
};

// Checks files by their names. Of a folder: its declaration and its gup-agent.toml; without a declaration, those of the
// connectors in it. `rules`: of the operator, for requirements.
[[nodiscard]] LintReport lint(const std::vector<fs::path>& paths, const RequirementRules& rules);

}  // namespace gup
