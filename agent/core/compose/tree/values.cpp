// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/values.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "core/compose/text/quantities.hpp"
#include "core/compose/tree/merge.hpp"
#include "core/compose/tree/paths.hpp"
#include "core/declaration/nearest.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

using yaml::Kind;
using yaml::Node;

void refuse_kind(const Node& node, std::string_view what, std::string_view wanted, Findings& findings) {
    findings.error(node.mark, fmt::format("{} wants {}, not {}", what, wanted, name_of(node.kind)));
}

void refuse_value(const Node& node, std::string_view what, std::string_view wanted, std::string hint,
                  Findings& findings) {
    findings.error(
        node.mark,
        fmt::format("{} wants {}, not {}", what, wanted, node.text.empty() ? "an empty text" : yaml::shown(node.text)),
        std::move(hint));
}

}  // namespace

std::string did_you_mean(std::string_view word, const KeyList& known) {
    const std::string near = nearest(word, known);
    return near.empty() ? std::string{} : fmt::format("did you mean {}?", yaml::shown(near));
}

bool check_keys(const Node& node, const KeyList& known, std::string_view what, Findings& findings) {
    if (!node.is_mapping()) {
        refuse_kind(node, what, "a mapping", findings);
        return false;
    }
    for (const yaml::Entry& entry : node.entries) {
        if (entry.key.starts_with("x-") || std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
        std::string hint = did_you_mean(entry.key, known);
        if (hint.empty() && known.size() <= 8) hint = fmt::format("its keys are {}", fmt::join(known, ", "));
        findings.error(entry.mark, fmt::format("{} has no key {}", what, yaml::shown(entry.key)), std::move(hint));
    }
    return true;
}

std::optional<std::string> text_in(const Node& node, std::string_view what, Findings& findings) {
    if (node.is_null()) return std::nullopt;
    if (node.is_scalar()) return node.text;
    refuse_kind(node, what, "a text", findings);
    return std::nullopt;
}

std::string text_or_empty(const Node& node, std::string_view what, Findings& findings) {
    return text_in(node, what, findings).value_or("");
}

bool flag_in(const Node& node, std::string_view what, Findings& findings) {
    if (node.is_null()) return false;
    if (!node.is_scalar()) {
        refuse_kind(node, what, "true or false", findings);
        return false;
    }
    const std::string word = lower(node.text);
    if (word == "true" || word == "false") return word == "true";
    const bool is_yes = word == "yes" || word == "on" || word == "y";
    if (!is_yes && word != "no" && word != "off" && word != "n") {
        refuse_value(node, what, "true or false", "", findings);
        return false;
    }
    findings.warning(node.mark, fmt::format("{} is a text in YAML 1.2; it is taken as {}", node.text, is_yes),
                     fmt::format("write {}", is_yes));
    return is_yes;
}

std::optional<std::int64_t> integer_in(const Node& node, std::string_view what, Findings& findings) {
    if (node.is_null()) return std::nullopt;
    if (!node.is_scalar()) {
        refuse_kind(node, what, "a whole number", findings);
        return std::nullopt;
    }
    const std::string text = node.kind == Kind::integer ? canonical_number(node.text).value_or(node.text) : node.text;
    const auto number = number_in<std::int64_t>(text);
    if (!number) refuse_value(node, what, "a whole number", "", findings);
    return number;
}

std::optional<std::chrono::milliseconds> duration_in(const Node& node, std::string_view what, Findings& findings) {
    if (node.is_null()) return std::nullopt;
    const auto duration = node.is_scalar() ? parse_compose_duration(node.text) : std::nullopt;
    if (duration) return duration;
    const bool is_number = node.kind == Kind::integer;
    refuse_value(node, what, "a duration",
                 is_number ? fmt::format("write {}s", node.text) : "durations are 500ms, 10s, 1m30s, 2h", findings);
    return std::nullopt;
}

std::string bytes_in(const Node& node, std::string_view what, bool allows_unlimited, Findings& findings) {
    if (node.is_null()) return {};
    if (allows_unlimited && node.is_scalar() && node.text == "-1") return node.text;
    const auto bytes = node.is_scalar() ? parse_bytes(node.text) : std::nullopt;
    if (bytes) return std::to_string(*bytes);
    refuse_value(node, what, "a size", "sizes are 64m, 1g, 512k or a number of bytes", findings);
    return {};
}

std::vector<std::string> texts_in(const Node& node, std::string_view what, Findings& findings) {
    std::vector<std::string> texts;
    if (node.is_null()) return texts;
    if (node.is_scalar()) return {node.text};
    if (node.is_mapping()) {
        refuse_kind(node, what, "a list", findings);
        return texts;
    }
    for (const Node& item : node.items) {
        if (item.is_scalar() && !item.is_null()) {
            texts.push_back(item.text);
        } else {
            refuse_kind(item, fmt::format("an entry of {}", what), "a text", findings);
        }
    }
    return texts;
}

std::string respelled(const Node& node, Findings& findings) {
    // docker's YAML reader knows more numbers than YAML 1.2: 010, 0b1, 1_000.
    const bool is_number = node.kind == Kind::integer || node.kind == Kind::real || node.is_verbatim;
    std::optional<std::string> spelled;
    if (node.kind == Kind::boolean) {
        spelled = lower(node.text);
    } else if (node.is_plain && is_number) {
        spelled = canonical_number(node.text);
    }
    if (!spelled || *spelled == node.text) return node.text;
    findings.warning(node.mark, "docker compose spells this number in another way, which is taken",
                     "quote it to keep it as it is");
    return *spelled;
}

std::map<std::string, std::string> text_map_in(const Node& node, std::string_view what, Findings& findings) {
    std::map<std::string, std::string> texts;
    if (node.is_null()) return texts;
    if (node.is_scalar()) {
        refuse_kind(node, what, "a mapping", findings);
        return texts;
    }
    const Node mapping = as_mapping(node);
    for (const Node& item : node.items) {
        if (!item.is_scalar() || item.is_null()) {
            refuse_kind(item, fmt::format("an entry of {}", what), "NAME=value", findings);
        }
    }
    for (const yaml::Entry& entry : mapping.entries) {
        if (entry.value.is_null()) {
            texts[entry.key] = "";
        } else if (entry.value.is_scalar()) {
            texts[entry.key] = respelled(entry.value, findings);
        } else {
            refuse_kind(entry.value, fmt::format("{} of {}", yaml::shown(entry.key), what), "a text", findings);
        }
    }
    return texts;
}

std::optional<std::vector<std::string>> command_in(const Node& node, std::string_view what, Findings& findings) {
    if (node.is_null()) return std::nullopt;
    if (!node.is_scalar()) {
        if (node.is_sequence()) return texts_in(node, what, findings);
        refuse_kind(node, what, "a text or a list", findings);
        return std::nullopt;
    }
    auto words = command_words(node.text);
    if (!words) {
        findings.error(node.mark, fmt::format("a quote in {} has no end", what),
                       "write a list: [program, \"an argument\"]");
    }
    return words;
}

std::optional<std::string> repository_path(const Node& node, std::string_view what, Findings& findings) {
    if (node.text.empty()) {
        findings.error(node.mark, fmt::format("{} is empty", what));
        return std::nullopt;
    }
    if (node.text.starts_with('/')) return std::nullopt;
    if (node.text.starts_with('~')) {
        findings.error(node.mark, fmt::format("{} {} begins in somebody's home folder", what, yaml::shown(node.text)),
                       "write an absolute path, or one in the repository");
        return std::nullopt;
    }
    const std::string folder = node.mark.origin ? node.mark.origin->folder : std::string{};
    auto path = path_in(folder, node.text);
    if (!path) {
        findings.error(node.mark, fmt::format("{} {} leaves the repository", what, yaml::shown(node.text)),
                       "write an absolute path of the gateway, or one in the repository");
    }
    return path;
}

}  // namespace gup::compose
