#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "core/drift.hpp"
#include "plan_fixture.hpp"

using namespace gup;

namespace {

Distribution library_from(const std::string& url, const std::string& revision, const std::string& commit = {}) {
    Distribution distribution = installed("client_connector_lib", "5.0.0");
    distribution.url = url;
    distribution.requested_revision = revision;
    distribution.commit_id = commit;
    return distribution;
}

// The one drift of `pin` among `distributions`.
Drift only_drift(const Requirement& pin, std::vector<Distribution> distributions) {
    const auto drift = find_drift(pinned({pin}), virtualenv(std::move(distributions)));
    REQUIRE(drift.size() == 1);
    CHECK(drift.front().requirement == pin);
    return drift.front();
}

bool satisfied(const Requirement& pin, std::vector<Distribution> distributions) {
    return find_drift(pinned({pin}), virtualenv(std::move(distributions))).empty();
}

}  // namespace

TEST_CASE("find_drift: follows the order of the gupfile") {
    const auto drift =
        find_drift(pinned({library, paho, {"six", "1.0", "", 3}}), virtualenv({installed("six", "1.0")}));
    REQUIRE(drift.size() == 2);
    CHECK(drift[0].requirement == library);
    CHECK(drift[1].requirement == paho);
}

TEST_CASE("find_drift: a version is not the beginning of another") {
    CHECK(only_drift(paho, {installed("paho-mqtt", "1.3.10")}).installed == "1.3.10");
    CHECK(only_drift(paho, {installed("paho-mqtt-x", "1.3.1")}).installed == "not installed");
    CHECK_FALSE(only_drift(paho, {installed("paho-mqtt", "1.3.10")}).reinstall);
}

TEST_CASE("find_drift: a broken or double distribution and an egg must be replaced") {
    Distribution broken = installed("paho-mqtt", "1.3.1");
    broken.defect = "interrupted install: RECORD has no INSTALLER row";
    CHECK(only_drift(paho, {broken}) == Drift{paho, broken.defect, true});

    CHECK(only_drift(paho, {installed("paho-mqtt", "1.3.1"), installed("Paho_MQTT", "1.3.0")}) ==
          Drift{paho, "installed twice: 1.3.1 and 1.3.0", true});
    CHECK(
        only_drift(paho, {installed("paho-mqtt", "1.3.1"), installed("paho-mqtt", "1.3.0"), installed("paho-mqtt", "")})
            .installed == "installed 3 times: 1.3.1, 1.3.0 and a broken one");

    Distribution egg = installed("paho-mqtt", "1.3.1");
    egg.form = DistributionForm::egg;
    CHECK(only_drift(paho, {egg}) == Drift{paho, "1.3.1 is an .egg, which cannot be managed", true});
    for (const auto form : {DistributionForm::egg_info, DistributionForm::egg_link}) {
        egg.form = form;
        CHECK(satisfied(paho, {egg}));
    }
}

