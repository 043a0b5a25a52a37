// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace gup {
namespace {

constexpr std::size_t longest_word = 64;

char folded(char c) {
    if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

// Optimal string alignment: edits and swaps of neighbours, '-' and '_' alike.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> previous(b.size() + 1);
    std::vector<std::size_t> current(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = previous[j - 1] + (folded(a[i - 1]) == folded(b[j - 1]) ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1])) {
                current[j] = std::min(current[j], before[j - 2] + 1);
            }
        }
        before.swap(previous);
        previous.swap(current);
    }
    return previous[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string_view>& known) {
    if (word.empty() || word.size() > longest_word) return {};
    std::string_view best;
    std::size_t best_distance = longest_word;
    for (const std::string_view candidate : known) {
        if (candidate.empty() || candidate.size() > longest_word) continue;
        const std::size_t longer = std::max(word.size(), candidate.size());
        const std::size_t allowed = std::max<std::size_t>(1, longer / 3);
        const std::size_t edits = distance(word, candidate);
        // One edit in a word of one or two letters leaves nothing in common.
        if (edits > allowed || edits >= std::min(word.size(), candidate.size())) continue;
        if (edits < best_distance) {
            best = candidate;
            best_distance = edits;
        }
    }
    return std::string(best);
}

}  // namespace gup
