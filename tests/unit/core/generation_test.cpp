#include "core/generation.hpp"

#include <doctest/doctest.h>

#include "connector/generation_store.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

Generation numbered(int number, const std::string& virtualenv, const std::string& previous = {}) {
    Generation one;
    one.id = "2026-11-21_02_00-main-000000" + std::to_string(number);
    one.sequence = number;
    one.commit = std::string(40, static_cast<char>('0' + number));
    one.virtualenv = virtualenv;
    one.previous = previous;
    return one;
}

std::string id(int number) {
    return numbered(number, "").id;
}

std::string own_virtualenv(int number) {
    return "/g/" + id(number) + "/.venv";
}

}  // namespace

TEST_CASE("find_current: the latest with that commit and virtualenv") {
    const std::vector<Generation> all{numbered(1, "/a"), numbered(2, "/a"), numbered(3, "/b")};
    CHECK(find_current(all, all[1].commit, "/a") == &all[1]);
    CHECK(find_current(all, all[1].commit, "/b") == nullptr);
    CHECK(find_current({}, "", "") == nullptr);
}

TEST_CASE("find_before: what the current one took the place of, else the latest before it") {
    const std::vector<Generation> all{numbered(4, "/a", id(2)), numbered(3, "/a"), numbered(2, "/a")};
    CHECK(find_before(all, &all[0])->id == id(2));
    CHECK(find_before(all, &all[1])->id == id(2));
    CHECK(find_before(all, &all[2]) == nullptr);
    CHECK(find_before(all, nullptr)->id == id(4));
    CHECK(find_before({}, nullptr) == nullptr);
}

TEST_CASE("choose_pruned: never the current one or the one before it, whatever their age") {
    std::vector<Generation> all;
    for (int i = 1; i <= 5; ++i) all.push_back(numbered(i, own_virtualenv(i)));
    all[2].previous = id(1);
    CHECK(choose_pruned(all, &all[2], {"/g", own_virtualenv(3), 2}) == std::vector{id(2), id(4), id(5)});
    CHECK(choose_pruned(all, &all[2], {"/g", own_virtualenv(3), 3}) == std::vector{id(2), id(4)});
    CHECK(choose_pruned(all, &all[4], {"/g", own_virtualenv(5), 100}).empty());
    CHECK(choose_pruned({}, nullptr, {"/g", "", 2}).empty());
}

TEST_CASE("choose_pruned: a virtualenv that another generation or the live link uses stays") {
    std::vector<Generation> all{numbered(1, own_virtualenv(1)), numbered(2, own_virtualenv(2)),
                                numbered(3, own_virtualenv(2), id(2)), numbered(4, own_virtualenv(2), id(3)),
                                numbered(5, own_virtualenv(2), id(4))};
    CHECK(choose_pruned(all, &all[4], {"/g", own_virtualenv(2), 2}) == std::vector{id(1), id(3)});
    CHECK(choose_pruned(all, &all[4], {"/g", own_virtualenv(1), 2}) == std::vector{id(3)});
}

TEST_CASE("known_ids: all of them, or what to say when there is none") {
    Generation one;
    one.id = "a";
    Generation two;
    two.id = "b";
    CHECK(known_ids({one, two}, "none") == "there are: a, b");
    CHECK(known_ids({}, "none") == "none");
}

TEST_CASE("id_time: to the minute, as a folder can be called") {
    CHECK(id_time("2026-11-21T02:00:59Z") == "2026-11-21_02_00");
    CHECK(id_time("2026-11-21T02:00:59+0100") == "2026-11-21_02_00");
}

TEST_CASE("folder_name_of and is_generation_name: what may be a folder's name") {
    CHECK(folder_name_of("2026-11-21_02_00-feature/x y-e9b167f") == "2026-11-21_02_00-feature-x-y-e9b167f");
    CHECK(is_generation_name("2026-11-21_02_00-main-e9b167f"));
    CHECK_FALSE(is_generation_name("shared"));
    CHECK_FALSE(is_generation_name("2026-11-21_02_00"));
}

TEST_CASE("list_generations: what was written, the latest first; damage and strangers are none") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    for (const int number : {1, 2, 3}) {
        fs::create_directories(folder.path() / id(number));
        Generation one = numbered(number, own_virtualenv(number), "p");
        one.pins = {{"one", "1.0", "git+https://token:secret@example.org/x", 3}};
        REQUIRE(write_generation(folder.path(), one).ok());
    }
    REQUIRE(write_file_atomically(folder.path() / id(2) / "generation.json", "{").ok());
    fs::create_directories(folder.path() / "shared");
    const auto found = list_generations(folder.path(), "/place");
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == id(3));
    CHECK(found[1].virtualenv == own_virtualenv(1));
    CHECK(found[1].pins[0].version == "1.0");
    CHECK(found[1].pins[0].source.find("secret") == std::string::npos);
}

TEST_CASE("sweep_generations: what has no generation.json goes, but not what the place leads into") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    for (const int number : {1, 2, 3}) fs::create_directories(folder.path() / id(number) / ".venv");
    fs::create_directories(folder.path() / "shared");
    REQUIRE(write_generation(folder.path(), numbered(1, "")).ok());
    const fs::path place = folder.path() / "place";
    fs::create_symlink(folder.path() / id(3) / ".venv", place);
    const auto removed = sweep_generations(folder.path(), place);
    CHECK(removed == std::vector{folder.path() / id(2)});
    CHECK(is_folder(folder.path() / id(3)));
    CHECK(is_folder(folder.path() / "shared"));
}

TEST_CASE("free_generation_id: the name, or the next number behind it") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    CHECK(free_generation_id(folder.path(), id(1)) == id(1));
    fs::create_directories(folder.path() / id(1));
    fs::create_directories(folder.path() / (id(1) + "-2"));
    CHECK(free_generation_id(folder.path(), id(1)) == id(1) + "-3");
}

}  // namespace gup
