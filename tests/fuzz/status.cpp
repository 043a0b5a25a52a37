// SPDX-License-Identifier: Apache-2.0
// The status document, and the log that `status` reads its last run from.
#include "status/status_document.hpp"

#include "fuzz.hpp"
#include "status/last_run.hpp"

void gup::fuzz::take(std::string_view input) {
    (void)find_last_run(input);
    const Result<StatusDocument> document = read_status(file_with(input));
    if (!document) return;
    check(same_status(*document, merge_status(*document, RunReport{}, Coverage::some_connectors, 1'800'000'000)),
          "a run that sees no connector changes nothing");
}
