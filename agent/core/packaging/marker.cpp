// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/marker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/packaging/names.hpp"
#include "core/packaging/python_string.hpp"
#include "core/packaging/specifier.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

struct MarkerVariable {
    std::string_view name;
    std::string MarkerEnvironment::*value;
    bool is_version = false;  // compared by PEP 440 where both sides allow it; others are plain texts
};

constexpr std::array<MarkerVariable, 11> environment_variables{
    {{"implementation_name", &MarkerEnvironment::implementation_name},
     {"implementation_version", &MarkerEnvironment::implementation_version, true},
     {"os_name", &MarkerEnvironment::os_name},
     {"platform_machine", &MarkerEnvironment::platform_machine},
     {"platform_python_implementation", &MarkerEnvironment::platform_python_implementation},
     {"platform_release", &MarkerEnvironment::platform_release, true},
     {"platform_system", &MarkerEnvironment::platform_system},
     {"platform_version", &MarkerEnvironment::platform_version},
     {"python_full_version", &MarkerEnvironment::python_full_version, true},
     {"python_version", &MarkerEnvironment::python_version, true},
     {"sys_platform", &MarkerEnvironment::sys_platform}}};

struct MarkerValues {
    const MarkerEnvironment& environment;
    std::vector<std::string> extras;  // normalized, as the groups
    std::vector<std::string> dependency_groups;
};

const MarkerVariable* find_variable(std::string_view name) {
    const auto found = std::find_if(environment_variables.begin(), environment_variables.end(),
                                    [&](const MarkerVariable& one) { return one.name == name; });
    return found == environment_variables.end() ? nullptr : &*found;
}

// A Python built from a checkout says "3.13.0a2+".
std::string value_of(const MarkerVariable& variable, const MarkerEnvironment& environment) {
    const std::string& value = environment.*variable.value;
    return variable.name == "python_full_version" && value.ends_with('+') ? value + "local" : value;
}

// Only the version variables have an order; for other texts, as for those that are no versions, "<=" means "==".
bool compare_texts(std::string_view left, std::string_view op, std::string_view right) {
    if (op == "in") return contains(right, left);
    if (op == "not in") return !contains(right, left);
    if (op == "!=") return left != right;
    return (op == "==" || op == "<=" || op == ">=") && left == right;
}

