// SPDX-License-Identifier: Apache-2.0
#include "python/installer/broken_distributions.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

namespace gup {

using namespace test;

namespace {

// A virtualenv with records as installers leave them.
struct Records {
    Folder folder;
    ObservedVirtualenv virtualenv;

    Records() { virtualenv.path = folder.folder.path() / "venv"; }
    [[nodiscard]] fs::path site() const { return fs::path(virtualenv.path) / "lib/python3.11/site-packages"; }
    [[nodiscard]] bool has(const std::string& record) const { return is_there(site() / record); }

    void add(const std::string& record, DistributionForm form = DistributionForm::dist_info) {
        Distribution distribution;
        distribution.name = record.substr(0, record.find('-'));
        distribution.version = record.substr(record.find('-') + 1, 3);
        distribution.form = form;
        distribution.location = (site() / record).string();
        virtualenv.distributions.push_back(distribution);
    }
    void add_whole(const std::string& record) {
        add(record);
        put(site() / record / "METADATA", "Name: one\n");
        put(site() / record / "RECORD", "");
    }
    void clean(const std::string& name, const std::string& version = "1.0") const {
        REQUIRE(remove_unmanageable(virtualenv, {{{name, version, "", 1}, version, false}}).ok());
    }
};

}  // namespace

TEST_CASE("remove_leftovers: only leftovers of an interrupted pip, and only in the virtualenv") {
    Records records;
    for (const char* name : {"~ne", "~wo-1.0.dist-info"}) {
        put(records.site() / name / "file", "");
        records.virtualenv.leftovers.push_back((records.site() / name).string());
    }
    put(records.site() / "one/file", "");
    put(records.folder / "~outside", "");
    records.virtualenv.leftovers.push_back((records.site() / "one").string());
    records.virtualenv.leftovers.push_back((records.folder / "~outside").string());
    REQUIRE(remove_leftovers(records.virtualenv).ok());
    CHECK_FALSE(records.has("~ne"));
    CHECK_FALSE(records.has("~wo-1.0.dist-info"));
    CHECK(records.has("one"));
    CHECK(is_there(records.folder / "~outside"));
}

TEST_CASE("remove_unmanageable: a record that is whole stays") {
    Records records;
    records.add_whole("one-1.0.dist-info");
    records.clean("one");
    CHECK(records.has("one-1.0.dist-info"));
}

TEST_CASE("remove_unmanageable: records that pip does not see, cannot uninstall or cannot read go") {
    Records records;
    std::string record = "one-1.0.dist-info";
    SUBCASE("no METADATA") {
        records.add(record);
        put(records.site() / record / "RECORD", "");
    }
    SUBCASE("no RECORD") {
        records.add(record);
        put(records.site() / record / "METADATA", "Name: one\n");
    }
    SUBCASE("not UTF-8") {
        records.add_whole(record);
        records.virtualenv.unreadable = {(records.site() / record / "METADATA").string()};
    }
    SUBCASE("one file of distutils") {
        record = "one-1.0.egg-info";
        records.add(record, DistributionForm::egg_info);
        put(records.site() / record, "Name: one\n");
    }
    records.clean("two");
    CHECK(records.has(record));
    records.clean("One");
    CHECK_FALSE(records.has(record));
}

TEST_CASE("remove_unmanageable: a folder of egg-info, an .egg, the system's records and those elsewhere stay") {
    Records records;
    std::string record = "one-1.0.egg-info";
    fs::path location;
    SUBCASE("a folder of egg-info, which pip can uninstall") {
        records.add(record, DistributionForm::egg_info);
        put(records.site() / record / "PKG-INFO", "Name: one\n");
    }
    SUBCASE("an .egg") {
        record = "one-1.0.egg";
        records.add(record, DistributionForm::egg);
        put(records.site() / record, "PK");
    }
    SUBCASE("one of the system") {
        records.add(record, DistributionForm::egg_info);
        records.virtualenv.distributions[0].system = true;
        put(records.site() / record, "Name: one\n");
    }
    SUBCASE("one that is not below the virtualenv") {
        records.add(record, DistributionForm::egg_info);
        put(records.site() / record, "Name: one\n");
        location = records.site() / record;
        records.virtualenv.path = records.folder / "other";
    }
    if (location.empty()) location = records.site() / record;
    records.clean("one");
    CHECK(is_there(location));
}

TEST_CASE("remove_unmanageable: of several records the wanted version's stays, else the last") {
    Records records;
    for (const char* record : {"one-1.0.dist-info", "one-2.0.dist-info", "one-3.0.dist-info"}) {
        records.add_whole(record);
    }
    records.add_whole("two-1.0.dist-info");
    std::string kept = "one-2.0.dist-info";
    SUBCASE("the wanted one") {
        records.clean("one", "2.0");
    }
    SUBCASE("none is the wanted one") {
        kept = "one-3.0.dist-info";
        records.clean("one", "4.0");
    }
    for (const Distribution& one : records.virtualenv.distributions) {
        const std::string record = fs::path(one.location).filename();
        CHECK(records.has(record) == (record == kept || one.name == "two"));
    }
}

}  // namespace gup
