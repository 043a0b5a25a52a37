// SPDX-License-Identifier: Apache-2.0
#include "util/http/data_budget.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

using namespace gup;

namespace {

class DayClock final : public Clock {
public:
    UnixTime time = 1'780'000'000;
    [[nodiscard]] UnixTime now() const override { return time; }
    [[nodiscard]] Milliseconds monotonic() const override { return Milliseconds{0}; }
};

constexpr UnixTime one_day = 86'400;

}  // namespace

TEST_CASE("DataBudget: without limits everything is allowed and no file is written") {
    const auto folder = TemporaryFolder::make();
    const fs::path file = folder->path() / "data";
    DataBudget budget({0, 0, 0}, file, DataBudget::Keep::yes);
    CHECK(budget.admit().ok());
    CHECK(budget.spend(1'000'000'000).ok());
    CHECK(budget.save().ok());
    CHECK_FALSE(is_file(file));
}

TEST_CASE("DataBudget: the bytes of one run are counted in the next one of the same day, but not on the next day") {
    const auto folder = TemporaryFolder::make();
    const fs::path file = folder->path() / "data";
    DayClock clock;
    {
        DataBudget budget({0, 1000}, file, DataBudget::Keep::yes, clock);
        CHECK(budget.spend(600).ok());
        CHECK(budget.save().ok());
    }
    DataBudget later({0, 1000}, file, DataBudget::Keep::yes, clock);
    CHECK(later.used() == 600);
    CHECK(later.admit().ok());
    CHECK(later.spend(400).ok());
    const auto full = later.admit();
    REQUIRE_FALSE(full.ok());
    CHECK(DataBudget::is_refusal(full.error()));
    CHECK(full.error().message == "1000 B of the daily limit of 1000 B are used");
    CHECK_FALSE(DataBudget::is_refusal({ErrorCode::busy, "index.lock exists", {}}));
    clock.time += one_day;
    CHECK(DataBudget({0, 1000}, file, DataBudget::Keep::yes, clock).used() == 0);
}

TEST_CASE("DataBudget: a download ends when it exceeds the day's limit, unless the limit is lifted") {
    const auto folder = TemporaryFolder::make();
    DataBudget budget({0, 1000}, folder->path() / "data", DataBudget::Keep::yes);
    CHECK(budget.spend(1000).ok());
    CHECK_FALSE(budget.spend(1).ok());
    budget.lift();
    CHECK(budget.admit().ok());
    CHECK(budget.spend(5000).ok());
    CHECK(budget.used() == 6001);
}

TEST_CASE("DataBudget: a run that must not write writes nothing, and neither does one without downloads") {
    const auto folder = TemporaryFolder::make();
    const fs::path file = folder->path() / "data";
    DataBudget only_looks({0, 1000}, file, DataBudget::Keep::no);
    CHECK(only_looks.spend(10).ok());
    CHECK(only_looks.save().ok());
    DataBudget idle({0, 1000}, file, DataBudget::Keep::yes);
    CHECK(idle.save().ok());
    CHECK_FALSE(is_file(file));
}

TEST_CASE("DataBudget: an invalid file means no bytes") {
    const auto folder = TemporaryFolder::make();
    const fs::path file = folder->path() / "data";
    DayClock clock;
    for (const char* text : {"", "x", "# What was downloaded on one day, in bytes. May be deleted.\n2026-", "\n\n\n"}) {
        REQUIRE(write_file_atomically(file, text).ok());
        CHECK(DataBudget({0, 1000}, file, DataBudget::Keep::yes, clock).used() == 0);
    }
}

TEST_CASE("DataBudget: one run has a limit that includes questions, and that lift() keeps") {
    const auto folder = TemporaryFolder::make();
    const fs::path file = folder->path() / "data";
    DataBudget budget({0, 10'000, 1000}, file, DataBudget::Keep::yes);
    CHECK(budget.spend(400).ok());
    CHECK(budget.spend(600, DataBudget::Kind::question).ok());
    CHECK(budget.used() == 400);
    budget.lift();
    const auto full = budget.spend(1, DataBudget::Kind::question);
    REQUIRE_FALSE(full.ok());
    CHECK(full.error().message == "1001 B of one run's limit of 1000 B are used");
    CHECK(full.error().hint.find("network.max-bytes-per-run") != std::string::npos);
    CHECK(full.error().cause == Cause::limit);
    CHECK_FALSE(DataBudget::is_refusal(full.error()));
    CHECK_FALSE(is_worth_a_retry(full.error()));
    CHECK_FALSE(budget.admit().ok());
    CHECK(DataBudget({0, 0, 1000}, file, DataBudget::Keep::no).admit().ok());
    CHECK(DataBudget({0, 0, 0}, file, DataBudget::Keep::no).spend(1ULL << 40U).ok());
}

TEST_CASE("DataBudget: what workers downloaded is added to the day, and never more than a number can have") {
    const auto folder = TemporaryFolder::make();
    const fs::path file = folder->path() / "data";
    DayClock clock;
    REQUIRE(DataBudget::note_downloaded(file, 100, clock).ok());
    REQUIRE(DataBudget::note_downloaded(file, 23, clock).ok());
    CHECK(DataBudget({0, 1000, 0}, file, DataBudget::Keep::yes, clock).used() == 123);
    REQUIRE(DataBudget::note_downloaded(file, UINT64_MAX, clock).ok());
    REQUIRE(DataBudget::note_downloaded(file, 5, clock).ok());
    CHECK(DataBudget({0, 1000, 0}, file, DataBudget::Keep::yes, clock).used() > 1000);
    CHECK_FALSE(DataBudget::note_downloaded(folder->path() / "missing/data", 1, clock).ok());
}
