// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/group_markers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/packaging/marker.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/python_string.hpp"

namespace gup::detail {
namespace {

enum class Truth : std::uint8_t { always, never, depends };

struct Folded {
    Truth truth = Truth::always;
    std::vector<MarkerTerm> terms;  // of `depends`
};

class GroupFolder {
public:
    explicit GroupFolder(const std::vector<std::string>& groups) : groups_(groups) {}

    // An "or" of "and"s: of these, only those that depend on the environment are left.
    [[nodiscard]] Folded fold(const std::vector<MarkerTerm>& terms) const {
        Folded out{Truth::never, {}};
        for (std::size_t i = 0; i < terms.size();) {
            Folded part = fold_conjunction(terms, i);
            if (part.truth == Truth::always) return {Truth::always, {}};
            if (part.truth == Truth::never) continue;
            part.terms.front().follows_or = !out.terms.empty();
            std::move(part.terms.begin(), part.terms.end(), std::back_inserter(out.terms));
            out.truth = Truth::depends;
        }
        return out;
    }

private:
    // The terms from `i` up to the next "or", and moves there.
    [[nodiscard]] Folded fold_conjunction(const std::vector<MarkerTerm>& terms, std::size_t& i) const {
        Folded out;
        bool is_first = true;
        for (; i < terms.size() && (is_first || !terms[i].follows_or); ++i) {
            is_first = false;
            MarkerTerm term = terms[i];
            const Truth truth = fold_term(term);
            if (truth == Truth::never) out.truth = Truth::never;
            if (truth != Truth::depends) continue;
            if (out.truth == Truth::always) out.truth = Truth::depends;
            term.follows_or = false;
            out.terms.push_back(std::move(term));
        }
        if (out.truth == Truth::never) out.terms.clear();
        return out;
    }

    [[nodiscard]] Truth fold_term(MarkerTerm& term) const {
        if (!term.group.empty()) {
            Folded inner = fold(term.group);
            term.group = std::move(inner.terms);
            return inner.truth;
        }
        if (!is_marker_set(term.right)) return Truth::depends;
        const bool has_it = term.right.text == "dependency_groups" &&
                            std::any_of(groups_.begin(), groups_.end(),
                                        [&](const std::string& one) { return is_same_name(one, term.left.text); });
        return has_it == (term.op == "in") ? Truth::always : Truth::never;
    }

    const std::vector<std::string>& groups_;
};

std::string text_of_operand(const MarkerOperand& operand) {
    return operand.is_variable() ? operand.text : python_string_literal(operand.text);
}

std::string text_of_terms(const std::vector<MarkerTerm>& terms) {
    std::string out;
    for (const MarkerTerm& term : terms) {
        if (!out.empty()) out += term.follows_or ? " or " : " and ";
        out += term.group.empty()
                   ? fmt::format("{} {} {}", text_of_operand(term.left), term.op, text_of_operand(term.right))
                   : fmt::format("({})", text_of_terms(term.group));
    }
    return out;
}

}  // namespace

Result<std::optional<std::string>> marker_for_groups(std::string_view marker, const std::vector<std::string>& groups,
                                                     std::size_t* mistake_at) {
    GUP_TRY(const Marker parsed, Marker::parse(marker, mistake_at));
    if (mistake_at != nullptr) *mistake_at = 0;
    if (auto reason = parsed.undefined_comparison()) return Error{ErrorCode::invalid_input, *std::move(reason), ""};
    DependencyCursor cursor(marker);
    std::vector<MarkerTerm> terms;
    if (!take_marker_terms(cursor, terms)) return cursor.error("the marker", mistake_at);
    const Folded folded = GroupFolder(groups).fold(terms);
    if (folded.truth == Truth::never) return std::optional<std::string>();
    return std::optional(folded.truth == Truth::always ? std::string() : text_of_terms(folded.terms));
}

}  // namespace gup::detail
