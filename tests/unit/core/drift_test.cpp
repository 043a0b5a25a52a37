// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "drift_fixture.hpp"

using namespace gup;

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
