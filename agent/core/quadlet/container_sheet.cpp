// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_sheet.hpp"

#include <algorithm>

#include "core/quadlet/key_table.hpp"
#include "core/quadlet/unit_text.hpp"
#include "util/printable.hpp"

namespace gup::quadlet {
namespace {

// Of a section or a key.
bool is_word(const std::string& text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    });
}

}  // namespace

void add_problem(UnitSet& set, Severity severity, const compose::Place& place, std::string message, std::string hint) {
    set.problems.push_back({.severity = severity,
                            .line = place.line,
                            .column = place.column,
                            .message = std::move(message),
                            .hint = std::move(hint),
                            .file = place.file});
}

void add_power(UnitSet& set, std::string word) {
    const auto it = std::ranges::lower_bound(set.powers, word);
    if (it == set.powers.end() || *it != word) set.powers.insert(it, std::move(word));
}

bool is_line(UnitSet& set, const compose::Place& place, const std::string& section,
             const std::pair<std::string, std::string>& line) {
    const auto& [key, value] = line;
    const bool is_value =
        can_be_written(value) && value.find_first_of("\n\r") == std::string::npos && !value.ends_with('\\');
    if (is_word(section) && is_word(key) && is_value) return true;
    add_problem(set, Severity::error, place,
                "x-quadlet: " + printable(section + '.' + key) + " is not one line of a unit",
                "write a key of letters, and a value without newlines and without a backslash at its end");
    return false;
}

bool ContainerSheet::knows_key(std::string_view key) const {
    return knows(facts_.podman, Group::container, key);
}

bool ContainerSheet::accepts(std::string_view value) {
    if (can_be_written(value)) return true;
    if (!has_unwritable_) {
        fail(service_.place, "service " + printable(service_.name) + " has a value that no unit can carry",
             "remove NUL, U+0080 and bytes that are not UTF-8 from its values");
    }
    has_unwritable_ = true;
    return false;
}

void ContainerSheet::setting(std::string_view key, std::string_view option, std::string_view value) {
    if (value.empty() || !accepts(value)) return;
    if (knows_key(key) && is_plain(value)) {
        container(std::string(key), escape_value(value));
    } else {
        argument(option, value);
    }
}

void ContainerSheet::raw_setting(std::string_view key, std::string_view option, std::string_view value) {
    if (!accepts(value)) return;
    if (knows_key(key)) {
        container(std::string(key), escape_value(value));
    } else {
        argument(option, value);
    }
}

void ContainerSheet::yes(std::string_view key, std::string_view option) {
    if (knows_key(key)) {
        container(std::string(key), "true");
    } else {
        flag(option);
    }
}

void ContainerSheet::argument(std::string_view option, std::string_view value) {
    if (!accepts(value)) return;
    container("PodmanArgs", escape_word(std::string(option) + '=' + std::string(value)));
}

void ContainerSheet::flag(std::string_view option) {
    container("PodmanArgs", std::string(option));
}

void ContainerSheet::assignment(const std::string& key, std::string_view name, std::string_view value) {
    if (!accepts(name) || !accepts(value)) return;
    container(key, escape_word(std::string(name) + '=' + std::string(value)));
}

void ContainerSheet::verbatim(const std::string& section, const std::string& key, const std::string& value) {
    if (!is_line(set_, service_.place, section, {key, value})) return;
    verbatim_.push_back({section, {key, value}});
}

void ContainerSheet::after(const std::string& unit, bool is_required) {
    (is_required ? required_ : wanted_).insert(unit);
}

void ContainerSheet::warn(const compose::Place& place, std::string message, std::string hint) {
    add_problem(set_, Severity::warning, place, std::move(message), std::move(hint));
}

void ContainerSheet::fail(const compose::Place& place, std::string message, std::string hint) {
    add_problem(set_, Severity::error, place, std::move(message), std::move(hint));
}

void ContainerSheet::power(std::string word) {
    add_power(set_, std::move(word));
}

std::string ContainerSheet::text(const std::string& comment, const std::string& install) const {
    UnitText result;
    for (const auto& [key, value] : unit_) result.add("Unit", key, value);
    for (const std::string& it : required_) {
        result.add("Unit", "Requires", it);
        result.add("Unit", "After", it);
    }
    for (const std::string& it : wanted_) {
        if (required_.contains(it)) continue;
        result.add("Unit", "Wants", it);
        result.add("Unit", "After", it);
    }
    for (const auto& [key, value] : container_) result.add("Container", key, value);
    for (const auto& [key, value] : service_lines_) result.add("Service", key, value);
    result.add("Install", "WantedBy", install);
    for (const auto& [section, line] : verbatim_) result.add(section, line.first, line.second);
    return result.text(comment);
}

}  // namespace gup::quadlet
