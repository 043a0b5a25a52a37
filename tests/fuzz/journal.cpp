// SPDX-License-Identifier: Apache-2.0
// The journal of an interrupted update, as a power cut or a full disk leaves it.
#include "core/journal_format.hpp"

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    const Result<std::optional<JournalRecord>> record = parse_journal(input);
    if (!record || !*record) return;
    check((*record)->undone <= (*record)->steps.size(), "no more steps are undone than there are");
    const Recovery recovery = plan_recovery(**record);
    check(recovery.steps.size() <= (*record)->steps.size(), "recovery has only steps of the journal");
    std::string again(journal_header);
    again += format_begin((*record)->id, (*record)->connector);
    for (const JournalStep& step : (*record)->steps) again += format_step(step);
    const Result<std::optional<JournalRecord>> second = parse_journal(again);
    check(second && *second && (*second)->steps == (*record)->steps, "a step is read as it was written");
}
