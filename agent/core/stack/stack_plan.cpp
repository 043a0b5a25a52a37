// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace gup {
namespace {

using Texts = std::map<std::string, std::string>;
using Units = std::map<std::string, const StackUnit*>;

constexpr std::size_t reasons_shown = 4;

void add_differences(const Texts& before, const Texts& after, const char* what, std::vector<std::string>& reasons) {
    std::set<std::string> names;
    for (const auto& [name, digest] : before) {
        const auto other = after.find(name);
        if (other == after.end() || other->second != digest) names.insert(name);
    }
    for (const auto& [name, digest] : after) {
        if (!before.contains(name)) names.insert(name);
    }
    for (const std::string& name : names) reasons.push_back(what + name);
}

Units units_of(const StackRecord& record) {
    Units units;
    for (const StackUnit& unit : record.units) units.emplace(unit.name, &unit);
    return units;
}

// The images of a stack that have another digest now.
void add_images(const StackRecord& before, const StackRecord& after, const std::string& stack,
                std::vector<std::string>& reasons) {
    std::set<std::string> images;
    for (const StackUnit& unit : after.units) {
        const auto old = before.images.find(unit.image);
        if (unit.stack != stack || unit.digest.empty() || old == before.images.end()) continue;
        if (old->second != unit.digest) images.insert(unit.image);
    }
    for (const std::string& image : images) reasons.push_back("image " + image);
}

StackChange change_of(const StackRecord& running, const StackRecord& next, const std::string& stack) {
    StackChange change{stack, {}, !running.stacks.contains(stack), !next.stacks.contains(stack)};
    if (change.is_new || change.is_removed) return change;
    const StackInputs& before = running.stacks.at(stack);
    const StackInputs& after = next.stacks.at(stack);
    add_differences(before.files, after.files, "", change.reasons);
    add_differences(before.variables, after.variables, "variable ", change.reasons);
    add_images(running, next, stack, change.reasons);
    return change;
}

}  // namespace

StackPlan plan_stacks(const StackRecord& running, const StackRecord& next) {
    StackPlan plan;
    std::set<std::string> names;
    for (const auto& [stack, inputs] : running.stacks) names.insert(stack);
    for (const auto& [stack, inputs] : next.stacks) names.insert(stack);
    std::set<std::string> changed;
    for (const std::string& stack : names) {
        StackChange change = change_of(running, next, stack);
        if (change.reasons.empty() && !change.is_new && !change.is_removed) continue;
        changed.insert(stack);
        plan.changes.push_back(std::move(change));
    }
    const Units before = units_of(running);
    const Units after = units_of(next);
    for (const auto& [name, unit] : after) {
        const auto old = before.find(name);
        if (old != before.end() && old->second->content == unit->content) continue;
        plan.restart.push_back(name);
        if (!changed.insert(unit->stack).second) continue;
        // another podman, another agent: the same files give other units
        plan.changes.push_back({unit->stack, {unit->file}, false, false});
    }
    for (const auto& [name, unit] : before) {
        if (!after.contains(name)) plan.stop.push_back(name);
    }
    for (const StackNetwork& network : next.networks) {
        const auto old = std::find_if(running.networks.begin(), running.networks.end(),
                                      [&](const StackNetwork& one) { return one.name == network.name; });
        if (old != running.networks.end() && network.is_explicit && old->content != network.content) {
            plan.networks.push_back(network.name);
        }
    }
    std::sort(plan.changes.begin(), plan.changes.end(),
              [](const StackChange& a, const StackChange& b) { return a.stack < b.stack; });
    return plan;
}

std::string display(const StackPlan& plan) {
    std::string out;
    for (const StackChange& change : plan.changes) {
        std::string why = change.is_new ? "new" : "removed";
        if (!change.is_new && !change.is_removed) {
            const std::size_t shown = std::min(change.reasons.size(), reasons_shown);
            why = fmt::format("{}", fmt::join(change.reasons.begin(),
                                              change.reasons.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
            if (shown < change.reasons.size()) why += fmt::format(" and {} more", change.reasons.size() - shown);
        }
        out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", change.stack, why);
    }
    return out;
}

}  // namespace gup
