// SPDX-License-Identifier: Apache-2.0
#include "app/lint/sarif.hpp"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "app/lint/snippet.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using nlohmann::json;

struct Rule {
    LintRule rule;
    std::string_view text;
    std::string_view help;
};

constexpr std::array<Rule, 5> rules{{
    {LintRule::gupfile, "A mistake in a gupfile.", "gupfile(5) describes the file."},
    {LintRule::requirements, "A mistake in a requirements or lock file.",
     "docs/requirements.md says which lines the agent reads."},
    {LintRule::configuration, "A mistake in a gup-agent.toml.", "gup-agent.toml(5) describes the file."},
    {LintRule::file, "A gupfile names a program that cannot run.",
     "The program must be in the repository, with its executable bit."},
    {LintRule::compose, "A mistake in a compose file.",
     "The agent makes units of podman of it: docs/guides/services.md."},
}};

// Relative paths are relative to the folder of the call, as code hosts expect them.
std::string uri_of(const std::string& path) {
    const std::string encoded = percent_encoded(path, "-._~/");
    return path.starts_with('/') ? "file://" + encoded : encoded;
}

json location_of(const LintProblem& problem) {
    json place{{"artifactLocation", {{"uri", uri_of(problem.file)}}}};
    if (problem.line > 0) {
        json region{{"startLine", problem.line}};
        if (problem.column > 0) {
            region["startColumn"] = column_in_characters(problem.text, problem.line, problem.column);
        }
        place["region"] = std::move(region);
    }
    return {{"physicalLocation", std::move(place)}};
}

json result_of(const LintProblem& problem) {
    const std::string hint = problem.hint.empty() ? "" : fmt::format("\nhint: {}", problem.hint);
    return {{"ruleId", to_string(problem.rule)},
            {"ruleIndex", static_cast<int>(problem.rule)},
            {"level", problem.severity == Severity::error ? "error" : "warning"},
            {"message", {{"text", problem.message + hint}}},
            {"locations", json::array({location_of(problem)})}};
}

json driver_of(std::string_view version) {
    json descriptions = json::array();
    for (const Rule& rule : rules) {
        descriptions.push_back({{"id", to_string(rule.rule)},
                                {"shortDescription", {{"text", rule.text}}},
                                {"help", {{"text", rule.help}}}});
    }
    return {{"name", "gup-agent"}, {"version", version}, {"rules", std::move(descriptions)}};
}

}  // namespace

json sarif_of(const LintReport& report, std::string_view version) {
    json results = json::array();
    for (const LintProblem& problem : report.problems) results.push_back(result_of(problem));
    json notes = json::array();
    for (const Error& error : report.unreadable) {
        notes.push_back({{"level", "error"}, {"message", {{"text", error.message}}}});
    }
    json invocation{{"executionSuccessful", report.unreadable.empty()}};
    if (!notes.empty()) invocation["toolExecutionNotifications"] = std::move(notes);
    return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
            {"version", "2.1.0"},
            {"runs", json::array({{{"tool", {{"driver", driver_of(version)}}},
                                   {"columnKind", "unicodeCodePoints"},
                                   {"invocations", json::array({std::move(invocation)})},
                                   {"results", std::move(results)}}})}};
}

}  // namespace gup
