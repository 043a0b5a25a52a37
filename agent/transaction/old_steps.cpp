// SPDX-License-Identifier: Apache-2.0
#include "transaction/old_steps.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "transaction/steps.hpp"

namespace gup {
namespace {

// clang-format off
constexpr std::array<OldStepKind, 21> old_kinds{
    OldStepKind{"repository",           "git",           ""},
    OldStepKind{"stage_generation",     "create",        ""},
    OldStepKind{"make_place",           "create_parent", "help=yes"},
    OldStepKind{"exchange_environment", "exchange",      "made=yes help=yes"},
    OldStepKind{"switch_environment",   "link",          "help=yes"},
    OldStepKind{"restart_service",      "restart",       ""},
    OldStepKind{"create_environment",   "create",        ""},
    OldStepKind{"pin_host_key",         "host_key",      ""},
    OldStepKind{"add_connector",        "create",        "help=yes"},
    OldStepKind{"add_environment",      "create",        "help=yes"},
    OldStepKind{"publish",              "rename",        "help=yes final=yes"},
    OldStepKind{"release_folder",       "create",        ""},
    OldStepKind{"release_file",         "create",        "entry=file"},
    OldStepKind{"release_record",       "rewrite",       ""},
    OldStepKind{"release_repository",   "git",           "index=yes"},
    OldStepKind{"release_around",       "create_parent", ""},
    OldStepKind{"release_move",         "rename",        ""},
    OldStepKind{"release_link",         "link",          ""},
    OldStepKind{"release_exchange",     "exchange",      ""},
    OldStepKind{"release_beside",       "create",        ""},
    OldStepKind{"release_local",        "exchange",      "with<beside"},
};
// clang-format on

void set_values(JournalStep& step, std::string_view values) {
    while (!values.empty()) {
        const std::string_view word = values.substr(0, values.find(' '));
        values.remove_prefix(std::min(values.size(), word.size() + 1));
        const auto sign = word.find_first_of("=<");
        const std::string key(word.substr(0, sign));
        const std::string value(word.substr(sign + 1));
        if (word[sign] == '=') {
            step.values.insert_or_assign(key, value);
        } else if (auto old = step.values.extract(value); !old.empty()) {
            old.key() = key;
            step.values.insert(std::move(old));
        }
    }
}

// It named the folder and the link, and which of the two is in the folder of the owner's root.
void name_by_place(JournalStep& step) {
    std::string& outer = step.values["outer"];
    const bool is_folder = outer == step.values["folder"];
    std::string& inner = step.values[is_folder ? "link" : "folder"];
    step.values.insert_or_assign("path", std::move(outer));
    step.values.insert_or_assign("with", std::move(inner));
    for (const char* key : {"outer", "folder", "link"}) step.values.erase(key);
}

JournalStep parent_step(const JournalStep& step, const char* kind, const char* key) {
    JournalStep parent{kind, step.values};
    parent.values["path"] = std::filesystem::path(step.values.at(key)).parent_path();
    return parent;
}

}  // namespace

std::span<const OldStepKind> old_step_kinds() {
    return old_kinds;
}

std::vector<JournalStep> current_steps(const JournalStep& step) {
    const auto old =
        std::find_if(old_kinds.begin(), old_kinds.end(), [&](const OldStepKind& one) { return one.old == step.kind; });
    if (old == old_kinds.end()) return {step};
    JournalStep now{std::string(old->now), step.values};
    set_values(now, old->values);
    if (old->old == "release_exchange" && step.values.contains("outer")) name_by_place(now);
    std::vector<JournalStep> steps;
    const bool has_made_parent = now.values.erase("parent") != 0;
    if (has_made_parent && now.values.contains("path")) {
        steps.push_back(parent_step(now, kind::create_parent, "path"));
    }
    if (old->old == "exchange_environment" && now.values.contains("with")) {
        steps.push_back(parent_step(step, kind::create, "with"));
    }
    steps.push_back(std::move(now));
    return steps;
}

void update_step_names(JournalRecord& record) {
    std::vector<JournalStep> steps;
    for (const JournalStep& step : record.steps) {
        for (JournalStep& now : current_steps(step)) steps.push_back(std::move(now));
    }
    record.steps = std::move(steps);
}

}  // namespace gup
