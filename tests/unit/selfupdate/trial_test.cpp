// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/self_update.hpp"

#include <doctest/doctest.h>

#include "selfupdate/trial.hpp"
#include "servers.hpp"
#include "util/crypto/digest.hpp"

namespace gup {
namespace {

using namespace test;

// A portable install with a staged new agent next to the old one.
class Portable {
public:
    Portable() {
        job.state = folder_.path() / "state";
        job.place =
            find_installation(folder_.path() / "gup-agent", job.state, "aarch64", {"/", folder_.path() / "dpkg"});
        job.version = "0.1.0";
        write_text(job.place.executable, "old");
        write_text(job.place.staged, "new");
        AgentTrial trial;
        trial.version = "0.2.0";
        trial.file = {"gup-agent-0.2.0-aarch64", 3, sha256_of("new")};
        state.trial = trial;
        state.highest_serial = 7;
        REQUIRE(write_self_update_state(job.state, state).ok());
    }

    [[nodiscard]] std::string agent() const { return read_text(job.place.executable); }
    [[nodiscard]] SelfUpdateState written() const {
        auto read = read_self_update_state(job.state);
        REQUIRE(read.ok());
        return *read;
    }

    SelfUpdateJob job;
    SelfUpdateState state;

private:
    TemporaryFolder folder_ = temporary_folder();
};

}  // namespace

TEST_CASE("begin_trial: the start is on the disk before the new agent runs") {
    Portable install;
    for (int start = 1; start <= trial_starts; ++start) {
        REQUIRE(begin_trial(install.job, install.state).ok());
        CHECK(install.written().trial->starts == start);
    }
    CHECK(install.agent() == "old");
}

TEST_CASE("finish_trial: the new agent is installed, the previous one is kept, nothing else is left") {
    Portable install;
    REQUIRE(finish_trial(install.job, install.state).ok());
    CHECK(install.agent() == "new");
    CHECK(read_text(install.job.place.previous) == "old");
    CHECK_FALSE(is_file(install.job.place.staged));
    CHECK_FALSE(install.written().trial);
    CHECK(install.written().highest_serial == 7);
}

TEST_CASE("finish_trial: a file that changed after its verification is never installed") {
    Portable install;
    write_text(install.job.place.staged, "evil");
    CHECK_FALSE(finish_trial(install.job, install.state).ok());
    CHECK(install.agent() == "old");
    CHECK_FALSE(is_file(install.job.place.staged));
    CHECK_FALSE(install.written().trial);
}

TEST_CASE("refuse_trial: the version and the reason are recorded, the new agent is removed") {
    Portable install;
    REQUIRE(refuse_trial(install.job, install.state, "it crashed").ok());
    const SelfUpdateState written = install.written();
    CHECK_FALSE(written.trial);
    REQUIRE(written.refused.size() == 1);
    CHECK(written.refused[0].version == "0.2.0");
    CHECK(written.refused[0].reason == "it crashed");
    CHECK_FALSE(is_file(install.job.place.staged));
    CHECK(install.agent() == "old");
}

TEST_CASE("clean_up_trial: a trial of a newer agent continues, one of this agent is over") {
    Portable install;
    auto settled = clean_up_trial(install.job, install.state);
    REQUIRE(settled.ok());
    CHECK(settled->empty());
    CHECK(install.state.trial);

    install.job.version = "0.2.0";  // as after a power cut behind the rename
    settled = clean_up_trial(install.job, install.state);
    REQUIRE(settled.ok());
    CHECK_FALSE(settled->empty());
    CHECK_FALSE(install.written().trial);
    CHECK_FALSE(is_file(install.job.place.staged));
}

}  // namespace gup
