// SPDX-License-Identifier: Apache-2.0
#include "host/hooks.hpp"
#include "host/owner_sandbox.hpp"
#include "util/worker/fork.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "fixture.hpp"
#include "util/log/log.hpp"

using namespace gup;
using namespace gup::test;

namespace {

constexpr Milliseconds patient{60'000};

// A connector with its code before and after, and folders for the operator's hooks.
struct Hooked {
    Folder folder;
    HookSettings settings;
    HookContext context;

    Hooked() {
        for (const char* name : {"pre.d", "post.d", "old", "new"}) fs::create_directory(folder / name);
        settings.pre_update = folder / "pre.d";
        settings.post_update = folder / "post.d";
        context.connector = "meter";
        context.current = folder / "new";
        context.previous = folder / "old";
        context.from = "aaa";
        context.to = "bbb";
        context.generation = "gen-2";
        context.owner = owner_with(::geteuid());
    }

    fs::path script(const char* name, const std::string& body, int mode = 0755) const {
        const fs::path path = folder / name;
        put(path, body.starts_with("#!") ? body : "#!/bin/sh\n" + body + "\n");
        ::chmod(path.c_str(), static_cast<mode_t>(mode));
        return path;
    }
    [[nodiscard]] Result<std::vector<Hook>> find(const std::string& own = "") const {
        return find_hooks(HookPhase::pre_update, settings, own, context.current);
    }
    [[nodiscard]] std::vector<std::string> names(const std::string& own = "") const {
        const auto hooks = find(own);
        REQUIRE_MESSAGE(hooks.ok(), hooks.error().message);
        std::vector<std::string> names;
        for (const Hook& hook : *hooks) names.push_back(hook.file.filename().native());
        return names;
    }
    [[nodiscard]] Result<std::vector<HookResult>> run(const std::string& own = "",
                                                      Milliseconds timeout = patient) const {
        const auto hooks = find(own);
        REQUIRE_MESSAGE(hooks.ok(), hooks.error().message);
        return run_hooks(HookPhase::pre_update, *hooks, context, timeout);
    }
    [[nodiscard]] std::string text(const char* name) const { return read_file(folder / name).value_or("nothing"); }
};

// gup.log, as long as this object exists.
struct LogFile {
    explicit LogFile(const fs::path& file) : path(file) {
        log::Options options;
        options.file = file;
        log::open(options);
    }
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    ~LogFile() { log::open({}); }
    [[nodiscard]] std::string text() const { return read_file(path).value_or(""); }
    fs::path path;
};

}  // namespace

TEST_CASE("find_hooks: executable files in the order of their names' bytes, the connector's own last") {
    const Hooked hooked;
    for (const char* name : {"pre.d/9-last", "pre.d/10-first", "pre.d/a b", "pre.d/Z", "new/scripts/pre.sh"}) {
        hooked.script(name, "exit 0");
    }
    CHECK(hooked.names() == std::vector<std::string>{"10-first", "9-last", "Z", "a b"});
    CHECK(hooked.names("scripts/pre.sh") == std::vector<std::string>{"10-first", "9-last", "Z", "a b", "pre.sh"});
    CHECK(find_hooks(HookPhase::post_update, hooked.settings, "", hooked.context.current)->empty());
}

TEST_CASE("find_hooks: leftovers of editors and dpkg, folders and files that are not executable are ignored") {
    const Hooked hooked;
    for (const char* name : {"pre.d/.hidden", "pre.d/x~", "pre.d/x.bak", "pre.d/x.orig", "pre.d/x.rej",
                             "pre.d/x.dpkg-dist", "pre.d/x.dpkg-old", "pre.d/x.ucf-dist", "pre.d/folder/x"}) {
        hooked.script(name, "exit 0");
    }
    hooked.script("pre.d/README", "no program", 0644);
    fs::create_symlink("nowhere", hooked.folder / "pre.d/dangling");
    hooked.script("pre.d/good", "exit 0");
    const LogFile log(hooked.folder / "gup.log");
    CHECK(hooked.names() == std::vector<std::string>{"good"});
    CHECK(holds(log.text(), "README is ignored"));
    CHECK(holds(log.text(), "dangling is ignored"));
    CHECK_FALSE(holds(log.text(), "x.bak"));
}

TEST_CASE("find_hooks: a missing or empty folder setting gives no hooks") {
    Hooked hooked;
    hooked.settings.pre_update = hooked.folder / "nowhere";
    CHECK(hooked.names().empty());
    hooked.settings.pre_update.clear();
    CHECK(hooked.names().empty());
}

TEST_CASE("find_hooks: a hook of the operator that others could change is refused") {
    const Hooked hooked;
    const auto refusal = [&] {
        const auto hooks = hooked.find();
        CHECK(code_of(hooks) == ErrorCode::permission);
        CHECK(holds(hooks.error().hint, "chmod go-w"));
        return hooks.error().message;
    };
    const fs::path hook = hooked.script("pre.d/hook", "exit 0", 0757);
    CHECK(holds(refusal(), "pre.d/hook is not run: everybody can change it"));
    ::chmod(hook.c_str(), 0755);
    ::chmod((hooked.folder / "pre.d").c_str(), 0777);
    CHECK(holds(refusal(), "everybody can change"));
    ::chmod((hooked.folder / "pre.d").c_str(), 0755);
    CHECK(hooked.find().ok());
    ::chmod(hooked.folder.folder.path().c_str(), 0777);
    CHECK(holds(refusal(), "everybody can change " + hooked.folder.folder.path().native()));
    ::chmod(hooked.folder.folder.path().c_str(), 0755);
    if (::geteuid() == 0) {
        REQUIRE(::chown(hook.c_str(), 54321, 54321) == 0);
        CHECK(holds(refusal(), "uid 54321 can change it"));
    }
}

TEST_CASE("find_hooks: of a link, the permissions of its target are checked") {
    const Hooked hooked;
    const fs::path target = hooked.script("shared/tool", "exit 0");
    fs::create_symlink(target, hooked.folder / "pre.d/10-tool");
    CHECK(hooked.names() == std::vector<std::string>{"10-tool"});
    ::chmod(target.c_str(), 0777);
    CHECK(code_of(hooked.find()) == ErrorCode::permission);
}

TEST_CASE("find_hooks: the connector's own must be a program in its folder") {
    const Hooked hooked;
    CHECK(code_of(hooked.find("scripts/gone.sh")) == ErrorCode::not_found);
    CHECK(holds(hooked.find("scripts/gone.sh").error().message, "the gupfile's pre-update hook scripts/gone.sh"));
    hooked.script("new/plain", "exit 0", 0644);
    CHECK(code_of(hooked.find("plain")) == ErrorCode::permission);
    CHECK(holds(hooked.find("plain").error().hint, "chmod=+x plain"));
    fs::create_directory(hooked.folder / "new/folder");
    CHECK(code_of(hooked.find("folder")) == ErrorCode::invalid_input);
    fs::create_symlink("/bin/true", hooked.folder / "new/away");
    CHECK(holds(hooked.find("away").error().message, "is outside of the connector's folder"));
    fs::create_symlink(hooked.folder / "old", hooked.folder / "new/up");
    hooked.script("old/pre.sh", "exit 0");
    CHECK(code_of(hooked.find("up/pre.sh")) == ErrorCode::invalid_input);
    hooked.script("new/bin/pre.sh", "exit 0");
    fs::create_symlink("bin/pre.sh", hooked.folder / "new/inside");
    CHECK(hooked.names("inside") == std::vector<std::string>{"pre.sh"});
}

TEST_CASE("run_hooks: their environment and working folder") {
    Hooked hooked;
    const std::string write =
        "read -r line && exit 9\n"
        "echo \"$CURRENT_CONFIG|$PREVIOUS_CONFIG|$GUP_CONNECTOR|$GUP_FROM|$GUP_TO|$GUP_GENERATION|$PWD|$VIRTUAL_ENV|"
        "${PATH%%:*}|$HOME\" >" +
        hooked.folder.folder.path().native() + "/";
    hooked.script("pre.d/operators", write + "operators");
    hooked.script("new/own", write + "own");
    hooked.context.virtualenv = hooked.folder / "venv";
    const auto results = hooked.run("own");
    REQUIRE(results.ok());
    CHECK(results->size() == 2);
    const std::string current = (hooked.folder / "new").native();
    const std::string told = current + "|" + (hooked.folder / "old").native() + "|meter|aaa|bbb|gen-2|";
    const std::string home = "|" + hooked.context.owner.home.native() + "\n";
    const std::string venv = (hooked.folder / "venv").native();
    CHECK(hooked.text("own") == told + current + "|" + venv + "|" + venv + "/bin" + home);
    CHECK(hooked.text("operators").starts_with(told + "/|"));
    CHECK_FALSE(holds(hooked.text("operators"), "venv"));
}

TEST_CASE("run_hooks: the first that fails is the last that runs, and is named with its exit code and last line") {
    const Hooked hooked;
    const std::string folder = hooked.folder.folder.path().native();
    hooked.script("pre.d/1", "echo 1 >>" + folder + "/ran");
    hooked.script("pre.d/2", "echo 2 >>" + folder + "/ran; echo 'backup disk is full' >&2; echo; exit 3");
    hooked.script("pre.d/3", "echo 3 >>" + folder + "/ran");
    const auto results = hooked.run();
    CHECK(code_of(results) == ErrorCode::failed);
    CHECK(results.error().message ==
          "the pre-update hook " + folder + "/pre.d/2 ended with exit code 3: backup disk is full");
    CHECK(hooked.text("ran") == "1\n2\n");
}

TEST_CASE("run_hooks: the result of each has its file, its time and its last line") {
    const Hooked hooked;
    hooked.script("pre.d/1", "echo one; echo two");
    const auto results = hooked.run();
    REQUIRE(results.ok());
    CHECK(results->front().name == (hooked.folder / "pre.d/1").native());
    CHECK(results->front().last_line == "two");
    CHECK(results->front().duration.count() > 0);
}

TEST_CASE("run_hooks: the error of a hook that a signal ended names the signal") {
    const Hooked hooked;
    hooked.script("pre.d/hook", "kill -9 $$");
    CHECK(holds(hooked.run().error().message, "ended with exit code 137 (signal 9)"));
}

TEST_CASE("run_hooks: at the time limit its whole group ends, including processes that ignore SIGTERM" *
          doctest::test_suite("slow")) {
    const Hooked hooked;
    const std::string folder = hooked.folder.folder.path().native();
    hooked.script("pre.d/hook", "trap '' TERM; echo waiting\n(trap '' TERM; echo $$ >" + folder +
                                    "/pid; while :; do sleep 1; done) &\nwhile :; do sleep 1; done");
    const auto results = hooked.run("", Milliseconds{300});
    CHECK(code_of(results) == ErrorCode::timeout);
    CHECK(holds(results.error().message, "pre.d/hook did not end within 0.3 s: waiting"));
    CHECK(comes_to_its_end(hooked.text("pid")));
}

TEST_CASE("run_hooks: a child that a hook leaves running ends with it, even with the output open") {
    const Hooked hooked;
    hooked.script("pre.d/hook", "sleep 1000 & echo $! >" + (hooked.folder / "pid").native());
    CHECK(hooked.run().ok());
    // The kernel takes a moment to bring the end of a killed process about.
    CHECK(comes_to_its_end(hooked.text("pid")));
}

TEST_CASE("run_hooks: the log contains a bounded part of 10 MB of output, and the last line is known") {
    const Hooked hooked;
    hooked.script("pre.d/hook",
                  "yes 'a line of output, one of very many' | head -c 10000000; echo; echo the end; exit 1");
    const LogFile log(hooked.folder / "gup.log");
    CHECK(holds(hooked.run().error().message, "ended with exit code 1: the end"));
    const std::string text = log.text();
    CHECK(holds(text, "(meter) pre-update hook: a line of output"));
    CHECK(holds(text, " more lines"));
    CHECK(text.size() < 100'000);
}

TEST_CASE("run_hooks: output that is not text cannot damage the log") {
    const Hooked hooked;
    hooked.script("pre.d/hook", R"(printf '\033[2Jred\377\000x\n'; head -c 100000 /dev/zero | tr '\0' y; exit 1)");
    const LogFile log(hooked.folder / "gup.log");
    CHECK_FALSE(hooked.run().ok());
    CHECK_FALSE(holds(log.text(), "\033"));
    CHECK(log.text().size() < 5'000);
}

TEST_CASE("run_hooks: a hook that vanished, or whose interpreter is missing, is named") {
    const Hooked hooked;
    const fs::path hook = hooked.script("pre.d/hook", "exit 0");
    const auto hooks = hooked.find();
    REQUIRE(hooks.ok());
    fs::remove(hook);
    const auto gone = run_hooks(HookPhase::post_update, *hooks, hooked.context, patient);
    CHECK(code_of(gone) == ErrorCode::failed);
    CHECK(holds(gone.error().message, "the post-update hook " + hook.native() + " could not be run"));
    hooked.script("pre.d/hook", "#!/no/such/interpreter\n");
    CHECK(holds(hooked.run().error().message, "could not be run"));
    put(hook, "no first line that names one\n");
    CHECK(holds(hooked.run().error().hint, "#!/bin/sh"));
}

TEST_CASE(
    "run_hooks: the operator's hooks run as the agent, the connector's own as its owner, without root's environment") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can work as another user");
        return;
    }
    Hooked hooked;
    ::chmod(hooked.folder.folder.path().c_str(), 0755);
    ::chmod((hooked.folder / "new").c_str(), 0755);
    hooked.script("new/own", "echo $(id -u) $(id -g) ${GUP_TEST_SECRET-none} >" + (hooked.folder / "out/own").native());
    fs::create_directory(hooked.folder / "out");
    REQUIRE(::chown((hooked.folder / "out").c_str(), 54321, 54322) == 0);
    ::setenv("GUP_TEST_SECRET", "root's", 1);
    hooked.context.owner = owner_with(54321);
    const Sandbox sandbox = program_sandbox(hooked.context.owner, Privileges::none);
    const auto worker = fork_worker(sandbox, [&](UniqueFd, const Status& entered) {
        const auto hooks = find_hooks(HookPhase::pre_update, {{}, {}, {}}, "own", hooked.context.current);
        const bool is_run =
            entered.ok() && hooks.ok() && run_hooks(HookPhase::pre_update, *hooks, hooked.context, patient).ok();
        if (!is_run) ::_exit(EXIT_FAILURE);
    });
    ::unsetenv("GUP_TEST_SECRET");
    REQUIRE(worker.ok());
    CHECK(wait_for_worker(worker->pid, sandbox).ok());
    CHECK(hooked.text("out/own") == "54321 65534 none\n");
}
