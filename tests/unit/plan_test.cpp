#include "core/plan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace gup;

namespace {

const std::string here = "1a2b3c4d00000000000000000000000000000000";
const std::string there = "e9b167fa00000000000000000000000000000000";

ObservedCode ready_code() {
    ObservedCode code;
    code.commit = here;
    code.branch = "main";
    code.remote = "origin";
    code.upstream_ref = "refs/heads/main";
    code.tracking_ref = "refs/remotes/origin/main";
    return code;
}

CodeTarget target(Relation relation, const std::string& commit = there) {
    CodeTarget made;
    made.relation = relation;
    made.commit = commit;
    return made;
}

Gupfile pinned(std::vector<Requirement> pins) {
    Gupfile gupfile;
    gupfile.pins = std::move(pins);
    return gupfile;
}

Distribution installed(std::string name, std::string version) {
    Distribution distribution;
    distribution.name = std::move(name);
    distribution.version = std::move(version);
    return distribution;
}

ObservedEnvironment environment(std::vector<Distribution> distributions) {
    ObservedEnvironment made;
    made.present = true;
    made.path = "/srv/.pyenv/meter";
    made.distributions = std::move(distributions);
    return made;
}

Plan plan_of_code(const ObservedCode& code, const CodeTarget& to, const Gupfile& gupfile = {}) {
    return make_plan(gupfile, code, to, {}, {});
}

Plan plan_of_pins(const Gupfile& gupfile, const ObservedEnvironment& observed, const PlanOptions& options = {}) {
    return make_plan(gupfile, ready_code(), target(Relation::same, here), observed, options);
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const Requirement paho{"paho-mqtt", "1.3.1", "", 1};
const Requirement library{"client-connector-lib", "5.0.0", "git+https://bob:hunter2@github.com/Org/lib.git", 2};

Distribution library_from(const std::string& url, const std::string& revision, const std::string& commit = {}) {
    Distribution distribution = installed("client_connector_lib", "5.0.0");
    distribution.url = url;
    distribution.requested_revision = revision;
    distribution.commit_id = commit;
    return distribution;
}

// The one drift of `pin` among `distributions`.
Drift only_drift(const Requirement& pin, std::vector<Distribution> distributions) {
    const auto drift = find_drift(pinned({pin}), environment(std::move(distributions)));
    REQUIRE(drift.size() == 1);
    CHECK(drift.front().requirement == pin);
    return drift.front();
}

bool satisfied(const Requirement& pin, std::vector<Distribution> distributions) {
    return find_drift(pinned({pin}), environment(std::move(distributions))).empty();
}

}  // namespace

TEST_CASE("make_plan: same commit and pins give no steps") {
    const Plan plan = plan_of_pins(pinned({paho}), environment({installed("Paho_MQTT", "1.3.1")}));
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
        {CodeCondition::not_a_repository, "", "not a git repository", "git clone"},
        {CodeCondition::bare, "", "bare", "git config core.bare false"},
        {CodeCondition::corrupt, "HEAD cannot be read", "corrupt", "git fsck"},
        {CodeCondition::unborn_branch, "main has no commit yet", "no commit", "git pull origin main"},
        {CodeCondition::detached_head, "commit 1a2b3c4 is checked out", "detached", "git switch main"},
        {CodeCondition::no_upstream, "main follows no branch of a remote", "upstream",
         "git branch --set-upstream-to origin/main"},
        {CodeCondition::wrong_branch, "main is checked out", "another branch", "git switch field"},
        {CodeCondition::operation_pending, "a merge is under way", "in the middle", "git merge --abort"},
        {CodeCondition::operation_pending, "a rebase is under way", "in the middle", "git rebase --abort"},
        {CodeCondition::operation_pending, "a cherry-pick is under way", "in the middle", "git cherry-pick --abort"},
        {CodeCondition::operation_pending, "a revert is under way", "in the middle", "git revert --abort"},
        {CodeCondition::operation_pending, "a bisect is under way", "in the middle", "git bisect reset"},
        {CodeCondition::operation_pending, "git am is under way", "in the middle", "git am --abort"},
        {CodeCondition::operation_pending, "an operation is under way", "in the middle", "git status"},
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

TEST_CASE("make_plan: behind is a fast-forward, which brings the submodules along") {
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
                                environment({installed("paho-mqtt", "1.3.0")}), {});
    REQUIRE(plan.steps.size() == 2);
    CHECK(std::holds_alternative<FastForward>(plan.steps[0]));
    CHECK(plan.steps[1] == Step{InstallPins{{{paho, "1.3.0", false}}}});
}

TEST_CASE("make_plan: pins are reconciled though the code is blocked") {
    const Plan plan = make_plan(pinned({paho}), ready_code(), target(Relation::diverged), environment({}), {});
    CHECK_FALSE(plan.code_blocked.empty());
    CHECK(plan.steps == std::vector<Step>{InstallPins{{{paho, "not installed", false}}}});
}

TEST_CASE("make_plan: a malformed gupfile blocks the pins and not the code") {
    Gupfile gupfile = pinned({paho});
    gupfile.problems = {{Severity::warning, 1, 1, "a warning", ""},
                        {Severity::error, 3, 10, "pyserial has no version", "write it"}};
    Plan plan = make_plan(gupfile, ready_code(), target(Relation::behind), environment({}), {});
    REQUIRE(plan.steps.size() == 1);
    CHECK(std::holds_alternative<FastForward>(plan.steps[0]));
    CHECK(plan.pins_blocked == "gupfile:3:10: pyserial has no version");
    CHECK(plan.pins_hint == "write it");
    CHECK(plan.problems == gupfile.problems);

    gupfile.problems.push_back({Severity::error, 4, 1, "x", ""});
    gupfile.problems.push_back({Severity::error, 5, 1, "y", ""});
    plan = plan_of_pins(gupfile, environment({}));
    CHECK(plan.pins_blocked == "gupfile:3:10: pyserial has no version (and 2 more)");
}

TEST_CASE("make_plan: a warning of the gupfile is carried and blocks nothing") {
    Gupfile gupfile = pinned({paho});
    gupfile.problems = {{Severity::warning, 2, 1, "pinned again", ""}};
    const Plan plan = plan_of_pins(gupfile, environment({}));
    CHECK(plan.steps.size() == 1);
    CHECK(plan.pins_blocked.empty());
    CHECK(plan.problems == gupfile.problems);
}

TEST_CASE("make_plan: without a virtualenv it says which command makes one, or makes it when it may") {
    ObservedEnvironment absent;
    absent.path = "/srv/.pyenv/meter";
    Plan plan = plan_of_pins(pinned({paho}), absent);
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "no virtualenv"));
    CHECK(plan.pins_hint == "python3 -m venv /srv/.pyenv/meter");

    plan = plan_of_pins(pinned({paho}), absent, {true, {}});
    CHECK(plan.pins_blocked.empty());
    CHECK(plan.steps ==
          std::vector<Step>{CreateEnvironment{"/srv/.pyenv/meter"}, InstallPins{{{paho, "not installed", false}}}});
}

