// SPDX-License-Identifier: Apache-2.0
#include "host/podman/podman_questions.hpp"

#include <nlohmann/json.hpp>

#include "podman_fixture.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

struct RootfulRights {
    FakePodman fake;

    [[nodiscard]] PodmanRights rights(bool may_be_rootful = true) const {
        return {.owner = {4801, 4801, "secpi", "/home/secpi"},
                .connectors = {"gw", "meter"},
                .folders = {"/etc/containers/.gup-gw.next"},
                .may_be_rootful = may_be_rootful,
                .podman = fake.podman()};
    }
    [[nodiscard]] Result<json> answer(json question) const {
        return answer_podman_question(rights(), std::move(question));
    }
};

}  // namespace

TEST_CASE("answer_podman_question: containers of root need the operator's word") {
    const RootfulRights world;
    const auto answer = answer_podman_question(world.rights(false), {{"act", "version"}});
    CHECK(code_of(answer) == ErrorCode::permission);
    CHECK(holds(answer.error().hint, "containers = \"rootful\""));
    CHECK(world.answer({{"act", "version"}}).ok());
}

TEST_CASE("answer_podman_question: of root's tags and secrets, only the connector's own") {
    const RootfulRights world;
    world.fake.answers("image-inspect", R"(echo '{"id":"aa","tags":[]}')");
    for (const char* tag : {"localhost/gup/gw/web:1", "localhost/gup/meter/web:1"}) {
        CHECK(world.answer({{"act", "tag"}, {"reference", "r/x:1"}, {"tag", tag}}).ok());
        CHECK(world.answer({{"act", "drop"}, {"tag", tag}}).ok());
    }
    for (const char* tag : {"localhost/gup/other/web:1", "docker.io/library/redis:7", "localhost/gup/gw",
                            "localhost/gup/gw2/web:1", ""}) {
        CHECK(code_of(world.answer({{"act", "tag"}, {"reference", "r/x:1"}, {"tag", tag}})) == ErrorCode::permission);
        CHECK(code_of(world.answer({{"act", "drop"}, {"tag", tag}})) == ErrorCode::permission);
    }
    CHECK(world.answer({{"act", "make_secret"}, {"name", "gup-gw-SECRET-broker-1"}, {"value", "x"}}).ok());
    for (const char* name : {"broker", "gup-gw", "gup-gw-broker-1", "gup-gw2-SECRET-broker", "gup-gw-2-SECRET-broker",
                             "gup-other-SECRET-broker"}) {
        CHECK(code_of(world.answer({{"act", "make_secret"}, {"name", name}, {"value", "x"}})) == ErrorCode::permission);
        CHECK(code_of(world.answer({{"act", "remove"}, {"kind", "secret"}, {"name", name}})) == ErrorCode::permission);
    }
}

TEST_CASE("answer_podman_question: root's Quadlet reads only the agent's own folders for a worker") {
    const RootfulRights world;
    world.fake.answers("dryrun", "exit 0");
    CHECK(world.answer({{"act", "dry_run"}, {"folder", "/etc/containers/.gup-gw.next"}}).ok());
    for (const char* folder : {"/etc/containers/systemd", "/etc/containers/.gup-gw.next/../systemd", "/", "",
                               "etc/containers/.gup-gw.next"}) {
        CHECK_MESSAGE(code_of(world.answer({{"act", "dry_run"}, {"folder", folder}})) == ErrorCode::permission, folder);
    }
}

TEST_CASE("answer_podman_question: root imports no folder of another user") {
    const RootfulRights world;
    world.fake.answers("pull", "echo aa");
    world.fake.answers("image-inspect", R"(echo '{"id":"aa","tags":[]}')");
    const json question{
        {"act", "import"}, {"folder", "/srv/x"}, {"tag", "localhost/gup/gw/web:1"}, {"timeout", 60'000}};
    CHECK(code_of(world.answer(question)) == ErrorCode::permission);
    CHECK(world.fake.calls().empty());
    PodmanRights roots = world.rights();
    roots.owner = {0, 0, "root", "/root"};
    CHECK(answer_podman_question(roots, question).ok());
    json others = question;
    others["tag"] = "localhost/gup/other/web:1";
    CHECK(code_of(answer_podman_question(roots, others)) == ErrorCode::permission);
}

TEST_CASE("answer_podman_question: unknown and malformed questions are refused") {
    const RootfulRights world;
    CHECK(code_of(world.answer({{"act", "system reset"}})) == ErrorCode::unsupported);
    CHECK(code_of(world.answer(json::object())) == ErrorCode::unsupported);
    CHECK(code_of(world.answer({{"act", 7}})) == ErrorCode::unsupported);
    CHECK_FALSE(world.answer({{"act", "find"}, {"reference", 7}}).ok());
}
