// SPDX-License-Identifier: Apache-2.0
#include "connector/layout.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "fixture.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A root with generations of one connector: two releases with their own code, and two that share its folder.
struct Store {
    Folder folder;
    fs::path root = folder / "root";
    ConnectorLayout site;

    Store() {
        site.name = "meter";
        site.link = root / "meter";
        site.folder = root / ".gup/meter";
        site.place.path = root / ".pyenv/meter";
        add("2026-11-20_02_00-main-aaaaaaa", 1);
        add("2026-11-21_02_00-main-bbbbbbb", 2);
        add("1.0", 3);
        add("1.1", 4);
        for (const char* release : {"1.0", "1.1"}) put(site.folder / release / gupfile_name, "");
        put(site.folder / "1.2" / gupfile_name, "");  // without a record it is not a generation
    }
    void add(const std::string& id, std::int64_t sequence) const {
        fs::create_directories(site.folder / id);
        Generation one;
        one.id = id;
        one.sequence = sequence;
        REQUIRE(write_generation(site.folder, one).ok());
    }
    [[nodiscard]] std::vector<std::string> ids(Layout layout) const {
        std::vector<std::string> ids;
        for (const Generation& one : list_generations(site, layout)) ids.push_back(one.id);
        return ids;
    }
};

}  // namespace

TEST_CASE("list_generations: each layout has its own, the latest first") {
    const Store store;
    CHECK(store.ids(Layout::releases) == std::vector<std::string>{"1.1", "1.0"});
    CHECK(store.ids(Layout::in_place) ==
          std::vector<std::string>{"2026-11-21_02_00-main-bbbbbbb", "2026-11-20_02_00-main-aaaaaaa"});
}

TEST_CASE("layout_at: a link to a release is the releases layout, even if the release does not exist") {
    const Store store;
    CHECK(layout_at(store.root, "meter") == Layout::in_place);
    fs::create_symlink(release_link_text(store.site, "1.1"), store.site.link);
    CHECK(layout_at(store.root, "meter") == Layout::releases);
    CHECK(is_releases_layout(store.root, "meter"));
    fs::remove_all(store.site.folder / "1.1");
    CHECK(layout_at(store.root, "meter") == Layout::releases);
    CHECK_FALSE(is_releases_layout(store.root, "meter"));
}

TEST_CASE("find_current: the enabled release, or the generation of the commit that is checked out") {
    const Store store;
    Observation observation;
    observation.release = "1.0";
    const auto releases = list_generations(store.site, Layout::releases);
    REQUIRE(find_current(releases, observation, Layout::releases) != nullptr);
    CHECK(find_current(releases, observation, Layout::releases)->id == "1.0");
    observation.release = "1.2";
    CHECK(find_current(releases, observation, Layout::releases) == nullptr);
}

TEST_CASE("remove_empty_generations_folder: only a folder of generations is removed") {
    const Folder folder;
    fs::create_directories(folder / "root/.gup/meter");
    remove_empty_generations_folder(folder / "root");
    CHECK(is_folder(folder / "root"));
    remove_empty_generations_folder(folder / "root/.gup/meter");
    CHECK_FALSE(is_there(folder / "root/.gup"));
}