TEST_CASE("make_plan: no pins ask nothing of the virtualenv") {
    ObservedEnvironment broken = environment({});
    broken.defect = "the interpreter is gone";
    broken.unreadable = {"/x/METADATA"};
    for (const ObservedEnvironment& observed : {ObservedEnvironment{}, broken}) {
        const Plan plan = plan_of_pins({}, observed, {true, {}});
        CHECK(plan.empty());
        CHECK(plan.pins_blocked.empty());
        CHECK(plan.notes.empty());
    }
}

TEST_CASE("make_plan: a broken virtualenv is not installed into, and not created over") {
    ObservedEnvironment broken = environment({});
    broken.defect = "the interpreter is gone: bin/python -> /usr/bin/python3.9";
    Plan plan = plan_of_pins(pinned({paho}), broken, {true, {}});
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "the interpreter is gone"));
    CHECK(holds(plan.pins_hint, "python3 -m venv --clear /srv/.pyenv/meter"));

    broken.distributions = {installed("paho-mqtt", "1.3.1")};
    plan = plan_of_pins(pinned({paho}), broken);
    CHECK(plan.pins_blocked.empty());
    REQUIRE(plan.notes.size() == 1);
    CHECK(holds(plan.notes[0], "the interpreter is gone"));
}

TEST_CASE("make_plan: metadata that no pip can read blocks drift and nothing else") {
    ObservedEnvironment observed = environment({installed("paho-mqtt", "1.3.1")});
    observed.unreadable = {"/srv/x.dist-info/METADATA"};
    CHECK(plan_of_pins(pinned({paho}), observed).pins_blocked.empty());
    observed.distributions.clear();
    const Plan plan = plan_of_pins(pinned({paho}), observed);
    CHECK(plan.empty());
    CHECK(holds(plan.pins_blocked, "/srv/x.dist-info/METADATA"));
    CHECK_FALSE(plan.pins_hint.empty());
}

