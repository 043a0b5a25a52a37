// SPDX-License-Identifier: Apache-2.0
#include "app/setup/take_over_script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "doctor/schedulers.hpp"
#include "util/clock.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

bool starts_runs(const Scheduler& one) {
    return one.kind != SchedulerKind::old_script && one.inactive.empty();
}

// The tables of users are found by crontab -l.
bool is_of_the_system(const Scheduler& one) {
    return one.kind == SchedulerKind::old_script && one.place.starts_with("/etc/");
}

}  // namespace

Result<TakenOver> take_over_script(const Config& config) {
    TakenOver taken;
    const SchedulerFacts facts = find_schedulers();
    for (const Scheduler& one : facts.found) {
        if (is_of_the_system(one)) taken.elsewhere.push_back(one.place);
    }
    GUP_TRY(const std::string before, read_own_crontab());
    const auto own = read_crontab(before, {});
    const bool is_started = std::any_of(facts.found.begin(), facts.found.end(), starts_runs) ||
                            std::any_of(own.begin(), own.end(), starts_runs);
    taken.edit = replace_old_script(before, config.executable, is_started);
    if (taken.edit.changes.empty()) return taken;
    GUP_CHECK(make_folders(config.update.state));
    taken.backup = config.update.state / fmt::format("crontab.before-{}", system_clock().now());
    GUP_CHECK(write_own_crontab(taken.edit.text, before, taken.backup));
    return taken;
}

}  // namespace gup
