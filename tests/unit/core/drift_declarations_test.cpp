// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "drift_fixture.hpp"

using namespace gup;

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

TEST_CASE("find_drift: the connector's own folder has to be installed from where it is, not as a copy") {
    Requirement own{"meter", "", "", 1};
    own.is_editable = true;
    Distribution editable = installed("Meter", "0.1");
    editable.editable = true;
    const auto texts = [&](const std::vector<std::string>& folders) {
        ObservedVirtualenv observed = virtualenv({editable});
        observed.own_folders = folders;
        return drift_of(pinned({own}), observed);
    };
    const Texts folders{"/srv/meter", "/srv/.gup/meter/2"};
    editable.url = "file:///srv/.gup/meter/2";
    CHECK(texts(folders).empty());
    editable.url = "file:///srv/meter/";
    CHECK(texts(folders).empty());
    editable.url = "file:///srv/meter/src";
    CHECK(texts(folders).empty());
    editable.url = "file:///srv/.gup/meter/1";
    CHECK(texts(folders) == Texts{"meter: 0.1 from /srv/.gup/meter/1 (again)"});
    CHECK(texts({}).empty());
    editable.url = "file:///srv/meter2";
    CHECK(texts(folders) == Texts{"meter: 0.1 from /srv/meter2 (again)"});
    editable.editable = false;
    CHECK(texts(folders) == Texts{"meter: 0.1 as a copy (again)"});
    CHECK(drift_of(pinned({own}), virtualenv({})) == Texts{"meter: not installed"});
}

TEST_CASE("find_drift: with hashes, what a repository's distribution needs has to be there") {
    Requirement hashed = paho;
    hashed.hashes = {"sha256:00"};
    const Distribution lib = with_dependencies(library_from("https://github.com/Org/lib", "5.0.0"),
                                               {"six>=1", "old ; python_version < '3'"});
    const std::vector<Distribution> distributions{installed("paho-mqtt", "1.3.1"), lib};
    CHECK(drift_of(pinned({hashed, library}), with_python(distributions, "3.11")) ==
          Texts{"client-connector-lib: 5.0.0, which needs six>=1, and no pin names it with its hash"});
    CHECK(drift_of(pinned({paho, library}), with_python(distributions, "3.11")).empty());
    CHECK(drift_of(pinned({hashed, library}), with_python({distributions[0], lib, installed("six", "1.16.0")}, "3.11"))
              .empty());
    Gupfile lock = pinned({hashed, library});
    lock.is_lock = true;
    CHECK(drift_of(lock, with_python(distributions, "3.11")).empty());
}

TEST_CASE("find_unnamed: what a lock file does not name, except what belongs to every virtualenv or to a person") {
    Distribution system = installed("dbus", "1.0");
    system.system = true;
    Distribution editable = installed("work", "1.0");
    editable.editable = true;
    Requirement windows{"win", "1.0", "", 2};
    windows.marker = "sys_platform == 'win32'";
    Gupfile lock = pinned({{"Paho.MQTT", "9", "", 1}, windows});
    const ObservedVirtualenv observed =
        with_python({installed("paho-mqtt", "1.3.1"), installed("pip", "23"), installed("setuptools", "1"),
                     installed("wheel", "1"), installed("six", "1.16.0"), installed("Win", "1.0"), system, editable},
                    "3.11");
    CHECK(find_unnamed(lock, observed).empty());
    lock.is_lock = true;
    CHECK(find_unnamed(lock, observed) == std::vector<InstalledPackage>{{"six", "1.16.0"}, {"Win", "1.0"}});
}
