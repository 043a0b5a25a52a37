// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/marker_term.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/packaging/names.hpp"
#include "core/packaging/python_string.hpp"

namespace gup {
namespace {

// All spellings of PEP 345 and PEP 508, and the sets of PEP 751.
constexpr std::array<std::string_view, 20> variables{"python_version",
                                                     "python_full_version",
                                                     "os_name",
                                                     "os.name",
                                                     "sys_platform",
                                                     "sys.platform",
                                                     "platform_release",
                                                     "platform_system",
                                                     "platform_version",
                                                     "platform.version",
                                                     "platform_machine",
                                                     "platform.machine",
                                                     "platform_python_implementation",
                                                     "platform.python_implementation",
                                                     "python_implementation",
                                                     "implementation_name",
                                                     "implementation_version",
                                                     "extra",
                                                     "extras",
                                                     "dependency_groups"};
// A longer operator precedes its own prefix.
constexpr std::array<std::string_view, 8> signs{"===", "==", "~=", "!=", "<=", ">=", "<", ">"};

MarkerOperand variable_of(std::string_view spelling) {
    std::string name(spelling);
    std::replace(name.begin(), name.end(), '.', '_');
    if (name == "python_implementation") name = "platform_python_implementation";
    return {MarkerOperand::Kind::variable, std::move(name)};
}

bool take_quoted(DependencyCursor& cursor, MarkerOperand& operand) {
    const std::size_t begin = cursor.at();
    const std::string_view rest = cursor.rest();
    const auto end = rest.find(rest.front(), 1);
    if (end == std::string_view::npos) return cursor.fail(begin, "the quotation mark has no counterpart");
    cursor.skip(end + 1);
    auto value = python_string_value(rest.substr(1, end - 1));
    if (!value) return cursor.fail(begin, "the text in quotation marks has a wrong escape or a line break");
    operand = {MarkerOperand::Kind::literal, std::move(*value)};
    return true;
}

bool take_operand(DependencyCursor& cursor, MarkerOperand& operand) {
    for (const std::string_view name : variables) {
        if (!cursor.take_word(name)) continue;
        operand = variable_of(name);
        return true;
    }
    if (cursor.is_at('"') || cursor.is_at('\'')) return take_quoted(cursor, operand);
    return cursor.fail(
        cursor.at(),
        fmt::format("a variable of PEP 508 or a text in quotation marks is expected, not {}", found_at(cursor)));
}

bool take_operator(DependencyCursor& cursor, std::string& op) {
    if (cursor.take_word("in")) {
        op = "in";
        return true;
    }
    if (cursor.take_word("not")) {
        if (!cursor.skip_blanks() || !cursor.take_word("in")) {
            return cursor.fail(cursor.at(), "\"in\" is expected after \"not\"");
        }
        op = "not in";
        return true;
    }
    const auto found = std::find_if(signs.begin(), signs.end(),
                                    [&](std::string_view sign) { return cursor.rest().starts_with(sign); });
    if (found == signs.end()) {
        return cursor.fail(cursor.at(), fmt::format("one of ==, !=, <=, >=, <, >, ~=, ===, in and not in is expected, "
                                                    "not {}",
                                                    found_at(cursor)));
    }
    op = *found;
    cursor.skip(found->size());
    return true;
}

// PEP 685: names of extras and groups are compared in normal form.
void normalize_extra(MarkerOperand& variable, MarkerOperand& other) {
    if (variable.is_variable() && variable.text == "extra" && !other.is_variable()) {
        other.text = normalized_name(other.text);
    }
}

bool take_comparison(DependencyCursor& cursor, MarkerTerm& term) {
    if (!take_operand(cursor, term.left)) return false;
    cursor.skip_blanks();
    if (!take_operator(cursor, term.op)) return false;
    cursor.skip_blanks();
    if (!take_operand(cursor, term.right)) return false;
    normalize_extra(term.left, term.right);
    normalize_extra(term.right, term.left);
    if (is_marker_set(term.right) && !term.left.is_variable()) term.left.text = normalized_name(term.left.text);
    return true;
}

bool take_term(DependencyCursor& cursor, MarkerTerm& term, int depth) {
    cursor.skip_blanks();
    const std::size_t begin = cursor.at();
    if (!cursor.take('(')) return take_comparison(cursor, term);
    if (depth >= deepest_marker) {
        return cursor.fail(begin, fmt::format("more than {} parentheses are open", deepest_marker));
    }
    if (!take_marker_terms(cursor, term.group, depth + 1)) return false;
    if (cursor.take(')')) return true;
    return cursor.fail(begin, fmt::format("the parenthesis is not closed: {} follows", found_at(cursor)));
}

}  // namespace

bool take_marker_terms(DependencyCursor& cursor, std::vector<MarkerTerm>& terms, int depth) {
    bool follows_or = false;
    while (true) {
        MarkerTerm& term = terms.emplace_back();
        term.follows_or = follows_or;
        if (!take_term(cursor, term, depth)) return false;
        cursor.skip_blanks();
        follows_or = cursor.take_word("or");
        if (!follows_or && !cursor.take_word("and")) return true;
    }
}

bool is_marker_set(const MarkerOperand& operand) {
    return operand.is_variable() && (operand.text == "extras" || operand.text == "dependency_groups");
}

}  // namespace gup
