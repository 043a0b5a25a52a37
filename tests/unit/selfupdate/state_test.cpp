#include "selfupdate/self_update.hpp"

#include <doctest/doctest.h>

#include "selfupdate/trial.hpp"
#include "servers.hpp"
#include "util/crypto/digest.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using namespace test;

// A portable install with a new agent made ready beside the old one.
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

TEST_CASE("read_self_update_state: what was written comes back, and nothing is an empty state") {
    const auto folder = temporary_folder();
    const auto nothing = read_self_update_state(folder.path());
    REQUIRE(nothing.ok());
    CHECK(nothing->highest_serial == 0);
    CHECK_FALSE(nothing->trial);

    SelfUpdateState state;
    state.highest_serial = 18'000'000'000'000'000'000U;
    state.newest_created = 4'102'444'800;
    state.settled = CachedManifest{"reader", "\"etag\"", "yesterday", "hash", 5'000'000'000, "message", "hint"};
    state.trial = AgentTrial{"0.2.0", 9, {"file", 12, "abc"}, 2, true, 1};
    state.refused = {{"0.1.9", "it \"crashed\"\n", 1'795'258'650}};
    REQUIRE(write_self_update_state(folder.path(), state).ok());
    const auto read = read_self_update_state(folder.path());
    REQUIRE(read.ok());
    CHECK(read->highest_serial == state.highest_serial);
    CHECK(read->newest_created == state.newest_created);
    CHECK(read->settled->etag == "\"etag\"");
    CHECK(read->settled->expires == 5'000'000'000);
    CHECK(read->trial->file.size == 12);
    CHECK(read->trial->starts == 2);
    CHECK(read->trial->proven);
    CHECK(read->trial->installs == 1);
    CHECK(read->refused.at(0).reason == "it \"crashed\"\n");
}

TEST_CASE("write_self_update_state: what is the same is not written again") {
    const auto folder = temporary_folder();
    SelfUpdateState state;
    state.highest_serial = 7;
    REQUIRE(write_self_update_state(folder.path(), state).ok());
    const auto before = file_info(self_update_file(folder.path()));
    REQUIRE(write_self_update_state(folder.path(), state).ok());
    const auto after = file_info(self_update_file(folder.path()));
    CHECK((*before)->inode == (*after)->inode);
    CHECK((*before)->modified_ns == (*after)->modified_ns);
}

TEST_CASE("read_self_update_state: what makes no sense is corrupt, not empty") {
    const auto folder = temporary_folder();
    for (const char* text : {"", "{", "[]", "{}", R"({"schema": 2})", R"({"schema": 1})",
                             R"({"schema":1,"highest_serial":"x","newest_created":0,"refused":[]})"}) {
        CAPTURE(text);
        write_text(self_update_file(folder.path()), text);
        const auto read = read_self_update_state(folder.path());
        REQUIRE_FALSE(read.ok());
        CHECK(read.error().code == ErrorCode::corrupt);
    }
}

TEST_CASE("begin_trial: the start is on the disk before it happens") {
    Portable install;
    for (int start = 1; start <= trial_starts; ++start) {
        REQUIRE(begin_trial(install.job, install.state).ok());
        CHECK(install.written().trial->starts == start);
    }
    CHECK(install.agent() == "old");
}

TEST_CASE("finish_trial: the new agent has the name, the one before is kept, nothing else is left") {
    Portable install;
    REQUIRE(finish_trial(install.job, install.state).ok());
    CHECK(install.agent() == "new");
    CHECK(read_text(install.job.place.previous) == "old");
    CHECK_FALSE(is_file(install.job.place.staged));
    CHECK_FALSE(install.written().trial);
    CHECK(install.written().highest_serial == 7);
}

TEST_CASE("finish_trial: what is not what was verified any more never takes the name") {
    Portable install;
    write_text(install.job.place.staged, "evil");
    CHECK_FALSE(finish_trial(install.job, install.state).ok());
    CHECK(install.agent() == "old");
    CHECK_FALSE(is_file(install.job.place.staged));
    CHECK_FALSE(install.written().trial);
}

TEST_CASE("refuse_trial: the version and the reason are remembered, the new agent is gone") {
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

TEST_CASE("settle_trial: a trial of a newer agent goes on, one of this agent is over") {
    Portable install;
    auto settled = clean_up_trial(install.job, install.state);
    REQUIRE(settled.ok());
    CHECK(settled->empty());
    CHECK(install.state.trial);

    install.job.version = "0.2.0";  // a power cut came after the rename
    settled = clean_up_trial(install.job, install.state);
    REQUIRE(settled.ok());
    CHECK_FALSE(settled->empty());
    CHECK_FALSE(install.written().trial);
    CHECK_FALSE(is_file(install.job.place.staged));
}

TEST_CASE("find_agent_place: packaged is what dpkg's list names, anything else is portable") {
    const auto folder = temporary_folder();
    const DpkgPaths dpkg{folder.path(), folder.path() / "var/lib/dpkg"};
    REQUIRE(make_folders(dpkg.admin / "info").ok());
    const fs::path agent = folder.path() / "usr/bin/gup-agent";
    CHECK(find_installation(agent, "/state", "x86_64", dpkg).kind == InstallKind::portable);

    write_text(dpkg.admin / "info/gup-agent.list", "/.\n/usr\n/usr/bin\n/usr/bin/gup-agent\n");
    const Installation packaged = find_installation(agent, "/state", "x86_64", dpkg);
    CHECK(packaged.kind == InstallKind::packaged);
    CHECK(packaged.target == "amd64.deb");
    CHECK(packaged.staged == "/state/self-update/package/usr/bin/gup-agent");
    CHECK(find_installation(agent, "/state", "aarch64", dpkg).target == "arm64.deb");
    CHECK(find_installation(agent, "/state", "armhf", dpkg).target == "armhf.deb");

    const Installation portable = find_installation("/srv/gup-agent/gup-agent", "/state", "armv6", dpkg);
    CHECK(portable.kind == InstallKind::portable);
    CHECK(portable.target == "armv6");
    CHECK(portable.staged == "/srv/gup-agent/.gup-agent.new");
    CHECK(portable.previous == "/srv/gup-agent/gup-agent.previous");
    CHECK(find_installation(folder.path() / "usr/bin/gup", "/state", "x86_64", dpkg).kind == InstallKind::portable);
}

}  // namespace gup