TEST_CASE("make_plan: leftovers of an interrupted pip are only a note") {
    ObservedEnvironment observed = environment({installed("paho-mqtt", "1.3.1")});
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
    options.held_back = {{"Paho.MQTT", "1.3.1", "", 99}};
    CHECK(plan_of_pins(pinned({paho}), environment({}), options).empty());
    const Plan plan = plan_of_pins(pinned({paho, library}), environment({}), options);
    CHECK(plan.steps == std::vector<Step>{InstallPins{{{library, "not installed", false}}}});

    options.held_back = {{"paho-mqtt", "1.3.2", "", 1}, {"paho-mqtt", "1.3.1", "git+https://h/x", 1}};
    CHECK(plan_of_pins(pinned({paho}), environment({}), options).steps.size() == 1);
}

TEST_CASE("find_drift: follows the order of the gupfile") {
    const auto drift =
        find_drift(pinned({library, paho, {"six", "1.0", "", 3}}), environment({installed("six", "1.0")}));
    REQUIRE(drift.size() == 2);
    CHECK(drift[0].requirement == library);
    CHECK(drift[1].requirement == paho);
}

TEST_CASE("find_drift: a version is not the beginning of another") {
    CHECK(only_drift(paho, {installed("paho-mqtt", "1.3.10")}).installed == "1.3.10");
    CHECK(only_drift(paho, {installed("paho-mqtt-x", "1.3.1")}).installed == "not installed");
    CHECK_FALSE(only_drift(paho, {installed("paho-mqtt", "1.3.10")}).reinstall);
}

TEST_CASE("find_drift: what is broken, doubled or an egg has to be replaced") {
    Distribution broken = installed("paho-mqtt", "1.3.1");
    broken.defect = "interrupted install: RECORD has no INSTALLER row";
    CHECK(only_drift(paho, {broken}) == Drift{paho, broken.defect, true});

    CHECK(only_drift(paho, {installed("paho-mqtt", "1.3.1"), installed("Paho_MQTT", "1.3.0")}) ==
          Drift{paho, "installed twice: 1.3.1 and 1.3.0", true});
    CHECK(
        only_drift(paho, {installed("paho-mqtt", "1.3.1"), installed("paho-mqtt", "1.3.0"), installed("paho-mqtt", "")})
            .installed == "installed 3 times: 1.3.1, 1.3.0 and one that is broken");

    Distribution egg = installed("paho-mqtt", "1.3.1");
    egg.form = DistributionForm::egg;
    CHECK(only_drift(paho, {egg}) == Drift{paho, "1.3.1 is an .egg, which cannot be managed", true});
    for (const auto form : {DistributionForm::egg_info, DistributionForm::egg_link}) {
        egg.form = form;
        CHECK(satisfied(paho, {egg}));
    }
}

TEST_CASE("find_drift: what the virtualenv sees of the system counts, unless its own hides it") {
    Distribution system = installed("paho-mqtt", "1.3.1");
    system.system = true;
    CHECK(satisfied(paho, {system}));
    CHECK(satisfied(paho, {installed("paho-mqtt", "1.3.1"), system}));
    CHECK(only_drift(paho, {installed("paho-mqtt", "1.3.0"), system}).installed == "1.3.0");
    system.version = "1.2";
    CHECK(only_drift(paho, {system}).installed == "1.2");
    CHECK(satisfied(paho, {installed("paho-mqtt", "1.3.1"), system}));
    system.defect = "no METADATA";
    CHECK(only_drift(paho, {system}).installed == "not installed");
}

