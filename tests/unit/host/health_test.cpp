#include "host/health.hpp"

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
    CHECK(holds(meter.reason(), "did not end within 0.1 s"));
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
