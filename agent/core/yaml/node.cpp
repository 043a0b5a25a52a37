// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/node.hpp"

#include <algorithm>
#include <utility>

#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup::yaml {
namespace {

constexpr std::size_t longest_shown = 60;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool all_of(std::string_view text, bool (*is_wanted)(char)) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_wanted);
}

std::string_view without_sign(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return text;
}

std::string_view take_digits(std::string_view& text) {
    std::size_t length = 0;
    while (length < text.size() && is_digit(text[length])) ++length;
    const std::string_view digits = text.substr(0, length);
    text.remove_prefix(length);
    return digits;
}

bool is_integer(std::string_view text) {
    if (text.starts_with("0o")) return all_of(text.substr(2), [](char c) { return c >= '0' && c <= '7'; });
    if (text.starts_with("0x")) return all_of(text.substr(2), [](char c) { return hex_value(c) >= 0; });
    return all_of(without_sign(text), [](char c) { return is_digit(c); });
}

bool is_real(std::string_view text) {
    if (is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
    text = without_sign(text);
    if (is_one_of(text, {".inf", ".Inf", ".INF"})) return true;
    const bool has_whole = !take_digits(text).empty();
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (take_digits(text).empty() && !has_whole) return false;
    } else if (!has_whole) {
        return false;
    }
    if (text.empty()) return true;
    return (text.front() == 'e' || text.front() == 'E') &&
           all_of(without_sign(text.substr(1)), [](char c) { return is_digit(c); });
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& one) { return one.key == key; });
    return found == entries.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) {
    return const_cast<Node*>(std::as_const(*this).find(key));
}

void Node::set(std::string_view key, Node value) {
    if (!is_mapping()) return;
    if (Node* const found = find(key)) {
        *found = std::move(value);
        return;
    }
    Mark where = value.mark;
    entries.push_back({std::string(key), std::move(where), std::move(value)});
}

void Node::remove(std::string_view key) {
    std::erase_if(entries, [&](const Entry& one) { return one.key == key; });
}

std::string_view name_of(Kind kind) noexcept {
    switch (kind) {
        case Kind::null:
            return "nothing";
        case Kind::boolean:
            return "true or false";
        case Kind::integer:
        case Kind::real:
            return "a number";
        case Kind::string:
            return "a text";
        case Kind::sequence:
            return "a list";
        case Kind::mapping:
            return "a mapping";
    }
    return "";
}

Cost cost_of(const Node& node) {
    Cost cost{1, node.text.size(), 0};
    const auto add = [&](const Node& child) {
        const Cost more = cost_of(child);
        cost.nodes += more.nodes;
        cost.bytes += more.bytes;
        cost.height = std::max(cost.height, more.height);
    };
    for (const Node& item : node.items) add(item);
    for (const Entry& entry : node.entries) {
        cost.bytes += entry.key.size();
        add(entry.value);
    }
    if (!node.is_scalar()) ++cost.height;
    return cost;
}

Kind kind_of_plain(std::string_view text) noexcept {
    if (text.empty() || text == "~" || is_one_of(text, {"null", "Null", "NULL"})) return Kind::null;
    if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return Kind::boolean;
    const char first = text.front();
    if (!is_digit(first) && first != '.' && first != '+' && first != '-') return Kind::string;
    if (is_integer(text)) return Kind::integer;
    return is_real(text) ? Kind::real : Kind::string;
}

Problem problem_at(const Mark& mark, Severity severity, std::string message, std::string hint) {
    return {.severity = severity,
            .line = mark.line,
            .column = mark.column,
            .message = std::move(message),
            .hint = std::move(hint),
            .file = mark.origin ? mark.origin->file : std::string{}};
}

std::string shown(std::string_view text) {
    std::string out = printable(utf8_prefix(text, longest_shown));
    if (text.size() > longest_shown) out += "…";
    return out;
}

}  // namespace gup::yaml
