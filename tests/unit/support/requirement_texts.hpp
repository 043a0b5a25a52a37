// SPDX-License-Identifier: Apache-2.0
// Requirements files in memory, and what they say in one line each.
#pragma once

#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "core/requirements/read_declaration.hpp"
#include "declaration_texts.hpp"
#include "util/text.hpp"

namespace gup::test {

inline const std::string sha256_a = "sha256:" + std::string(64, 'a');
inline const std::string sha256_b = "sha256:" + std::string(64, 'b');

inline Gupfile read_with(TextFiles& files, RequirementRules rules = {}) {
    DeclarationOptions options;
    options.rules = rules;
    options.requirements = "requirements.txt";
    return read_declaration(files, options)->gupfile;
}

inline Gupfile read_text(const std::string& text, RequirementRules rules = {}) {
    TextFiles files{{"requirements.txt", text}, {"pyproject.toml", "[project]\nname = \"smart-meter\"\n"}};
    return read_with(files, rules);
}

// All members in one line.
inline std::string told(const Requirement& requirement) {
    std::string out = requirement.name;
    if (!requirement.extras.empty()) out += fmt::format("[{}]", fmt::join(requirement.extras, ","));
    if (!requirement.version.empty()) out += "==" + requirement.version;
    if (!requirement.range.empty()) out += " range " + requirement.range;
    if (!requirement.source.empty()) out += " from " + requirement.source;
    if (!requirement.revision.empty()) out += " at " + requirement.revision;
    if (requirement.is_editable) out += " editable";
    if (!requirement.marker.empty()) out += " if " + requirement.marker;
    for (const std::string& hash : requirement.hashes) out += " " + hash.substr(0, 8);
    return out;
}

inline std::string told(const Gupfile& gupfile) {
    std::string out;
    for (const Requirement& pin : gupfile.pins) out += told(pin) + "\n";
    for (const Requirement& one : gupfile.constraints) out += "limit " + told(one) + "\n";
    if (!gupfile.index_options.empty()) out += fmt::format("{}\n", fmt::join(gupfile.index_options, " "));
    for (const Problem& problem : gupfile.problems) out += display(problem, {}) + "\n";
    return out;
}

struct RequirementsCase {
    std::string text;
    std::string expected;
};

inline void check_all(const std::vector<RequirementsCase>& cases, RequirementRules rules = {}) {
    for (const RequirementsCase& one : cases) {
        CAPTURE(one.text);
        CHECK(told(read_text(one.text, rules)) == one.expected + (one.expected.empty() ? "" : "\n"));
    }
}

// The first problem must contain all of `parts`; the first part is the place.
inline void check_problem(const std::string& text, const std::vector<std::string>& parts, RequirementRules rules = {}) {
    CAPTURE(text);
    const Gupfile gupfile = read_text(text, rules);
    REQUIRE_FALSE(gupfile.problems.empty());
    const std::string shown = display(gupfile.problems.front(), {});
    CAPTURE(shown);
    CHECK(shown.starts_with("requirements.txt:" + parts.front()));
    for (std::size_t i = 1; i < parts.size(); ++i) CHECK(contains(shown, parts[i]));
    CHECK_FALSE(gupfile.problems.front().hint.empty());
}

}  // namespace gup::test
