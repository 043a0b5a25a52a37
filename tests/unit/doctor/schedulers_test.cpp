// SPDX-License-Identifier: Apache-2.0
#include "doctor/schedulers.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "fixture.hpp"

namespace gup {
namespace {

using test::put;

}  // namespace

TEST_CASE("read_crontab: only lines with a time that start a run or the old script are found") {
    const auto found = read_crontab(
        "# 0 2 * * * root /usr/bin/gup-agent run\n"
        "PATH=/opt/gup-agent run\n"
        "@reboot root /usr/bin/gup-agent recover\n"
        "0 2 * * * root /usr/bin/gup-agent-helper run\n"
        "0 2 * * * root sh -c 'cd /srv && ./gup-agent -c x.toml run' >/dev/null\n"
        "  @daily /srv/client-connector-updater/gup-agent/gup-agent now\n"
        "0 3 * * * pi /srv/client-connector-updater/update.sh",
        "tab");
    REQUIRE(found.size() == 3);
    CHECK(found[0].place == "tab:5");
    CHECK(found[1].place == "tab:6");
    CHECK(found[1].kind == SchedulerKind::cron);
    CHECK(found[2].place == "tab:7");
    CHECK(found[2].kind == SchedulerKind::old_script);
}

TEST_CASE("find_schedulers: a file that cron ignores is inactive") {
    const test::Folder place;
    const SchedulerPlaces places{place / "cron.d", place / "crontab", place / "spool",
                                 place / "units",  place / "systemd", place / "proc"};
    const std::string line = "0 2 * * * root /usr/bin/gup-agent run\n";
    put(place / "cron.d/plain", line);
    put(place / "cron.d/open", line);
    put(place / "cron.d/a.dpkg-new", line);
    REQUIRE(::chmod((place / "cron.d/open").c_str(), 0666) == 0);
    REQUIRE(::chmod((place / "cron.d/plain").c_str(), 0644) == 0);
    put(place / "spool/pi", line);
    const auto facts = find_schedulers(places);
    REQUIRE(facts.found.size() == 4);
    CHECK(facts.all_seen);
    CHECK_FALSE(facts.cron_runs.has_value());
    CHECK_FALSE(facts.found[0].inactive.empty());
    CHECK_FALSE(facts.found[1].inactive.empty());
    CHECK(facts.found[2].inactive.empty() == (::geteuid() == 0));
    CHECK(facts.found[3].inactive.empty());
}

}  // namespace gup
