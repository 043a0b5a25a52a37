// SPDX-License-Identifier: Apache-2.0
#include "core/quarantine.hpp"

#include <doctest/doctest.h>

using namespace gup;

namespace {

const std::string quarantined_commit(40, 'a');

Release release(const std::string& commit = quarantined_commit) {
    return {commit, {{"paho-mqtt", "1.3.1", "", 1}, {"lib", "5.0.0", "git+https://token:secret@h/lib.git", 2}}};
}

QuarantinedRelease entry(const Release& of, std::int64_t since = 100) {
    return {of, "smart-meter.service did not stay active", since};
}

}  // namespace

TEST_CASE("find_quarantined: the same commit with the same pins is not tried again") {
    const std::vector<QuarantinedRelease> quarantine{entry(release())};
    REQUIRE(find_quarantined(quarantine, release()) != nullptr);
    CHECK(find_quarantined(quarantine, release())->since == 100);
    CHECK(find_quarantined({}, release()) == nullptr);
}

TEST_CASE("find_quarantined: neither the order of the pins, nor their spelling, nor secrets make another release") {
    Release other = release();
    std::swap(other.pins[0], other.pins[1]);
    other.pins[0].source = "git+https://token:another@h/lib.git";
    other.pins[1].name = "Paho_MQTT";
    CHECK(find_quarantined({entry(release())}, other) != nullptr);
}

TEST_CASE("find_quarantined: another commit, version, source or pin is another release") {
    const std::vector<QuarantinedRelease> quarantine{entry(release())};
    CHECK(find_quarantined(quarantine, release(std::string(40, 'b'))) == nullptr);
    Release other = release();
    other.pins[0].version = "1.3.2";
    CHECK(find_quarantined(quarantine, other) == nullptr);
    other = release();
    other.pins[1].source = "git+https://h/fork.git";
    CHECK(find_quarantined(quarantine, other) == nullptr);
    other = release();
    other.pins.pop_back();
    CHECK(find_quarantined(quarantine, other) == nullptr);
}

TEST_CASE(
    "find_quarantined: other settings of containers are tried again, and those of a release of a person are not") {
    struct Row {
        const char* what;
        const char* failed;
        const char* now;
        bool by_hand;
        bool is_of_containers;
        bool is_found;
    };
    const Row table[]{
        {"the same settings", "ab12", "ab12", false, false, true},
        {"a corrected variable", "ab12", "cd34", false, false, false},
        {"the first settings of all", "", "cd34", false, false, false},
        {"no settings any more", "ab12", "", false, false, false},
        {"the same image again", "ab12c0ffee", "ab12c0ffee", false, true, true},
        {"another image at the tag", "ab12c0ffee", "ab12c0ffef", false, true, false},
        {"taken back by a person, then other settings", "ab12", "cd34", true, false, true},
        {"settings taken back by a person", "ab12", "ab12", true, true, true},
        {"settings taken back by a person, then others", "ab12", "cd34", true, true, false},
    };
    for (const Row& row : table) {
        CAPTURE(row.what);
        QuarantinedRelease failed = entry(release());
        failed.release.settings = row.failed;
        failed.by_hand = row.by_hand;
        failed.is_of_containers = row.is_of_containers;
        Release target = release();
        target.settings = row.now;
        CHECK((find_quarantined({failed}, target) != nullptr) == row.is_found);
        CHECK(is_quarantined({failed}, target) == !row.is_of_containers);
    }
}

TEST_CASE("display: settings that failed do not make the running commit bad") {
    QuarantinedRelease failed = entry(release());
    CHECK(display(failed) == "aaaaaaa was rolled back: smart-meter.service did not stay active");
    CHECK(quarantine_hint(failed, "gw").starts_with("it is skipped until a newer release appears"));
    failed.is_of_containers = true;
    CHECK(display(failed).starts_with("another state of its containers was rolled back: "));
    CHECK(quarantine_hint(failed, "gw").starts_with("it is skipped until a setting, an image or the release changes"));
}

TEST_CASE("add_quarantined: one commit may fail with several settings, and a success forgets all of them") {
    QuarantinedRelease failed = entry(release());
    std::vector<QuarantinedRelease> quarantine{failed};
    failed.release.settings = "ab12";
    quarantine = add_quarantined(std::move(quarantine), failed);
    CHECK(quarantine.size() == 2);
    CHECK(add_quarantined(quarantine, failed).size() == 2);
    CHECK(without_release(quarantine, release()).empty());
}

TEST_CASE("add_quarantined: the newest is first, each release is there once, and old ones are dropped") {
    std::vector<QuarantinedRelease> quarantine;
    for (char c = 'a'; c <= 'g'; ++c) quarantine = add_quarantined(quarantine, entry(release(std::string(40, c)), c));
    CHECK(quarantine.size() == quarantine_limit);
    CHECK(quarantine.front().since == 'g');
    CHECK(quarantine.back().since == 'c');
    quarantine = add_quarantined(quarantine, entry(release(std::string(40, 'd')), 500));
    CHECK(quarantine.size() == quarantine_limit);
    CHECK(quarantine.front().since == 500);
    CHECK(find_quarantined(quarantine, release(std::string(40, 'd')))->since == 500);
}

TEST_CASE("without_release: a release that became healthy is tried again") {
    const std::vector<QuarantinedRelease> quarantine{entry(release()), entry(release(std::string(40, 'b')))};
    const auto left = without_release(quarantine, release());
    CHECK(find_quarantined(left, release()) == nullptr);
    CHECK(left.size() == 1);
}

TEST_CASE("display: a quarantined release is shown with its commit and the reason of its rollback") {
    CHECK(display(entry(release())) == "aaaaaaa was rolled back: smart-meter.service did not stay active");
}
