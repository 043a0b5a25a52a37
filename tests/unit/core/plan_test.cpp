// SPDX-License-Identifier: Apache-2.0
#include "core/plan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "fixture.hpp"
#include "plan_fixture.hpp"

using namespace gup;
using test::holds;

namespace {

Plan plan_of_code(const ObservedCode& code, const CodeTarget& to, const Gupfile& gupfile = {}) {
    return make_plan(gupfile, code, to, {}, {});
}

Plan plan_of_pins(const Gupfile& gupfile, const ObservedVirtualenv& observed, const PlanOptions& options = {}) {
    return make_plan(gupfile, ready_code(), target(Relation::same, here), observed, options);
}

}  // namespace

TEST_CASE("make_plan: same commit and pins give no steps") {
    const Plan plan = plan_of_pins(pinned({paho}), virtualenv({installed("Paho_MQTT", "1.3.1")}));
    CHECK(plan.empty());
    CHECK(plan.code_blocked.empty());
    CHECK(plan.pins_blocked.empty());
    CHECK(plan.notes.empty());
}

TEST_CASE("make_plan: each condition of the repository has its own reason and the command that mends it") {
    struct Row {
        CodeCondition condition;
        std::string_view detail;
        std::string_view reason;
        std::string_view hint;
    };
    const std::vector<Row> rows{
        {CodeCondition::not_a_repository, "", "not a git repository", "gup-agent add URL"},
        {CodeCondition::bare, "", "bare", "git config core.bare false"},
        {CodeCondition::corrupt, "HEAD cannot be read", "corrupt", "git fsck"},
        {CodeCondition::unreadable, "/home/a/.gitconfig, line 1", "is not read", ""},
        {CodeCondition::unborn_branch, "main has no commit yet", "no commit",
         "git fetch origin && git checkout --force -B main origin/main replaces the files here"},
        {CodeCondition::detached_head, "commit 1a2b3c4 is checked out", "detached", "git switch main"},
        {CodeCondition::no_upstream, "main follows no branch of a remote", "upstream",
         "git branch --set-upstream-to origin/main"},
        {CodeCondition::wrong_branch, "main is checked out", "another branch", "git switch field"},
        {CodeCondition::operation_pending, "a merge is under way", "unfinished operation", "git merge --abort"},
        {CodeCondition::operation_pending, "a rebase is under way", "unfinished operation", "git rebase --abort"},
        {CodeCondition::operation_pending, "a cherry-pick is under way", "unfinished operation",
         "git cherry-pick --abort"},
        {CodeCondition::operation_pending, "a revert is under way", "unfinished operation", "git revert --abort"},
        {CodeCondition::operation_pending, "a bisect is under way", "unfinished operation", "git bisect reset"},
        {CodeCondition::operation_pending, "git am is under way", "unfinished operation", "git am --abort"},
        {CodeCondition::operation_pending, "an operation is under way", "unfinished operation", "git status"},
        {CodeCondition::index_locked, "/srv/meter/.git/index.lock exists", "another git", "rm .git/index.lock"},
    };
    for (const Row& row : rows) {
        ObservedCode code = ready_code();
        code.condition = row.condition;
        code.detail = row.detail;
        code.submodules_differ = true;
        Gupfile gupfile;
        if (row.condition == CodeCondition::wrong_branch) gupfile.branch = "field";
        for (const Relation relation : {Relation::unknown, Relation::behind, Relation::diverged}) {
            const Plan plan = plan_of_code(code, target(relation), gupfile);
            CHECK(plan.empty());
            CHECK_MESSAGE(holds(plan.code_blocked, row.reason), plan.code_blocked);
            CHECK_MESSAGE(holds(plan.code_blocked, row.detail), plan.code_blocked);
            CHECK_MESSAGE(holds(plan.code_hint, row.hint), plan.code_hint);
        }
    }
}

TEST_CASE("make_plan: hints name the branch that the gupfile or the repository names") {
    ObservedCode code = ready_code();
    code.condition = CodeCondition::detached_head;
    code.branch.clear();
    Gupfile gupfile;
    gupfile.branch = "field";
    CHECK(plan_of_code(code, {}, gupfile).code_hint == "git switch field");

    code = ready_code();
    code.condition = CodeCondition::no_upstream;
    code.branch = "experiment";
    code.remote.clear();
    code.upstream_ref.clear();
    code.tracking_ref.clear();
    CHECK(plan_of_code(code, {}).code_hint == "git branch --set-upstream-to origin/experiment");
    code.condition = CodeCondition::index_locked;
    CHECK(holds(plan_of_code(code, {}).code_blocked, ".git/index.lock"));
}

