// SPDX-License-Identifier: Apache-2.0
#include "app/output/outcome_row.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "app/output/table.hpp"
#include "core/short_id.hpp"
#include "util/printable.hpp"
#include "util/text_width.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

constexpr std::size_t outcome_width = 11;
constexpr std::size_t hint_indent = 8;

// In the order of a summary.
constexpr std::array<Outcome, 7> in_order{Outcome::updated, Outcome::rolled_back, Outcome::failed,   Outcome::blocked,
                                          Outcome::skipped, Outcome::deferred,    Outcome::unchanged};

std::string word_of(Outcome outcome, const RowStyle& style) {
    return outcome == Outcome::updated ? std::string(style.verb) : display(outcome);
}

// An action beside the reason of a failure: "updated code a → b (main)" becomes "code updated a → b".
std::string aside(const std::string& action) {
    constexpr std::string_view moved = "updated code ";
    if (!action.starts_with(moved)) return action;
    return "code updated " + action.substr(moved.size(), action.rfind(" (") - moved.size());
}

// The word before it says the verb already.
std::string without_verb(std::string text, std::string_view verb) {
    if (text.starts_with(verb) && text.substr(verb.size()).starts_with(' ')) text.erase(0, verb.size() + 1);
    return text;
}

// A space where a line is not broken. Printable text has no such character.
constexpr char no_break = '\x1f';

std::string unbroken(std::string text) {
    std::replace(text.begin(), text.end(), ' ', no_break);
    return text;
}

std::string detail_of(const ConnectorReport& report, const RowStyle& style) {
    if (report.outcome == Outcome::unchanged && report.reason.empty()) {
        return report.commit.empty() ? report.branch : report.branch + " " + short_id(report.commit);
    }
    if (report.reason.empty()) return without_verb(fmt::format("{}", fmt::join(report.actions, "; ")), style.verb);
    if (report.actions.empty()) return report.reason;
    std::vector<std::string> done;
    for (const std::string& action : report.actions) done.push_back(aside(action));
    return fmt::format("{}  ({})", report.reason, fmt::join(done, "; "));
}

}  // namespace

std::string outcome_text(const ConnectorReport& report, bool colour) {
    const std::string done = printable(fmt::format("{}", fmt::join(report.actions, "; ")));
    // Actions are in the past tense, so the word "updated" before them would repeat them.
    const bool says_itself = report.outcome == Outcome::updated && report.reason.empty() && !done.empty();
    const std::string outcome = painted(says_itself ? done : display(report.outcome), tone_of(report.outcome), colour);
    std::string text = fmt::format("{}: {}", printable(report.name), outcome);
    // The reason of a failure is first; it does not hide the completed actions.
    if (!report.reason.empty()) text += fmt::format(": {}", printable(report.reason));
    if (!done.empty() && !says_itself) text += fmt::format(" (done: {})", done);
    if (!report.hint.empty()) text += fmt::format("\n  hint: {}", printable(report.hint));
    return text;
}

std::string_view verb_of(Command command) {
    switch (command) {
        case Command::add:
            return "added";
        case Command::adopt:
            return "adopted";
        case Command::rollback:
            return "rolled back";
        case Command::release_install:
            return "installed";
        case Command::release_enable:
            return "enabled";
        case Command::release_prune:
            return "pruned";
        case Command::recover:
            return "recovered";
        case Command::import_install_py:
            return "imported";
        default:
            return "updated";
    }
}

std::string cost_text(const Cost& cost) {
    constexpr Milliseconds worth_telling{1'000};
    std::string text;
    if (cost.time >= worth_telling) text = format_duration(cost.time);
    if (cost.bytes > 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", format_size(cost.bytes));
    return text;
}

std::string outcome_row(const ConnectorReport& report, const Cost& cost, const RowStyle& style) {
    Table table(style.columns, style.colour);
    table.reserve(0, style.name_width);
    table.reserve(1, outcome_width);
    std::string detail = printable(detail_of(report, style));
    if (const std::string costs = cost_text(cost); !costs.empty()) {
        detail += fmt::format("{}{}", detail.empty() ? "" : "  ",
                              painted(fmt::format("[{}]", unbroken(costs)), Tone::faint, style.colour));
    }
    table.add({{printable(report.name), Tone::strong},
               {word_of(report.outcome, style), tone_of(report.outcome)},
               {std::move(detail), Tone::plain}});
    std::string text = table.text();
    std::replace(text.begin(), text.end(), no_break, ' ');
    if (report.hint.empty()) return text;
    const std::string hint = fmt::format("  {} {}", painted("hint:", Tone::hint, style.colour), printable(report.hint));
    return text + wrapped(hint, style.columns, hint_indent) + "\n";
}

std::string outcome_counts(const RunReport& report, const RowStyle& style) {
    std::string out;
    for (const Outcome outcome : in_order) {
        const auto count = std::count_if(report.connectors.begin(), report.connectors.end(),
                                         [&](const ConnectorReport& one) { return one.outcome == outcome; });
        if (count == 0) continue;
        const std::string part = fmt::format("{} {}", count, word_of(outcome, style));
        out += (out.empty() ? "" : ", ") + painted(part, tone_of(outcome), style.colour);
    }
    return out.empty() ? report.summary() : out;
}

}  // namespace gup
