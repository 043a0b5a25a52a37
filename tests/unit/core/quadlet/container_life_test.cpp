// SPDX-License-Identifier: Apache-2.0
#include "core/quadlet/container_life.hpp"

#include <doctest/doctest.h>

#include "quadlet_projects.hpp"

using namespace gup;
using namespace gup::quadlet;
using namespace gup::quadlet::fixtures;
using compose::Condition;
using compose::Restart;
using std::chrono::seconds;

namespace {

std::string web_text(const compose::Service& web, const Facts& facts = facts_of()) {
    return text_of(render(project_of({service_called("db", "postgres"), web}), facts), "gw-web.container");
}

}  // namespace

TEST_CASE("depends_on: started, healthy, optional, and services of other stacks") {
    struct Row {
        compose::Dependency dependency;
        const char* line;
    };
    const std::vector<Row> table{
        {{.service = "db"}, "Requires=gw-db.service"},
        {{.service = "db", .condition = Condition::healthy}, "Requires=gw-db.service"},
        {{.service = "db", .required = false}, "Wants=gw-db.service"},
        {{.stack = "postgres", .service = "db"}, "Requires=postgres-db.service"},
    };
    for (const Row& row : table) {
        compose::Service web = service_called("web", "nginx");
        web.depends_on = {row.dependency};
        const std::string text = web_text(web);
        CAPTURE(row.line);
        CHECK(has_line(text, row.line));
        const std::string unit = std::string(row.line).substr(std::string(row.line).find('=') + 1);
        CHECK(has_line(text, "After=" + unit));
    }
    compose::Service web = service_called("web", "nginx");
    web.depends_on = {{.stack = "postgres", .service = "db"}};
    Facts facts = facts_of();
    facts.prefix = "";
    CHECK(has_line(web_text(web, facts).empty() ? text_of(render(project_of({web}), facts), "web.container") : "",
                   "Requires=db.service"));
    facts.prefix = "gw-";
    facts.other_prefixes = {{"postgres", "site-"}};
    CHECK(has_line(web_text(web, facts), "Requires=site-db.service"));
}

TEST_CASE("depends_on: a missing service is refused, unless it is optional") {
    compose::Service web = service_called("web", "nginx");
    web.depends_on = {{.service = "cache"}};
    CHECK_FALSE(render(project_of({web}), facts_of()).usable());
    web.depends_on = {{.service = "cache", .required = false}};
    const UnitSet set = render(project_of({web}), facts_of());
    CHECK(set.usable());
    CHECK(text_of(set, "gw-web.container").find("cache") == std::string::npos);
}

TEST_CASE("depends_on completed: the other service is a one-shot, and so is one that another stack waits for") {
    compose::Service web = service_called("web", "nginx");
    web.depends_on = {{.service = "db", .condition = Condition::completed}};
    const UnitSet set = render(project_of({service_called("db", "migrate"), web}), facts_of());
    const std::string text = text_of(set, "gw-db.container");
    CHECK(has_line(text, "Type=oneshot"));
    CHECK(has_line(text, "RemainAfterExit=yes"));
    CHECK(text.find("TimeoutStartSec") == std::string::npos);
    CHECK(set.units[0].is_oneshot);
    CHECK_FALSE(has_line(text_of(set, "gw-web.container"), "Type=oneshot"));

    Facts facts = facts_of();
    facts.awaited = {"web"};
    CHECK(has_line(web_text(service_called("web", "nginx"), facts), "Type=oneshot"));
}

TEST_CASE("restart: \"no\" alone makes no one-shot, and a one-shot is started again only after a failure") {
    struct Row {
        Restart restart;
        unsigned attempts;
        bool is_oneshot;
        std::vector<std::string> lines;
        std::vector<std::string> missing;
    };
    const std::vector<Row> table{
        {Restart::no, 0, false, {"Restart=no"}, {"Type=oneshot"}},
        {Restart::no, 0, true, {"Type=oneshot"}, {"Restart=no"}},
        {Restart::always, 0, false, {"Restart=always", "RestartSec=5"}, {}},
        {Restart::always, 0, true, {"Restart=on-failure"}, {"Restart=always"}},
        {Restart::unless_stopped, 0, false, {"Restart=always"}, {"Restart=unless-stopped"}},
        {Restart::on_failure, 0, false, {"Restart=on-failure"}, {"StartLimitBurst=1"}},
        {Restart::on_failure, 3, false, {"Restart=on-failure", "StartLimitBurst=4", "StartLimitIntervalSec=60"}, {}},
    };
    for (const Row& row : table) {
        compose::Service web = service_called("web", "nginx");
        web.restart = row.restart;
        web.has_restart = true;
        web.restart_attempts = row.attempts;
        web.is_oneshot = row.is_oneshot;
        const std::string text = web_text(web);
        CAPTURE(text);
        for (const std::string& it : row.lines) CHECK(has_line(text, it));
        for (const std::string& it : row.missing) CHECK_FALSE(has_line(text, it));
    }
}

