// SPDX-License-Identifier: Apache-2.0
#include "host/units/health.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fixture.hpp"
#include "http_fixture.hpp"
#include "systemd_fixture.hpp"
#include "util/sys/signals.hpp"

using namespace gup;
using namespace gup::test;

namespace {

struct Meter {
    Folder folder;
    FakeSystemd fake;
    std::shared_ptr<HttpPool> pool;
    HealthSubject subject;

    Meter() {
        subject.connector = "meter";
        subject.folder = folder.folder.path();
        subject.owner = owner_with(::geteuid());
        subject.check.within = Milliseconds{300};
        subject.check.every = Milliseconds{20};
        subject.check.timeout = Milliseconds{20'000};
    }

    void program(const char* name, const std::string& body) const {
        const fs::path path = folder / name;
        put(path, "#!/bin/sh\n" + body + "\n");
        fs::permissions(path, fs::perms::owner_all);
    }
    void probe(const std::string& url, HttpOptions options = {}) {
        subject.check.http = url;
        pool = pool_with(std::move(options));
        subject.http = pool.get();
    }
    [[nodiscard]] Status check() const { return check_health(subject, fake.systemd()); }
    // Why it is not healthy.
    [[nodiscard]] std::string reason() const {
        const auto status = check();
        return code_of(status) == ErrorCode::failed ? status.error().message : "not a reason";
    }
};

// The longest wait of a test that succeeds in time.
constexpr Milliseconds long_window{60'000};

}  // namespace

TEST_CASE("check_health: without a check it is healthy") {
    const Meter meter;
    CHECK_FALSE(has_health_check(meter.subject));
    CHECK(meter.check().ok());
    CHECK(meter.fake.calls().empty());
}

TEST_CASE(
    "check_health: the command is tried until it succeeds, in the connector's folder, with its name and virtualenv") {
    Meter meter;
    meter.subject.check.within = long_window;
    meter.subject.virtualenv = meter.folder / "venv";
    meter.program("bin/check",
                  "echo x >>tries\n[ $(wc -l <tries) -ge 3 ] && echo $GUP_CONNECTOR $VIRTUAL_ENV $1 >said");
    meter.subject.check.command = {"bin/check", "two words"};
    CHECK(meter.check().ok());
    CHECK(*read_file(meter.folder / "tries") == "x\nx\nx\n");
    CHECK(*read_file(meter.folder / "said") == "meter " + (meter.folder / "venv").native() + " two words\n");
}

TEST_CASE("check_health: a program name means the virtualenv's program, else the one in $PATH") {
    Meter meter;
    meter.subject.check.within = long_window;
    meter.subject.virtualenv = meter.folder / "venv";
    meter.program("venv/bin/meter-check", "echo own >said");
    meter.subject.check.command = {"meter-check"};
    CHECK(meter.check().ok());
    CHECK(*read_file(meter.folder / "said") == "own\n");
    meter.subject.check.command = {"test", "-e", "said"};
    CHECK(meter.check().ok());
}

TEST_CASE("check_health: the reason has the command, its exit code and its last line") {
    Meter meter;
    meter.program("check", "echo starting; echo 'no broker' >&2; exit 3");
    meter.subject.check.command = {"./check", "--now"};
    CHECK(meter.reason() == "the health check \"./check --now\" still failed after 0.3 s: exit code 3: no broker");
}

TEST_CASE("check_health: a command that hangs is ended with all its children") {
    Meter meter;
    meter.program("check", "sleep 1000 & echo $! >pid; wait");
    meter.subject.check.command = {"./check"};
    meter.subject.check.timeout = Milliseconds{100};
    meter.subject.check.within = Milliseconds{50};
    // A busy machine may end it before it has a child.
    for (int attempt = 0; attempt < 50 && read_file(meter.folder / "pid").value_or("").empty(); ++attempt) {
        CHECK(holds(meter.reason(), "did not end within 0.1 s"));
    }
    REQUIRE(read_file(meter.folder / "pid").ok());
    CHECK(comes_to_its_end(*read_file(meter.folder / "pid")));
}

TEST_CASE("check_health: a missing command fails at once") {
    Meter meter;
    meter.subject.check.within = long_window;
    meter.subject.check.command = {"bin/gone"};
    CHECK(holds(meter.reason(), "cannot be run"));
    meter.subject.check.command = {"no-such-program-anywhere"};
    CHECK(holds(meter.reason(), "cannot be run"));
}

TEST_CASE("check_health: 2xx is healthy, everything else and a redirect is not") {
    Meter meter;
    put(shared_web().root() / "files/health.txt", "fine");
    meter.probe(shared_web().http("/files/health.txt"));
    CHECK(meter.check().ok());
    meter.probe(shared_web().https("/files/health.txt"));
    CHECK(meter.check().ok());
    meter.probe(shared_web().http("/busy/x"));
    CHECK(meter.reason() == meter.subject.check.http + " did not answer 2xx within 0.3 s: it answered 503");
    meter.probe(shared_web().http("/hop/1"));
    CHECK(holds(meter.reason(), "it answered 30"));
}

TEST_CASE("check_health: a token in a probe's query, or in a command's URL, is in no message") {
    Meter meter;
    meter.probe(shared_web().http("/busy/x?token=t0ken"));
    CHECK(meter.reason() == shared_web().http("/busy/x?***") + " did not answer 2xx within 0.3 s: it answered 503");
    meter.subject.check.http.clear();
    meter.program("check", "echo \"no answer from $1\"; exit 1");
    meter.subject.check.command = {"./check", "http://bob:s3cret@127.0.0.1/x?token=t0ken"};
    const std::string reason = meter.reason();
    CHECK(holds(reason, "no answer from http://bob:***@127.0.0.1/x?***"));
    CHECK_FALSE(holds(reason, "t0ken"));
    CHECK_FALSE(holds(reason, "s3cret"));
}

TEST_CASE("check_health: a server that is not up yet is waited for") {
    Meter meter;
    const int port = free_port();
    meter.probe("http://127.0.0.1:" + std::to_string(port) + "/");
    CHECK(holds(meter.reason(), std::to_string(port)));
    meter.subject.check.within = long_window;
    put(meter.folder / "server.py",
        "import http.server, os, sys, time\n"
        "while not os.path.exists('asked'): time.sleep(.01)\n"
        "http.server.HTTPServer(('127.0.0.1', int(sys.argv[1])), http.server.SimpleHTTPRequestHandler)"
        ".serve_forever()\n");
    const Daemon server(
        {"sh", "-c",
         "cd " + meter.folder.folder.path().native() + " && exec python3 server.py " + std::to_string(port)});
    meter.program("ask", "touch asked");  // the first try is over when this runs
    meter.subject.check.command = {"./ask"};
    CHECK(meter.check().ok());
}

TEST_CASE("check_health: a server that accepts and sends nothing costs the time of one try") {
    Meter meter;
    const RawServer silent([](int socket, const Running& running) { wait_for_close(socket, running); });
    meter.probe(silent.url("/"));
    meter.subject.check.timeout = Milliseconds{100};
    CHECK(holds(meter.reason(), "did not answer 2xx within 0.3 s"));
}

TEST_CASE("check_health: requests to this machine use no proxy") {
    Meter meter;
    HttpOptions options;
    options.proxy = "http://127.0.0.1:1";
    put(shared_web().root() / "files/health.txt", "fine");
    meter.probe(shared_web().http("/files/health.txt"), options);
    CHECK(meter.check().ok());
}

TEST_CASE("check_health: a service that stays active to the window's end is healthy") {
    Meter meter;
    meter.subject.service = "meter.service";
    meter.fake.unit("meter.service", "NRestarts=2\n");
    meter.fake.unit("meter.service", "ActiveState=activating\nSubState=start\nNRestarts=2\n", 1);
    CHECK(meter.check().ok());
    CHECK(holds(meter.fake.calls(), "-- meter.service\nshow"));  // more than one try
}

TEST_CASE("check_health: a service that systemd restarts is unhealthy at once, with its last line") {
    Meter meter;
    meter.subject.check.within = long_window;
    meter.subject.service = "meter.service";
    meter.fake.unit("meter.service", "NRestarts=3\nInvocationID=2\n");
    meter.fake.unit("meter.service", "", 1);
    meter.fake.journal("KeyError: 'broker'\n");
    const std::string reason = meter.reason();
    CHECK(reason.starts_with("meter.service did not stay active: systemd restarted it 3 times within "));
    CHECK(reason.ends_with("; its last log line: KeyError: 'broker'"));
}

TEST_CASE("check_health: a service that ended, waits for its restart, or was started again is unhealthy at once") {
    for (const char* change : {"ActiveState=failed\nResult=signal\nExecMainStatus=9\n", "ActiveState=inactive\n",
                               "ActiveState=activating\nSubState=auto-restart\n", "ActiveState=deactivating\n",
                               "InvocationID=2\n", "LoadState=not-found\n"}) {
        CAPTURE(change);
        Meter meter;
        meter.subject.check.within = long_window;
        meter.subject.service = "meter.service";
        meter.fake.unit("meter.service", change);
        meter.fake.unit("meter.service", "", 1);
        CHECK(holds(meter.reason(), "meter.service"));
    }
}

TEST_CASE("check_health: a service that stays activating is unhealthy at the window's end") {
    Meter meter;
    meter.subject.service = "meter.service";
    meter.fake.unit("meter.service", "ActiveState=activating\nSubState=start\n");
    CHECK(meter.reason() == "meter.service is activating after 0.3 s");
}

TEST_CASE("check_health: the kind of a unit decides whether its end is its death") {
    struct Row {
        const char* what;
        const char* unit;
        const char* now;  // in addition to ActiveState=active, SubState=running, Result=success
        bool is_healthy;
    };
    constexpr const char* ended = "ActiveState=inactive\nSubState=dead\n";
    constexpr const char* starting = "ActiveState=activating\nSubState=start\n";
    constexpr const char* stopping = "ActiveState=deactivating\nSubState=stop-post\n";
    constexpr const char* failed = "ActiveState=failed\nResult=exit-code\nExecMainStatus=1\n";
    constexpr const char* oneshot = "Type=oneshot\nRemainAfterExit=no\n";
    constexpr const char* by_timer = "Type=simple\nTriggeredBy=job.timer\n";
    const Row rows[] = {
        {"a job that has succeeded", oneshot, ended, true},
        {"a job that still works", oneshot, starting, true},
        {"a job whose ExecStopPost= works", oneshot, stopping, true},
        {"a job that has failed", oneshot, failed, false},
        {"a failed job without a state of failure", oneshot, "ActiveState=inactive\nResult=exit-code\n", false},
        {"a job with Restart= that fails again and again", oneshot, "ActiveState=activating\nSubState=auto-restart\n",
         false},
        {"a job with SuccessExitStatus=3", oneshot, "ActiveState=inactive\nResult=success\nExecMainStatus=3\n", true},
        {"a job that started too often", oneshot, "ActiveState=failed\nResult=start-limit-hit\n", false},
        {"a job that its timer has started again", oneshot, "InvocationID=2\nActiveState=activating\n", true},
        {"a job that remains", "Type=oneshot\nRemainAfterExit=yes\n", "SubState=exited\n", true},
        {"a job that remains, and still works", "Type=oneshot\nRemainAfterExit=yes\n", starting, true},
        {"a job that remains, stopped by somebody", "Type=oneshot\nRemainAfterExit=yes\n", ended, false},
        {"a simple program of a timer that has ended", by_timer, ended, true},
        {"a simple program of a timer that has failed", by_timer, failed, false},
        {"an idle service of a socket that has ended", "Type=notify\nTriggeredBy=job.socket\n", ended, true},
        {"a simple service that has ended", "Type=simple\n", ended, false},
        {"an exec service that has ended", "Type=exec\n", ended, false},
        {"an idle service that has ended", "Type=idle\n", ended, false},
        {"a dbus service that has ended", "Type=dbus\n", ended, false},
        {"a forking service whose daemon has ended", "Type=forking\n", ended, false},
        {"a notify service that is not ready", "Type=notify\n", starting, false},
        {"a notify service that is ready", "Type=notify\n", "", true},
        {"a simple service that remains", "Type=simple\nRemainAfterExit=yes\n", "SubState=exited\n", true},
        {"a simple service with Restart=always that crashes", "Type=simple\n", "NRestarts=4\nInvocationID=9\n", false},
        {"a timer", "", "SubState=waiting\n", true},
        {"a path unit", "", "SubState=waiting\n", true},
        {"a stopped timer", "", ended, false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        Meter meter;
        meter.subject.check.within = Milliseconds{60};
        meter.subject.service = "job.service";
        const std::string unit = row.unit;
        meter.fake.unit("job.service", unit + row.now);
        const bool has_begun = std::string(row.now).find("NRestarts") != std::string::npos ||
                               std::string(row.now).find("InvocationID") != std::string::npos;
        if (has_begun) meter.fake.unit("job.service", unit, 1);
        CHECK(meter.check().ok() == row.is_healthy);
    }
}

TEST_CASE("check_health: a job that is done needs no window") {
    Meter meter;
    meter.subject.check.within = long_window;
    meter.subject.service = "job.service";
    meter.fake.unit("job.service", "Type=oneshot\nActiveState=inactive\nSubState=dead\n");
    meter.fake.unit("job.service", "Type=oneshot\nActiveState=activating\nSubState=start\n", 1);
    CHECK(meter.check().ok());
}

TEST_CASE("check_health: a unit whose condition is not met is healthy if it did not run before either") {
    const std::string skipped = "ActiveState=inactive\nSubState=dead\nConditionResult=no\n";
    for (const bool was_up : {false, true}) {
        Meter meter;
        meter.subject.service = "meter.service";
        meter.subject.was_up = was_up;
        meter.fake.unit("meter.service", "Type=simple\n" + skipped + "ConditionTimestampMonotonic=7\n");
        CHECK(meter.check().ok() == !was_up);
        if (was_up) CHECK(holds(meter.reason(), "a condition of the unit is not met"));
        meter.fake.unit("meter.service", "Type=oneshot\n" + skipped);
        CHECK(meter.check().ok());
        // systemd has never looked at the condition: the service has simply ended.
        meter.fake.unit("meter.service", "Type=simple\n" + skipped + "ConditionTimestampMonotonic=0\n");
        CHECK(holds(meter.reason(), "did not stay active"));
    }
}

TEST_CASE("check_health: command, URL and service must all succeed") {
    Meter meter;
    meter.subject.service = "meter.service";
    meter.fake.unit("meter.service");
    meter.subject.check.command = {"true"};
    put(shared_web().root() / "files/health.txt", "fine");
    meter.probe(shared_web().http("/files/health.txt"));
    CHECK(meter.check().ok());
    meter.subject.check.command = {"false"};
    CHECK(holds(meter.reason(), "false"));
    meter.subject.check.command = {"true"};
    meter.subject.check.http = shared_web().http("/missing/x");
    CHECK(holds(meter.reason(), "404"));
}

TEST_CASE("check_health: a signal to the agent ends it soon, without a verdict") {
    Meter meter;
    meter.subject.check.within = long_window;
    meter.subject.check.every = long_window;
    meter.subject.check.command = {"sh", "-c", "echo >looked; exit 1"};
    const pid_t program = ::fork();
    if (program == 0) {
        ::alarm(30);
        install_signal_handlers();
        const auto status = meter.check();
        ::_exit(!status.ok() && status.error().code == ErrorCode::cancelled ? 7 : 1);
    }
    CHECK(wait_for_file(meter.folder / "looked"));
    ::kill(program, SIGTERM);
    int status = 0;
    ::waitpid(program, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 7);
}