TEST_CASE("make_plan: behind is a fast-forward that updates the submodules, too") {
    ObservedCode code = ready_code();
    code.submodules_differ = true;
    CodeTarget to = target(Relation::behind);
    to.commits = 3;
    const Plan plan = plan_of_code(code, to);
    REQUIRE(plan.steps.size() == 1);
    CHECK(plan.steps[0] == Step{FastForward{"main", here, there, 3}});
    CHECK(plan.code_blocked.empty());
}

TEST_CASE("make_plan: behind with local changes in the way moves nothing, and names three of the paths") {
    CodeTarget to = target(Relation::behind);
    to.conflicts = {"a.py"};
    Plan plan = plan_of_code(ready_code(), to);
    CHECK(plan.empty());
    CHECK(holds(plan.code_blocked, "lost: a.py"));
    CHECK_FALSE(holds(plan.code_blocked, "more"));
    CHECK(holds(plan.code_hint, "git stash"));

    to.conflicts = {"a.py", "b.py", "c.py"};
    plan = plan_of_code(ready_code(), to);
    CHECK(holds(plan.code_blocked, "a.py, b.py, c.py"));
    CHECK_FALSE(holds(plan.code_blocked, "more"));

    to.conflicts = {"a.py", "b.py", "c.py", "d.py", "e.py"};
    plan = plan_of_code(ready_code(), to);
    CHECK(plan.empty());
    CHECK(holds(plan.code_blocked, "a.py, b.py, c.py and 2 more"));
}

TEST_CASE("make_plan: a diverged or rewound branch stays, and both commits are named") {
    for (const Relation relation : {Relation::diverged, Relation::rewound}) {
        const Plan plan = plan_of_code(ready_code(), target(relation));
        CHECK(plan.empty());
        CHECK(holds(plan.code_blocked, "1a2b3c4"));
        CHECK(holds(plan.code_blocked, "e9b167f"));
        CHECK(holds(plan.code_blocked, "origin/main"));
        CHECK(holds(plan.code_hint, "git reset --hard origin/main"));
    }
    CHECK(plan_of_code(ready_code(), target(Relation::diverged)).code_blocked !=
          plan_of_code(ready_code(), target(Relation::rewound)).code_blocked);
}

TEST_CASE("make_plan: local commits ahead are only a note") {
    const Plan plan = plan_of_code(ready_code(), target(Relation::ahead));
    CHECK(plan.empty());
    CHECK(plan.code_blocked.empty());
    CHECK(plan.notes == std::vector<std::string>{"local commits are not on origin/main"});
}

TEST_CASE("make_plan: at the same commit, submodules that differ are updated") {
    ObservedCode code = ready_code();
    code.submodules_differ = true;
    CHECK(plan_of_code(code, target(Relation::same, here)).steps == std::vector<Step>{UpdateSubmodules{}});
    CHECK(plan_of_code(code, target(Relation::unknown)).empty());
    CHECK(plan_of_code(code, target(Relation::unknown)).code_blocked.empty());
}

TEST_CASE("make_plan: drift is installed after the code moved") {
    const Plan plan = make_plan(pinned({paho}), ready_code(), target(Relation::behind),
                                virtualenv({installed("paho-mqtt", "1.3.0")}), {});
    REQUIRE(plan.steps.size() == 2);
    CHECK(std::holds_alternative<FastForward>(plan.steps[0]));
    CHECK(plan.steps[1] == Step{InstallPins{{{paho, "1.3.0", false}}}});
}

TEST_CASE("make_plan: pins are installed although the code is blocked") {
    const Plan plan = make_plan(pinned({paho}), ready_code(), target(Relation::diverged), virtualenv({}), {});
    CHECK_FALSE(plan.code_blocked.empty());
    CHECK(plan.steps == std::vector<Step>{InstallPins{{{paho, "not installed", false}}}});
}