TEST_CASE("healthcheck: each form reaches podman as the command that compose means") {
    struct Row {
        compose::Health health;
        const char* line;
    };
    const std::vector<Row> table{
        {{.command = {"sh", "-c", "curl \"x\""}, .is_shell = true}, R"(HealthCmd=["CMD-SHELL","curl \"x\""])"},
        {{.command = {"pg_isready", "-U", "a b"}}, R"(HealthCmd=["pg_isready","-U","a b"])"},
        {{.command = {"/healthcheck"}}, "HealthCmd=CMD /healthcheck"},
        {{.command = {"sh", "-c", "test $X = 5%"}, .is_shell = true}, R"(HealthCmd=["CMD-SHELL","test $$X = 5%%"])"},
        {{.is_disabled = true}, "HealthCmd=none"},
    };
    for (const Row& row : table) {
        compose::Service web = service_called("web", "nginx");
        web.health = row.health;
        CAPTURE(row.line);
        const std::string text = web_text(web);
        CHECK(has_line(text, row.line));
        CHECK(has_line(text, "Notify=healthy") == !row.health.is_disabled);
    }
    compose::Service web = service_called("web", "nginx");
    web.health = table[0].health;
    CHECK(has_line(web_text(web, facts_of(4, 4)), R"(PodmanArgs="--health-cmd=[\"CMD-SHELL\",\"curl \\\"x\\\"\"]")"));
}

TEST_CASE("healthcheck: \"active\" means healthy, and the start has the time that the checks need") {
    compose::Service web = service_called("web", "nginx");
    web.health = compose::Health{.command = {"true", "x"},
                                 .interval = seconds{10},
                                 .timeout = seconds{5},
                                 .start_period = seconds{20},
                                 .retries = 4};
    Facts facts = facts_of();
    facts.pulls_never = true;
    const std::string text = web_text(web, facts);
    CHECK(has_line(text, "Notify=healthy"));
    CHECK(has_line(text, "TimeoutStartSec=125"));  // 20 + (10 + 5) * 5 + 30
    CHECK(has_line(text, "Pull=never"));
    facts.podman = {.major = 4, .minor = 9, .patch = 0};
    const std::string older = web_text(web, facts);
    CHECK_FALSE(has_line(older, "Notify=healthy"));
    CHECK(older.find("ExecStartPost=/bin/sh -c \"until /usr/bin/podman healthcheck run") != std::string::npos);
    web.health->interval = web.health->timeout = seconds{0};
    web.health->retries = 0;
    CHECK(web_text(web).find("HealthRetries") == std::string::npos);
    CHECK(web_text(web).find("HealthInterval") == std::string::npos);
}

TEST_CASE("healthcheck: of the image, when another service waits for it") {
    compose::Service web = service_called("web", "nginx");
    web.depends_on = {{.service = "db", .condition = Condition::healthy}};
    const UnitSet set = render(project_of({service_called("db", "postgres"), web}), facts_of());
    CHECK(has_line(text_of(set, "gw-db.container"), "Notify=healthy"));
    REQUIRE(set.problems.size() == 1);
    CHECK(set.problems[0].message.find("db has no healthcheck") != std::string::npos);
    CHECK(set.usable());
}

TEST_CASE("stop: signal, grace, and time for podman around it") {
    compose::Service web = service_called("web", "nginx");
    web.stop_signal = "SIGINT";
    web.stop_grace_period = compose::Milliseconds{2500};
    const std::string text = web_text(web);
    CHECK(has_line(text, "StopTimeout=3"));
    CHECK(has_line(text, "TimeoutStopSec=13"));
    CHECK(has_line(text, "StopSignal=SIGINT"));
    CHECK(has_line(web_text(web, facts_of(4, 9)), "PodmanArgs=--stop-timeout=3"));
}
