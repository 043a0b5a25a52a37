// SPDX-License-Identifier: Apache-2.0
#include "core/generation.hpp"

#include <doctest/doctest.h>

#include "generation_fixture.hpp"

namespace gup {
TEST_CASE("find_current: the latest with that commit and virtualenv") {
    const std::vector<Generation> all{numbered(1, "/a"), numbered(2, "/a"), numbered(3, "/b")};
    CHECK(find_current(all, all[1].commit, "/a") == &all[1]);
    CHECK(find_current(all, all[1].commit, "/b") == nullptr);
    CHECK(find_current({}, "", "") == nullptr);
}

TEST_CASE("find_before: the one that the current one replaced, else the latest before it") {
    const std::vector<Generation> all{numbered(4, "/a", numbered_id(2)), numbered(3, "/a"), numbered(2, "/a")};
    CHECK(find_before(all, &all[0])->id == numbered_id(2));
    CHECK(find_before(all, &all[1])->id == numbered_id(2));
    CHECK(find_before(all, &all[2]) == nullptr);
    CHECK(find_before(all, nullptr)->id == numbered_id(4));
    CHECK(find_before({}, nullptr) == nullptr);
}

TEST_CASE("choose_pruned: never the current one or the one before it, at any age") {
    std::vector<Generation> all;
    for (int i = 1; i <= 5; ++i) all.push_back(numbered(i, own_virtualenv(i)));
    all[2].previous = numbered_id(1);
    CHECK(choose_pruned(all, &all[2], {"/g", own_virtualenv(3), 2}) ==
          std::vector{numbered_id(2), numbered_id(4), numbered_id(5)});
    CHECK(choose_pruned(all, &all[2], {"/g", own_virtualenv(3), 3}) == std::vector{numbered_id(2), numbered_id(4)});
    CHECK(choose_pruned(all, &all[4], {"/g", own_virtualenv(5), 100}).empty());
    CHECK(choose_pruned({}, nullptr, {"/g", "", 2}).empty());
}

TEST_CASE("choose_pruned: a virtualenv that another generation or the live link uses stays") {
    std::vector<Generation> all{
        numbered(1, own_virtualenv(1)), numbered(2, own_virtualenv(2)), numbered(3, own_virtualenv(2), numbered_id(2)),
        numbered(4, own_virtualenv(2), numbered_id(3)), numbered(5, own_virtualenv(2), numbered_id(4))};
    CHECK(choose_pruned(all, &all[4], {"/g", own_virtualenv(2), 2}) == std::vector{numbered_id(1), numbered_id(3)});
    CHECK(choose_pruned(all, &all[4], {"/g", own_virtualenv(1), 2}) == std::vector{numbered_id(3)});
}

TEST_CASE("known_ids: all of them, or the given text if there is none") {
    Generation one;
    one.id = "a";
    Generation two;
    two.id = "b";
    CHECK(known_ids({one, two}, "none") == "use one of: a, b");
    CHECK(known_ids({}, "none") == "none");
}

TEST_CASE("id_time: to the minute, in a form for folder names") {
    CHECK(id_time("2026-11-21T02:00:59Z") == "2026-11-21_02_00");
    CHECK(id_time("2026-11-21T02:00:59+0100") == "2026-11-21_02_00");
}

TEST_CASE("folder_name_of and is_generation_name: valid names of folders") {
    CHECK(folder_name_of("2026-11-21_02_00-feature/x y-e9b167f") == "2026-11-21_02_00-feature-x-y-e9b167f");
    CHECK(is_generation_name("2026-11-21_02_00-main-e9b167f"));
    CHECK_FALSE(is_generation_name("shared"));
    CHECK_FALSE(is_generation_name("2026-11-21_02_00"));
}

TEST_CASE("find_current: the latest, in any order") {
    std::vector<Generation> all{numbered(2, "/a"), numbered(3, "/a"), numbered(1, "/a")};
    for (Generation& one : all) one.commit = "c";
    CHECK(find_current(all, "c", "/a") == &all[1]);
    CHECK(find_current(all, "d", "/a") == nullptr);
}

TEST_CASE("find_generation: by its id") {
    const std::vector<Generation> all{numbered(1, "/a"), numbered(2, "/a")};
    CHECK(find_generation(all, numbered_id(2)) == &all[1]);
    CHECK(find_generation(all, numbered_id(3)) == nullptr);
}

TEST_CASE("folder_name_of: of all bytes, letters, digits and . _ - stay") {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        const std::string expected{'x', plain.find(c) != std::string_view::npos ? c : '-'};
        CHECK(folder_name_of(std::string{'x', c}) == expected);
    }
    CHECK(folder_name_of(std::string(201, 'x')) == std::string(200, 'x'));
}

TEST_CASE("is_generation_name: a time and something behind it, digit by digit") {
    const std::string name = "2026-11-21_02_00-";
    CHECK(is_generation_name(name));
    CHECK(is_generation_name("0909-09-09_09_09-9"));
    CHECK_FALSE(is_generation_name(name + "a/b"));
    for (std::size_t i = 0; i < name.size(); ++i) {
        for (const char wrong : {'/', ':', 'x', '.'}) {
            std::string changed = name;
            changed[i] = wrong;
            CHECK_FALSE_MESSAGE(is_generation_name(changed), changed);
        }
    }
}

}  // namespace gup