bool contains_name(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool compare_extra(const MarkerTerm& term, const std::vector<std::string>& extras) {
    const bool is_left = term.left.is_variable();
    const std::string& other = is_left ? term.right.text : term.left.text;
    if (extras.size() < 2) {
        const std::string extra = extras.empty() ? std::string() : extras.front();
        return is_left ? compare_texts(extra, term.op, other) : compare_texts(other, term.op, extra);
    }
    if (term.op == "!=") return !contains_name(extras, other);
    return term.op == "==" && contains_name(extras, other);
}

bool compare_set(const MarkerTerm& term, const MarkerValues& values) {
    if (term.left.is_variable()) return false;
    const auto& names = term.right.text == "extras" ? values.extras : values.dependency_groups;
    if (term.op == "in") return contains_name(names, term.left.text);
    if (term.op == "not in") return !contains_name(names, term.left.text);
    return term.op == "!=";
}

bool evaluate_comparison(const MarkerTerm& term, const MarkerValues& values) {
    const bool is_left = term.left.is_variable();
    if (!is_left && !term.right.is_variable()) return false;
    if (is_marker_set(is_left ? term.left : term.right)) return compare_set(term, values);
    const std::string& name = is_left ? term.left.text : term.right.text;
    if (name == "extra") return compare_extra(term, values.extras);
    const MarkerVariable* variable = find_variable(name);
    if (variable == nullptr) return false;
    const std::string value = value_of(*variable, values.environment);
    const std::string& left = is_left ? value : term.left.text;
    const std::string& right = is_left ? term.right.text : value;
    if (variable->is_version) {
        if (const Result<Specifier> specifier = Specifier::parse(term.op + right)) return specifier->matches(left);
    }
    return compare_texts(left, term.op, right);
}

// "and" binds tighter than "or".
bool evaluate_terms(const std::vector<MarkerTerm>& terms, const MarkerValues& values) {
    bool all = true;
    for (const MarkerTerm& term : terms) {
        if (term.follows_or) {
            if (all) return true;
            all = true;
        }
        all = all && (term.group.empty() ? evaluate_comparison(term, values) : evaluate_terms(term.group, values));
    }
    return all;
}

std::string operand_text(const MarkerOperand& operand) {
    return operand.is_variable() ? operand.text : python_string_literal(operand.text);
}

std::string comparison_text(const MarkerTerm& term) {
    return fmt::format("{} {} {}", operand_text(term.left), term.op, operand_text(term.right));
}

void append_terms(std::string& out, const std::vector<MarkerTerm>& terms, bool is_whole) {
    if (terms.size() == 1 && !terms.front().group.empty()) return append_terms(out, terms.front().group, is_whole);
    const bool has_parentheses = !is_whole && terms.size() > 1;
    if (has_parentheses) out += '(';
    for (const MarkerTerm& term : terms) {
        if (&term != &terms.front()) out += term.follows_or ? " or " : " and ";
        if (term.group.empty()) {
            out += comparison_text(term);
        } else {
            append_terms(out, term.group, false);
        }
    }
    if (has_parentheses) out += ')';
}

std::optional<std::string> reason_against_comparison(const MarkerTerm& term) {
    const bool is_left = term.left.is_variable();
    if (!is_left && !term.right.is_variable()) return "it compares two texts; one side must be a variable";
    if (is_left && is_marker_set(term.left)) return fmt::format("\"{}\" is only possible after \"in\"", term.left.text);
    if (term.op != "~=" && term.op != "===") return std::nullopt;
    const MarkerVariable* variable = find_variable(is_left ? term.left.text : term.right.text);
    if (variable == nullptr || !variable->is_version) return fmt::format("\"{}\" compares only versions", term.op);
    if (!is_left || Specifier::parse(term.op + term.right.text)) return std::nullopt;
    return fmt::format("\"{}\" is no version for \"{}\"", term.right.text, term.op);
}

std::optional<std::string> reason_against(const std::vector<MarkerTerm>& terms) {
    for (const MarkerTerm& term : terms) {
        if (!term.group.empty()) {
            if (auto reason = reason_against(term.group)) return reason;
        } else if (auto reason = reason_against_comparison(term)) {
            return fmt::format("the comparison {} has no meaning: {}", comparison_text(term), *reason);
        }
    }
    return std::nullopt;
}

std::vector<std::string> all_normalized(const std::vector<std::string>& names) {
    std::vector<std::string> out(names.size());
    std::transform(names.begin(), names.end(), out.begin(), [](const auto& name) { return normalized_name(name); });
    return out;
}

}  // namespace

Result<Marker> Marker::parse(std::string_view text, std::size_t* mistake_at) {
    DependencyCursor cursor(text);
    Marker marker;
    if (take_marker_terms(cursor, marker.terms_) && !cursor.is_at_end()) {
        cursor.fail(cursor.at(), fmt::format("\"and\", \"or\" or the end is expected, not {}", found_at(cursor)));
    }
    if (cursor.failed()) return cursor.error("the marker", mistake_at);
    return marker;
}

bool Marker::evaluate(const MarkerEnvironment& environment, const std::vector<std::string>& extras,
                      const std::vector<std::string>& dependency_groups) const {
    return evaluate_terms(terms_, MarkerValues{environment, all_normalized(extras), all_normalized(dependency_groups)});
}

std::optional<std::string> Marker::undefined_comparison() const {
    return reason_against(terms_);
}

std::string Marker::text() const {
    std::string out;
    append_terms(out, terms_, true);
    return out;
}

}  // namespace gup