TEST_CASE("make_plan: a malformed gupfile blocks the pins and not the code") {
    Gupfile gupfile = pinned({paho});
    gupfile.problems = {{Severity::warning, 1, 1, "a warning", ""},
                        {Severity::error, 3, 10, "pyserial has no version", "write it"}};
    Plan plan = make_plan(gupfile, ready_code(), target(Relation::behind), virtualenv({}), {});
    REQUIRE(plan.steps.size() == 1);
    CHECK(std::holds_alternative<FastForward>(plan.steps[0]));
    CHECK(plan.pins_blocked == "gupfile:3:10: pyserial has no version");
    CHECK(plan.pins_hint == "write it");
    CHECK(plan.problems == gupfile.problems);

    gupfile.problems.push_back({Severity::error, 4, 1, "x", ""});
    gupfile.problems.push_back({Severity::error, 5, 1, "y", ""});
    plan = plan_of_pins(gupfile, virtualenv({}));
    CHECK(plan.pins_blocked == "gupfile:3:10: pyserial has no version (and 2 more)");
}

TEST_CASE("make_plan: a warning of the gupfile is carried and blocks nothing") {
    Gupfile gupfile = pinned({paho});
    gupfile.problems = {{Severity::warning, 2, 1, "pinned again", ""}};
    const Plan plan = plan_of_pins(gupfile, virtualenv({}));
    CHECK(plan.steps.size() == 1);
    CHECK(plan.pins_blocked.empty());
    CHECK(plan.problems == gupfile.problems);
}

TEST_CASE("make_plan: without a virtualenv it names the command that creates one, or creates it if allowed") {
    ObservedVirtualenv absent;
    absent.path = "/srv/.pyenv/meter";
    Plan plan = plan_of_pins(pinned({paho}), absent);
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "no virtualenv"));
    CHECK(plan.pins_hint == "python3 -m venv /srv/.pyenv/meter");

    plan = plan_of_pins(pinned({paho}), absent, {true, {}});
    CHECK(plan.pins_blocked.empty());
    CHECK(plan.steps ==
          std::vector<Step>{CreateVirtualenv{"/srv/.pyenv/meter"}, InstallPins{{{paho, "not installed", false}}}});
}

TEST_CASE("make_plan: a lock file for other machines blocks the pins") {
    ObservedVirtualenv here_on_linux = virtualenv({});
    here_on_linux.markers.sys_platform = "linux";
    here_on_linux.markers.python_full_version = here_on_linux.markers.python_version = "3.11";
    Gupfile locked = pinned({paho});
    locked.requirements = "pylock.toml";
    locked.environment = "sys_platform == \"linux\" and python_full_version >= \"3.9\"";
    CHECK(plan_of_pins(locked, here_on_linux).pins_blocked.empty());
    locked.environment = "sys_platform == \"win32\"";
    CHECK(plan_of_pins(locked, here_on_linux).pins_blocked ==
          "pylock.toml is not for this Python and machine: it is for sys_platform == \"win32\"");
}

TEST_CASE("make_plan: without pins only a virtualenv that cannot run matters") {
    ObservedVirtualenv broken = virtualenv({});
    broken.defect = "pyvenv.cfg is missing";
    broken.defect_kind = VirtualenvDefect::incomplete;
    broken.unreadable = {"/x/METADATA"};
    for (const ObservedVirtualenv& observed : {ObservedVirtualenv{}, broken}) {
        const Plan plan = plan_of_pins({}, observed, {true, {}});
        CHECK(plan.empty());
        CHECK(plan.pins_blocked.empty());
        CHECK(plan.notes.empty());
    }
    broken.defect_kind = VirtualenvDefect::cannot_run;
    const Plan plan = plan_of_pins({}, broken, {true, {}});
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "pyvenv.cfg is missing"));
}

TEST_CASE("make_plan: a broken virtualenv is not installed into, and not created over") {
    ObservedVirtualenv broken = virtualenv({});
    broken.defect = "the interpreter is gone: bin/python -> /usr/bin/python3.9";
    broken.defect_kind = VirtualenvDefect::cannot_run;
    for (const auto& distributions : {std::vector<Distribution>{}, {installed("paho-mqtt", "1.3.1")}}) {
        broken.distributions = distributions;
        const Plan plan = plan_of_pins(pinned({paho}), broken);
        CHECK(plan.empty());
        CHECK(holds(plan.pins_blocked, "the interpreter is gone"));
        CHECK(holds(plan.pins_hint, "rm -r /srv/.pyenv/meter; python3 -m venv /srv/.pyenv/meter"));
        CHECK(holds(plan.pins_hint, "create-venv = true"));
    }
}

