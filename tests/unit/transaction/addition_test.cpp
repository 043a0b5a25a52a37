#include "transaction/addition.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "transaction/recovery.hpp"
#include "util/sys/directory.hpp"

using namespace gup;

namespace {

// A gateway on which a connector is being added.
struct AdditionSite {
    TemporaryFolder folder = TemporaryFolder::make().value();
    UpdateSettings settings;
    fs::path target;
    fs::path virtualenv;

    AdditionSite() {
        settings.root = folder.path() / "root";
        settings.state = folder.path() / "state";
        REQUIRE(make_folders(settings.root).ok());
        target = settings.root / "meter";
        virtualenv = settings.root / ".pyenv/meter";
    }

    [[nodiscard]] Addition begin() const {
        return Addition::begin(settings.state, "meter", owner_of(settings.root).value()).value();
    }
    [[nodiscard]] std::vector<std::string> in_root() const { return list_folder(settings.root).value(); }
};

void fill(const fs::path& folder) {
    REQUIRE(make_folders(folder / "deep/er").ok());
    REQUIRE(write_file_atomically(folder / "deep/er/file", "1\n").ok());
}

}  // namespace

TEST_CASE("Addition: what is published is there, and nothing else") {
    const AdditionSite place;
    Addition addition = place.begin();
    REQUIRE(addition.make_folder(place.target).ok());
    CHECK(addition.folder().parent_path() == place.settings.root);
    CHECK(addition.folder().filename().string().starts_with("."));
    fill(addition.folder());
    REQUIRE(addition.make_virtualenv_folder(place.virtualenv).ok());
    REQUIRE(addition.publish().ok());
    CHECK(place.in_root() == std::vector<std::string>{".pyenv", "meter"});
    CHECK(is_file(place.target / "deep/er/file"));
    CHECK(journals(place.settings.state).empty());
}

TEST_CASE("Addition: a failure takes everything back, and says the cause") {
    const AdditionSite place;
    Addition addition = place.begin();
    REQUIRE(addition.pin(place.settings.state / "known_hosts", "h ssh-ed25519 AAAA").ok());
    REQUIRE(addition.make_folder(place.target).ok());
    fill(addition.folder());
    REQUIRE(addition.make_virtualenv_folder(place.virtualenv).ok());
    fill(place.virtualenv);
    const Error error = addition.undo({ErrorCode::failed, "no such pin", "another one"});
    CHECK(error.message == "no such pin");
    CHECK(error.hint == "another one");
    CHECK(place.in_root().empty());
    CHECK(!is_file(place.settings.state / "known_hosts"));
    CHECK(journals(place.settings.state).empty());
}

TEST_CASE("recover_connector: an addition that was interrupted anywhere is taken back") {
    for (int steps = 0; steps <= 3; ++steps) {
        const AdditionSite place;
        {
            Addition addition = place.begin();
            if (steps > 0) REQUIRE(addition.pin(place.settings.state / "known_hosts", "h ssh-ed25519 AAAA").ok());
            if (steps > 1) REQUIRE(addition.make_folder(place.target).ok());
            if (steps > 1) fill(addition.folder());
            if (steps > 2) REQUIRE(addition.make_virtualenv_folder(place.virtualenv).ok());
        }
        const auto recovered = recover_connector(place.settings, "meter");
        REQUIRE(recovered.ok());
        CHECK(place.in_root().empty());
        CHECK(!is_file(place.settings.state / "known_hosts"));
        CHECK(journals(place.settings.state).empty());
    }
}

TEST_CASE("recover_connector: an addition whose rename came through stays") {
    const AdditionSite place;
    JournalStep virtualenv{"add_environment", {{"path", place.virtualenv.string()}, {"uid", "0"}, {"gid", "0"}}};
    const JournalStep publish{
        "publish", {{"path", (place.settings.root / ".gup-add-meter.x").string()}, {"to", place.target.string()}}};
    fill(place.target);
    fill(place.virtualenv);
    {
        auto journal = Journal::begin(place.settings.state, "id", "meter");
        REQUIRE(journal->step(virtualenv).ok());
        REQUIRE(journal->step(publish).ok());
    }
    REQUIRE(recover_connector(place.settings, "meter").ok());
    CHECK(is_file(place.target / "deep/er/file"));
    CHECK(is_file(place.virtualenv / "deep/er/file"));
    CHECK(journals(place.settings.state).empty());
}

TEST_CASE("Addition: what somebody put there meanwhile is neither taken nor removed") {
    const AdditionSite place;
    Addition addition = place.begin();
    REQUIRE(addition.make_folder(place.target).ok());
    fill(place.virtualenv);
    const auto taken = addition.make_virtualenv_folder(place.virtualenv);
    REQUIRE(!taken.ok());
    (void)addition.undo(taken.error());
    CHECK(is_file(place.virtualenv / "deep/er/file"));

    Addition second = place.begin();
    REQUIRE(second.make_folder(place.target).ok());
    fill(place.target);
    const auto published = second.publish();
    REQUIRE(!published.ok());
    (void)second.undo(published.error());
    CHECK(place.in_root() == std::vector<std::string>{".pyenv", "meter"});
}

TEST_CASE("Addition: a host key that was trusted before stays trusted") {
    const AdditionSite place;
    const fs::path file = place.settings.state / "known_hosts";
    Addition addition = place.begin();
    REQUIRE(write_file_atomically(file, "h ssh-ed25519 AAAA\n").ok());
    REQUIRE(addition.pin(file, "h ssh-ed25519 AAAA").ok());
    (void)addition.undo({ErrorCode::failed, "x", {}});
    CHECK(is_file(file));
}
