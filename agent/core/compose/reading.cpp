// SPDX-License-Identifier: Apache-2.0
#include "core/compose/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Node;

bool is_unit_key(std::string_view key) {
    return !key.empty() &&
           std::all_of(key.begin(), key.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

}  // namespace

Place place_of_mark(const yaml::Mark& mark) {
    return {mark.origin ? mark.origin->file : std::string{}, mark.line, mark.column};
}

void error_at(const Place& place, std::string message, std::string hint, Findings& findings) {
    findings.add({.severity = Severity::error,
                  .line = place.line,
                  .column = place.column,
                  .message = std::move(message),
                  .hint = std::move(hint),
                  .file = place.file});
}

RawSections quadlet_sections(const Node& node, Findings& findings) {
    RawSections sections;
    if (!check_keys(node, {"Container", "Network", "Volume", "Build", "Quadlet", "Unit", "Service", "Install"},
                    "x-quadlet", findings)) {
        return sections;
    }
    for (const yaml::Entry& section : node.entries) {
        if (!section.value.is_mapping()) {
            findings.error(section.value.mark,
                           fmt::format("{} wants a mapping, not {}", section.key, name_of(section.value.kind)));
            continue;
        }
        for (const yaml::Entry& line : section.value.entries) {
            if (!is_unit_key(line.key)) {
                findings.error(line.mark, fmt::format("{} is no key of a unit", yaml::shown(line.key)));
                continue;
            }
            for (std::string& text : texts_in(line.value, line.key, findings)) {
                if (text.find_first_of("\r\n") != std::string::npos) {
                    findings.error(line.value.mark, fmt::format("the value of {} has more than one line", line.key));
                    continue;
                }
                sections[section.key].emplace_back(line.key, std::move(text));
            }
        }
    }
    return sections;
}

}  // namespace gup::compose