TEST_CASE("find_drift: system packages that the virtualenv sees satisfy a pin, unless its own package hides them") {
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

TEST_CASE("find_drift: an editable install satisfies a pin by its version") {
    Distribution editable = installed("client-connector-lib", "5.0.0");
    editable.editable = true;
    editable.url = "file:///home/pi/lib";
    CHECK(satisfied(library, {editable}));
    editable.version = "4.9";
    CHECK(only_drift(library, {editable}).installed == "4.9");
}

TEST_CASE("find_drift: a source pin needs its repository and its tag, if they are recorded") {
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

TEST_CASE("find_drift: a pin without source accepts that version from a repository") {
    CHECK(satisfied({"client-connector-lib", "5.0", "", 1}, {library_from("https://github.com/Org/lib", "main")}));
}

TEST_CASE("find_drift: a pin to a commit is satisfied by that commit with any version") {
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

namespace {

Distribution with_dependencies(Distribution distribution, std::vector<std::string> dependencies,
                               std::vector<std::string> extras = {}) {
    distribution.dependencies = std::move(dependencies);
    distribution.extras = std::move(extras);
    return distribution;
}

Requirement ranged(const std::string& name, const std::string& range, std::vector<std::string> extras = {}) {
    Requirement requirement{name, "", "", 1};
    requirement.range = range;
    requirement.extras = std::move(extras);
    return requirement;
}

Requirement direct(const std::string& source, const std::string& revision = {}) {
    Requirement requirement{"client-connector-lib", "", source, 1};
    requirement.revision = revision;
    return requirement;
}

ObservedVirtualenv with_python(std::vector<Distribution> distributions, const std::string& version) {
    ObservedVirtualenv observed = virtualenv(std::move(distributions));
    observed.markers.sys_platform = "linux";
    observed.markers.platform_machine = "aarch64";
    observed.markers.python_version = version;
    observed.markers.python_full_version = version + ".2";
    return observed;
}

// "requests: 2.31.0, but …" of each drift.
std::vector<std::string> drift_of(const Gupfile& gupfile, const ObservedVirtualenv& observed) {
    std::vector<std::string> texts;
    for (const Drift& one : find_drift(gupfile, observed)) {
        texts.push_back(one.requirement.name + ": " + one.installed + (one.reinstall ? " (again)" : ""));
    }
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("find_drift: what is installed satisfies a range, pre-releases too") {
    struct Row {
        std::string range;
        std::string version;
        bool satisfied;
    };
    const std::vector<Row> rows{
        {">=2,<3", "2.31.0", true}, {">=2,<3", "3.0", false},     {">=2,<3", "3.0rc1", false},
        {">=2", "2.1rc1", true},    {"~=1.4.2", "1.4.9", true},   {"~=1.4.2", "1.5", false},
        {"!=1.5", "1.5.0", false},  {"==1.*", "1.9", true},       {"===1.0+x", "1.0+x", true},
        {"===1.0", "1.0.0", false}, {"", "0.0.1", true},          {"", "main", true},
        {">=1", "main", false},     {"===main", "main", true},    {">1.0", "1.0.post1", false},
        {"<2", "1.0+local", true},  {"no version", "1.0", false}, {">=2 , <3", "2.5", true},
    };
    for (const Row& row : rows) {
        INFO(row.range, " ", row.version);
        CHECK(satisfied(ranged("requests", row.range), {installed("requests", row.version)}) == row.satisfied);
    }
    CHECK(only_drift(ranged("requests", ">=2"), {installed("requests", "1.0")}) ==
          Drift{ranged("requests", ">=2"), "1.0", false});
    CHECK(only_drift(ranged("requests", ""), {}).installed == "not installed");
}

TEST_CASE("find_drift: a requirement whose marker is false is none") {
    struct Row {
        std::string marker;
        bool applies;
    };
    const std::vector<Row> rows{
        {"", true},
        {"sys_platform == 'win32'", false},
        {"sys_platform == 'linux' and platform_machine == 'aarch64'", true},
        {"platform_machine == 'x86_64'", false},
        {"python_version < '3.9'", false},
        {"python_version >= '3.9'", true},
        {"python_full_version < '3.11.4'", true},
        {"extra == 'socks'", false},
        {"this is no marker", true},  // an error of the declaration, which the installer would tell, too
    };
    for (const Row& row : rows) {
        INFO(row.marker);
        Requirement requirement = paho;
        requirement.marker = row.marker;
        CHECK(find_drift(pinned({requirement}), with_python({}, "3.11")).empty() != row.applies);
    }
}

TEST_CASE("find_drift: without a Python only markers that need none exclude") {
    ObservedVirtualenv absent = with_python({}, "");
    absent.present = false;
    Requirement requirement = paho;
    requirement.marker = "python_version < '3'";
    CHECK(find_drift(pinned({requirement}), absent).size() == 1);
    requirement.marker = "implementation_name == 'pypy'";
    CHECK(find_drift(pinned({requirement}), absent).size() == 1);
    requirement.marker = "sys_platform == 'win32'";
    CHECK(find_drift(pinned({requirement}), absent).empty());
    CHECK(find_drift(pinned({requirement}), virtualenv({})).size() == 1);
}

TEST_CASE("find_drift: of two requirements of one name only the one whose marker is true is looked at") {
    Requirement old{"numpy", "1.19.5", "", 1};
    old.marker = "python_version < '3.8'";
    Requirement recent{"numpy", "1.26.0", "", 2};
    recent.marker = "python_version >= '3.8'";
    CHECK(drift_of(pinned({old, recent}), with_python({installed("numpy", "1.19.5")}, "3.11")) ==
          Texts{"numpy: 1.19.5"});
    CHECK(drift_of(pinned({old, recent}), with_python({installed("numpy", "1.19.5")}, "3.7")).empty());
}

TEST_CASE("find_drift: extras need their distributions, by their own specifiers, and the extras of these") {
    const Distribution requests = with_dependencies(
        installed("requests", "2.31.0"),
        {"urllib3<3,>=1.21.1", "PySocks!=1.5.7,>=1.5.6 ; extra == 'socks'",
         "chardet<6,>=3.0.2; extra == \"use_chardet\"", "win-inet ; sys_platform == 'win32' and extra == 'socks'",
         "base[deep]>=1; extra == 'deep'", "!!; extra == 'socks'", "requests[socks]; extra == 'all'"},
        {"socks", "use-chardet", "deep", "all"});
    const Distribution base =
        with_dependencies(installed("base", "1.0"), {"bottom==3 ; extra == 'deep'", "top"}, {"deep"});
    struct Row {
        std::vector<std::string> extras;
        std::vector<Distribution> others;
        Texts drift;
    };
    const std::vector<Row> rows{
        {{}, {}, {}},
        {{"socks"}, {installed("PySocks", "1.7.1")}, {}},
        {{"socks"}, {}, {"requests: 2.31.0, but requests[socks] lacks PySocks!=1.5.7,>=1.5.6"}},
        {{"SOCKS"},
         {installed("pysocks", "1.5.7")},
         {"requests: 2.31.0, but requests[SOCKS] lacks PySocks!=1.5.7,>=1.5.6 but has 1.5.7"}},
        {{"use_chardet"}, {}, {"requests: 2.31.0, but requests[use_chardet] lacks chardet<6,>=3.0.2"}},
        {{"unknown"}, {}, {}},
        {{"deep"}, {base}, {"requests: 2.31.0, but base[deep] lacks bottom==3"}},
        {{"deep"}, {base, installed("bottom", "3.0")}, {}},
        {{"all"}, {}, {"requests: 2.31.0, but requests[socks] lacks PySocks!=1.5.7,>=1.5.6"}},
        {{"all"}, {installed("PySocks", "1.7.1")}, {}},
    };
    for (const Row& row : rows) {
        std::vector<Distribution> distributions{requests};
        distributions.insert(distributions.end(), row.others.begin(), row.others.end());
        CAPTURE(row.drift);
        CHECK(drift_of(pinned({ranged("requests", ">=2", row.extras)}), with_python(distributions, "3.11")) ==
              row.drift);
    }
}

TEST_CASE("find_drift: what an extra needs is repaired itself, unless a requirement names it") {
    const Distribution requests =
        with_dependencies(installed("requests", "2.31.0"), {"PySocks>=1.5.6 ; extra == 'socks'"}, {"socks"});
    Distribution broken = installed("PySocks", "1.7.1");
    broken.defect = "no METADATA";
    const ObservedVirtualenv observed = with_python({requests, broken}, "3.11");
    const Requirement wanted = ranged("requests", ">=2", {"socks"});
    CHECK(find_drift(pinned({wanted}), observed) == std::vector<Drift>{{[] {
                                                                            Requirement needed{"PySocks", "", "", 0};
                                                                            needed.range = ">=1.5.6";
                                                                            return needed;
                                                                        }(),
                                                                        "no METADATA", true}});
    CHECK(drift_of(pinned({wanted, {"pysocks", "1.7.1", "", 2}}), observed) == Texts{"pysocks: no METADATA (again)"});
}

TEST_CASE("find_drift: extras of other forms of distributions, and of a lock file") {
    Distribution old = with_dependencies(installed("requests", "2.31.0"), {"PySocks>=1.5.6 ; extra == \"socks\""});
    const Requirement wanted = ranged("requests", ">=2", {"socks"});
    CHECK(drift_of(pinned({wanted}), with_python({old}, "3.11")).empty());  // pip would not know this extra
    old.form = DistributionForm::egg_info;
    CHECK(drift_of(pinned({wanted}), with_python({old}, "3.11")).size() == 1);
    Gupfile lock = pinned({wanted});
    lock.is_lock = true;
    CHECK(drift_of(lock, with_python({old}, "3.11")).empty());
}

TEST_CASE("find_drift: a direct reference needs its repository and revision, with any version") {
    const std::string repository = "git+https://github.com/Org/lib";
    CHECK(satisfied(direct(repository, "main"), {library_from("https://github.com/Org/lib.git", "main", here)}));
    CHECK(satisfied(direct(repository, here), {library_from("https://github.com/Org/lib.git", "", here)}));
    CHECK(satisfied(direct(repository), {library_from("https://github.com/Org/lib.git", "main", here)}));
    CHECK(satisfied(direct(repository + "#subdirectory=x", "main"),
                    {library_from("https://x:y@github.com/Org/lib", "main", here)}));
    CHECK(only_drift(direct(repository, "v2"), {library_from("https://github.com/Org/lib", "2", here)}).installed ==
          "5.0.0 from https://github.com/Org/lib at 2");
    CHECK(only_drift(direct(repository, there), {library_from("https://github.com/Org/lib", here, here)}).reinstall);
    CHECK(only_drift(direct(repository, "main"), {library_from("https://github.com/Fork/lib", "main")}).installed ==
          "5.0.0 from https://github.com/Fork/lib");
    CHECK(only_drift(direct(repository, "main"), {installed("client-connector-lib", "5.0.0")}) ==
          Drift{direct(repository, "main"), "5.0.0 from the package index", true});
    CHECK(
        satisfied(direct(repository, "main"), {installed("client-connector-lib", "5.0.0"), installed("pip", "18.1")}));
    CHECK_FALSE(
        satisfied(direct(repository, "main"), {installed("client-connector-lib", "5.0.0"), installed("pip", "20.1")}));
}

TEST_CASE("find_drift: an archive is satisfied by one of the same URL") {
    const std::string url = "https://files.example.org/lib-5.0.0-py3-none-any.whl";
    CHECK(satisfied(direct(url), {library_from(url, "")}));
    CHECK(satisfied(direct("https://bob:pw@files.example.org/lib-5.0.0-py3-none-any.whl#sha256=00"),
                    {library_from(url, "")}));
    CHECK(only_drift(direct(url), {library_from("https://files.example.org/lib-5.0.1-py3-none-any.whl", "")}) ==
          Drift{direct(url), "5.0.0 from https://files.example.org/lib-5.0.1-py3-none-any.whl", true});
    CHECK(only_drift(direct(url), {installed("client-connector-lib", "5.0.0")}).reinstall);
}

TEST_CASE("find_drift: a constraint excludes versions of what a requirement depends on, also over others") {
    const std::vector<Distribution> distributions{
        with_dependencies(installed("app", "1.0"), {"middle", "other ; extra == 'other'", "gone"}, {"other"}),
        with_dependencies(installed("middle", "1.0"), {"base>=1", "app"}), installed("base", "2.0"),
        installed("other", "2.0"), installed("alone", "2.0")};
    struct Row {
        std::vector<Requirement> pins;
        std::vector<Requirement> constraints;
        Texts drift;
    };
    Requirement excluded{"base", "1.5", "", 1};
    excluded.marker = "sys_platform == 'win32'";
    const std::vector<Row> rows{
        {{{"app", "1.0", "", 1}}, {{"base", "2.0", "", 1}}, {}},
        {{{"app", "1.0", "", 1}},
         {{"Base", "1.5", "", 1}},
         {"app: 1.0, but the constraint Base==1.5 excludes base 2.0"}},
        {{{"app", "1.0", "", 1}}, {ranged("base", "<2")}, {"app: 1.0, but the constraint base<2 excludes base 2.0"}},
        {{{"app", "1.0", "", 1}}, {excluded}, {}},
        {{{"app", "1.0", "", 1}}, {{"alone", "1.0", "", 1}, {"gone", "1.0", "", 1}}, {}},
        {{{"app", "1.0", "", 1}}, {{"other", "1.0", "", 1}}, {}},
        {{ranged("app", "==1.0", {"other"})},
         {{"other", "1.0", "", 1}},
         {"app: 1.0, but the constraint other==1.0 excludes other 2.0"}},
        {{ranged("alone", ">=1")}, {{"alone", "1.0", "", 1}}, {"alone: 2.0, which the constraint alone==1.0 excludes"}},
        {{{"app", "1.0", "", 1}, {"middle", "1.0", "", 2}},
         {{"base", "1.5", "", 1}},
         {"app: 1.0, but the constraint base==1.5 excludes base 2.0"}},
    };
    for (const Row& row : rows) {
        Gupfile gupfile = pinned(row.pins);
        gupfile.constraints = row.constraints;
        CAPTURE(row.drift);
        CHECK(drift_of(gupfile, with_python(distributions, "3.11")) == row.drift);
        gupfile.is_lock = true;
        CHECK(drift_of(gupfile, with_python(distributions, "3.11")).empty());
    }
}
