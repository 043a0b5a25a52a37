// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/pep508.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/packaging/dependency_cursor.hpp"
#include "core/packaging/marker_term.hpp"
#include "core/packaging/python_space.hpp"
#include "core/packaging/specifier.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

Pep508Part part_since(const DependencyCursor& cursor, std::size_t begin) {
    return {std::string(trimmed(cursor.since(begin))), begin};
}

// [ name, name ]
bool take_extras(DependencyCursor& cursor, std::vector<Pep508Part>& extras) {
    const std::size_t begin = cursor.at();
    if (!cursor.take('[')) return true;
    cursor.skip_blanks();
    while (!cursor.is_at(']')) {
        const std::size_t at = cursor.at();
        const std::string_view name = cursor.take_name();
        if (name.empty()) {
            return cursor.fail(at, fmt::format("the name of an extra is expected, not {}", found_at(cursor)));
        }
        extras.push_back({std::string(name), at});
        cursor.skip_blanks();
        if (cursor.is_at(']')) break;
        if (cursor.is_at_end()) return cursor.fail(begin, "the bracket \"[\" is not closed");
        if (!cursor.take(',')) {
            return cursor.fail(cursor.at(),
                               fmt::format("\",\" or \"]\" is expected after an extra, not {}", found_at(cursor)));
        }
        cursor.skip_blanks();
        if (cursor.is_at(']')) return cursor.fail(cursor.at(), "the name of an extra is missing after \",\"");
    }
    return cursor.take(']');
}

bool begins_a_specifier(const DependencyCursor& cursor) {
    return !cursor.is_at_end() && std::string_view("=<>!~").find(cursor.rest().front()) != std::string_view::npos;
}

// A wrong clause goes on to the next ',', ';', ')' or blank; blanks may follow its operator.
bool fail_at_clause(DependencyCursor& cursor) {
    const std::string_view rest = cursor.rest();
    const auto version = rest.find_first_not_of(" \t", std::min(rest.find_first_not_of("=<>!~"), rest.size()));
    const std::string_view clause = rest.substr(0, rest.find_first_of(",;) \t", std::min(version, rest.size())));
    return cursor.fail(cursor.at(), reason_against_specifier(clause));
}

// Clauses with commas between them; a comma may end them.
bool take_clauses(DependencyCursor& cursor, Pep508Part& specifier) {
    cursor.skip_blanks();
    const std::size_t begin = cursor.at();
    while (begins_a_specifier(cursor)) {
        const std::string_view rest = cursor.rest();
        const std::string_view clause = rest.starts_with("===") ? rest.substr(0, rest.find(',')) : rest;
        const auto found = specifier_at_start(clause);
        const std::string_view next = clause.substr(found ? found->length : 0);
        if (!found || next.starts_with(".*") || next.starts_with('+')) return fail_at_clause(cursor);
        cursor.skip(found->length);
        cursor.skip_blanks();
        if (!cursor.take(',')) break;
        cursor.skip_blanks();
    }
    specifier = part_since(cursor, begin);
    return true;
}

bool take_specifier(DependencyCursor& cursor, Pep508Part& specifier) {
    const std::size_t begin = cursor.at();
    if (!cursor.take('(')) return take_clauses(cursor, specifier);
    if (!take_clauses(cursor, specifier)) return false;
    if (cursor.take(')')) return true;
    return cursor.fail(begin, fmt::format("the parenthesis is not closed: {} follows", found_at(cursor)));
}

// @ URL
bool take_url(DependencyCursor& cursor, Pep508Part& url) {
    cursor.skip_blanks();
    const std::size_t begin = cursor.at();
    cursor.skip(python_word_at_start(cursor.rest()));
    url = part_since(cursor, begin);
    return url.empty() ? cursor.fail(begin, "a URL is expected after \"@\"") : true;
}

bool take_marker(DependencyCursor& cursor, Pep508Part& marker) {
    cursor.skip_blanks();
    const std::size_t begin = cursor.at();
    std::vector<MarkerTerm> terms;
    if (!take_marker_terms(cursor, terms)) return false;
    marker = part_since(cursor, begin);
    if (cursor.is_at_end()) return true;
    return cursor.fail(cursor.at(), fmt::format("\"and\", \"or\" or the end is expected, not {}", found_at(cursor)));
}

bool take_requirement(DependencyCursor& cursor, Pep508& out) {
    cursor.skip_blanks();
    const std::size_t begin = cursor.at();
    out.name = {std::string(cursor.take_name()), begin};
    if (out.name.empty()) return cursor.fail(begin, fmt::format("a name is expected, not {}", found_at(cursor)));
    cursor.skip_blanks();
    if (!take_extras(cursor, out.extras)) return false;
    cursor.skip_blanks();
    const bool has_url = cursor.take('@');
    if (!(has_url ? take_url(cursor, out.url) : take_specifier(cursor, out.specifier))) return false;
    cursor.skip_blanks();
    if (cursor.is_at_end()) return true;
    if (cursor.take(';')) return take_marker(cursor, out.marker);
    return cursor.fail(cursor.at(), fmt::format("{} is expected, not {}",
                                                has_url                 ? "\";\" or the end"
                                                : out.specifier.empty() ? "a version specifier, \";\" or the end"
                                                                        : "\",\", \";\" or the end",
                                                found_at(cursor)));
}

}  // namespace

Result<Pep508> parse_pep508(std::string_view text, std::size_t* mistake_at) {
    DependencyCursor cursor(text);
    Pep508 out;
    if (take_requirement(cursor, out)) return out;
    return cursor.error("the requirement", mistake_at);
}

}  // namespace gup