TEST_CASE("make_plan: an interpreter that only this user cannot see is a note without drift") {
    ObservedVirtualenv observed = virtualenv({installed("paho-mqtt", "1.3.1")});
    observed.defect = "the interpreter is out of this user's reach";
    observed.defect_kind = VirtualenvDefect::out_of_reach;
    Plan plan = plan_of_pins(pinned({paho}), observed, {true, {}});
    CHECK(plan.pins_blocked.empty());
    REQUIRE(plan.notes.size() == 1);
    CHECK(holds(plan.notes[0], "out of this user's reach"));
    observed.distributions.clear();
    plan = plan_of_pins(pinned({paho}), observed, {true, {}});
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "out of this user's reach"));
}

TEST_CASE("make_plan: a broken virtualenv is made anew where all of it is known") {
    ObservedVirtualenv broken = virtualenv({installed("paho-mqtt", "1.3.1"), installed("pip", "23.0.1")});
    broken.defect = "the interpreter is gone";
    broken.defect_kind = VirtualenvDefect::cannot_run;
    PlanOptions options;
    options.create_virtualenv = true;
    const auto is_made = [&] { return plan_of_pins(pinned({paho}), broken, options).steps.size() == 2; };
    CHECK(plan_of_pins(pinned({paho}), broken, options).steps ==
          std::vector<Step>{CreateVirtualenv{"/srv/.pyenv/meter", "the interpreter is gone"},
                            InstallPins{{{paho, "not installed", false}}}});
    broken.defect_kind = VirtualenvDefect::incomplete;
    CHECK(is_made());
    broken.distributions.push_back(installed("certifi", "1.0"));  // a dependency
    CHECK(is_made());
    broken.distributions.back().requested = true;
    CHECK_FALSE(is_made());
    const Plan plan = plan_of_pins(pinned({paho}), broken, options);
    CHECK(holds(plan.pins_blocked, "no pin would bring certifi 1.0"));
    CHECK(holds(plan.pins_hint, "add a pin for it"));
    broken.distributions.back().system = true;
    CHECK(is_made());
    broken.distributions.back() = installed("own", "1.0");
    broken.distributions.back().editable = true;
    CHECK_FALSE(is_made());
    broken.distributions.back().editable = false;
    broken.distributions.back().form = DistributionForm::egg_link;
    CHECK_FALSE(is_made());
    broken.distributions.pop_back();
    options.held_back = {{paho, "not on the index", 0}};
    CHECK_FALSE(is_made());
    CHECK(holds(plan_of_pins(pinned({paho}), broken, options).pins_blocked, "not made again without paho-mqtt"));
    options.held_back.clear();
    CHECK_FALSE(plan_of_pins({}, broken, options).steps.size() == 2);
}

TEST_CASE("make_plan: metadata that no pip can read blocks drift and nothing else") {
    ObservedVirtualenv observed = virtualenv({installed("paho-mqtt", "1.3.1")});
    observed.unreadable = {"/srv/x.dist-info/METADATA"};
    CHECK(plan_of_pins(pinned({paho}), observed).pins_blocked.empty());
    observed.distributions.clear();
    const Plan plan = plan_of_pins(pinned({paho}), observed);
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "/srv/x.dist-info/METADATA"));
    CHECK_FALSE(plan.pins_hint.empty());
}

TEST_CASE("make_plan: leftovers of an interrupted pip are only a note") {
    ObservedVirtualenv observed = virtualenv({installed("paho-mqtt", "1.3.1")});
    observed.leftovers = {"/srv/~aho"};
    Plan plan = plan_of_pins(pinned({paho}), observed);
    CHECK(plan.empty());
    CHECK(plan.notes == std::vector<std::string>{"an interrupted pip left /srv/~aho"});
    observed.leftovers.push_back("/srv/~ix");
    plan = plan_of_pins(pinned({paho}), observed);
    CHECK(plan.notes == std::vector<std::string>{"an interrupted pip left 2 folders, such as /srv/~aho"});
}

TEST_CASE("make_plan: pins that are held back are not tried, the others are") {
    PlanOptions options;
    options.held_back = {{{"Paho.MQTT", "1.3.1", "", 99}, "no such version", 1}};
    CHECK(plan_of_pins(pinned({paho}), virtualenv({}), options).empty());
    const Plan plan = plan_of_pins(pinned({paho, library}), virtualenv({}), options);
    CHECK(plan.steps == std::vector<Step>{InstallPins{{{library, "not installed", false}}}});

    options.held_back = {{{"paho-mqtt", "1.3.2", "", 1}, {}, 1}, {{"paho-mqtt", "1.3.1", "git+https://h/x", 1}, {}, 1}};
    CHECK(plan_of_pins(pinned({paho}), virtualenv({}), options).steps.size() == 1);
}