TEST_CASE("find_drift: an editable install counts by its version") {
    Distribution editable = installed("client-connector-lib", "5.0.0");
    editable.editable = true;
    editable.url = "file:///home/pi/lib";
    CHECK(satisfied(library, {editable}));
    editable.version = "4.9";
    CHECK(only_drift(library, {editable}).installed == "4.9");
}

TEST_CASE("find_drift: a source pin wants its repository and its tag, where they are recorded") {
    for (const std::string_view url :
         {"https://github.com/Org/lib.git", "https://github.com/Org/lib", "https://x:y@GitHub.com/Org/lib/"}) {
        CHECK(satisfied(library, {library_from(std::string(url), "5.0.0")}));
        CHECK(satisfied(library, {library_from(std::string(url), "v5.0.0")}));
    }
    CHECK(satisfied(library, {installed("client-connector-lib", "5.0.0")}));
    CHECK(satisfied({"client-connector-lib", "v5.0.0", library.source, 1},
                    {library_from("https://github.com/Org/lib", "5.0.0")}));

    const Drift elsewhere = only_drift(library, {library_from("https://tok:en@github.com/Fork/lib", "5.0.0")});
    CHECK(elsewhere.installed == "5.0.0 from https://tok:***@github.com/Fork/lib");
    CHECK(elsewhere.reinstall);
    const Drift branch = only_drift(library, {library_from("https://github.com/Org/lib", "main", here)});
    CHECK(branch.installed == "5.0.0 from https://github.com/Org/lib at main");
    CHECK(branch.reinstall);
    const Drift nothing_asked = only_drift(library, {library_from("https://github.com/Org/lib", "", here)});
    CHECK(nothing_asked.installed == "5.0.0 from https://github.com/Org/lib at 1a2b3c4");

    Distribution older = library_from("https://github.com/Org/lib", "4.0.0");
    older.version = "4.0.0";
    CHECK(only_drift(library, {older}) == Drift{library, "4.0.0", false});
}

TEST_CASE("find_drift: a pin without source takes what a repository gave in that version") {
    CHECK(satisfied({"client-connector-lib", "5.0", "", 1}, {library_from("https://github.com/Org/lib", "main")}));
}

TEST_CASE("find_drift: a pin to a commit is satisfied by that commit, whatever version it has") {
    const Requirement commit{"client-connector-lib", here, library.source, 1};
    CHECK(satisfied(commit, {library_from("https://github.com/Org/lib", here, here)}));
    CHECK(satisfied({"client-connector-lib", "1A2B3C4D" + here.substr(8), library.source, 1},
                    {library_from("https://github.com/Org/lib", "main", here)}));
    const Drift other = only_drift(commit, {library_from("https://github.com/Org/lib", there, there)});
    CHECK(other.installed == "5.0.0 from https://github.com/Org/lib at e9b167f");
    CHECK(other.reinstall);
    CHECK(only_drift(commit, {library_from("https://github.com/Fork/lib", here, here)}).reinstall);
    CHECK(only_drift(commit, {installed("client-connector-lib", "5.0.0")}) == Drift{commit, "5.0.0", true});
}

TEST_CASE("display: a step is one line for people, without secrets") {
    CHECK(display(Step{FastForward{"main", here, there, 3}}) == "fast-forward main 1a2b3c4 -> e9b167f commits=3");
    CHECK(display(Step{FastForward{"main", here, there, 0}}) == "fast-forward main 1a2b3c4 -> e9b167f");
    CHECK(display(Step{UpdateSubmodules{}}) == "update submodules");
    CHECK(display(Step{CreateEnvironment{"/srv/.pyenv/meter"}}) == "create virtualenv /srv/.pyenv/meter");
    CHECK(display(Step{InstallPins{{{paho, "1.3.0", false}, {library, "not installed", false}}}}) ==
          "install paho-mqtt==1.3.1 (installed: 1.3.0), client-connector-lib==5.0.0 "
          "(git+https://bob:***@github.com/Org/lib.git) (not "
          "installed)");
}

TEST_CASE("short_id: seven digits, or what there is") {
    CHECK(short_id(here) == "1a2b3c4");
    CHECK(short_id("1a").size() == 2);
    CHECK(short_id("").empty());
}