TEST_CASE("is_of_code, moves_to: a step of the code, and the revision that it moves the code to") {
    struct Row {
        Step step;
        bool is_of_code;
        std::string to;
    };
    for (const Row& row :
         {Row{FastForward{"main", here, there, 1}, true, there},
          Row{DeployRevision{"https://h/app.zip", here, there}, true, there}, Row{UpdateSubmodules{}, true, ""},
          Row{CreateVirtualenv{"/v"}, false, ""}, Row{InstallPins{{{paho, "1.3.0", false}}}, false, ""}}) {
        CAPTURE(display(row.step));
        CHECK(is_of_code(row.step) == row.is_of_code);
        CHECK(moves_to(row.step) == row.to);
    }
}

TEST_CASE("display: a step is one line for people, without secrets") {
    CHECK(display(Step{FastForward{"main", here, there, 3}}) == "fast-forward main 1a2b3c4 → e9b167f (3 commits)");
    CHECK(display(Step{FastForward{"main", here, there, 0}}) == "fast-forward main 1a2b3c4 → e9b167f");
    CHECK(display(Step{UpdateSubmodules{}}) == "update submodules");
    CHECK(display(Step{CreateVirtualenv{"/srv/.pyenv/meter"}}) == "create virtualenv /srv/.pyenv/meter");
    CHECK(display(Step{InstallPins{{{paho, "1.3.0", false}, {library, "not installed", false}}}}) ==
          "install paho-mqtt==1.3.1 (installed: 1.3.0), client-connector-lib==5.0.0 "
          "(git+https://bob:***@github.com/Org/lib.git) (not "
          "installed)");
}

TEST_CASE("display_done: a done step is in the past tense") {
    CHECK(display_done(Step{FastForward{"main", here, there, 3}}) ==
          "updated code 1a2b3c4 → e9b167f (main, 3 commits)");
    CHECK(display_done(Step{FastForward{"main", here, there, 1}}) == "updated code 1a2b3c4 → e9b167f (main, 1 commit)");
    CHECK(display_done(Step{FastForward{"main", here, there, 0}}) == "updated code 1a2b3c4 → e9b167f (main)");
    CHECK(display_done(Step{UpdateSubmodules{}}) == "updated submodules");
    CHECK(display_done(Step{CreateVirtualenv{"/srv/.pyenv/meter"}}) == "created virtualenv /srv/.pyenv/meter");
    CHECK(display_done(Step{InstallPins{{{paho, "1.3.0", false}, {library, "not installed", false}}}}) ==
          "installed paho-mqtt 1.3.1 (before: 1.3.0), client-connector-lib 5.0.0");
}

TEST_CASE("make_plan: with prune, what a lock file does not name is removed after the pins") {
    Gupfile lock = pinned({paho});
    lock.is_lock = true;
    PlanOptions options;
    options.prune = true;
    const ObservedVirtualenv observed = virtualenv({installed("paho-mqtt", "1.3.0"), installed("six", "1.16.0")});
    const Plan plan = plan_of_pins(lock, observed, options);
    REQUIRE(plan.steps.size() == 2);
    CHECK(display(plan.steps[0]) == "install paho-mqtt==1.3.1 (installed: 1.3.0)");
    CHECK(display(plan.steps[1]) == "remove six 1.16.0: the lock file does not name it");
    CHECK(display_done(plan.steps[1]) == "removed six 1.16.0");
    CHECK(display_done(Step{RemovePackages{{{"a", "1"}, {"b", "2"}}}}) == "removed a 1, b 2");
    const ObservedVirtualenv satisfied = virtualenv({installed("paho-mqtt", "1.3.1"), installed("six", "1.16.0")});
    CHECK(plan_of_pins(lock, satisfied, options).steps.size() == 1);
    CHECK(plan_of_pins(lock, satisfied).steps.empty());
    CHECK(plan_of_pins(pinned({paho}), satisfied, options).steps.empty());
    options.held_back = {{paho, "no such version", 1}};
    CHECK(plan_of_pins(lock, observed, options).steps.empty());
}
