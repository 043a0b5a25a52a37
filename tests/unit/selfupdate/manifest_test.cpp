// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/manifest.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "util/clock.hpp"

namespace gup {
namespace {

using nlohmann::json;

const std::string some_hash(64, 'a');

json document() {
    return {{"schema", 1},
            {"version", "0.2.0"},
            {"serial", 7},
            {"created", "2026-11-01T00:00:00Z"},
            {"expires", "2027-02-01T00:00:00Z"},
            {"targets", {{"aarch64", {{"file", "gup-agent-0.2.0-aarch64"}, {"size", 3}, {"sha256", some_hash}}}}}};
}

std::string parse_error_of(const json& changed) {
    const auto manifest = parse_release_manifest(changed.dump());
    return manifest.ok() ? "" : manifest.error().message;
}

json with(const std::string& key, const json& value) {
    json changed = document();
    changed[key] = value;
    return changed;
}

json with_target(const std::string& key, const json& value) {
    json changed = document();
    changed["targets"]["aarch64"][key] = value;
    return changed;
}

Client reader() {
    Client result;
    result.version = "0.1.0";
    result.target = "aarch64";
    result.now = *parse_utc("2026-11-21T02:00:00Z");
    result.earliest = *parse_utc("2026-10-01T00:00:00Z");
    result.highest_serial = 5;
    return result;
}

ManifestVerdict judge(const json& manifest, const Client& who) {
    const auto parsed = parse_release_manifest(manifest.dump());
    REQUIRE(parsed.ok());
    return judge_release(*parsed, who);
}

}  // namespace

TEST_CASE("parse_release_manifest: all needed values are read") {
    const auto manifest = parse_release_manifest(document().dump());
    REQUIRE(manifest.ok());
    CHECK(manifest->version == "0.2.0");
    CHECK(manifest->serial == 7);
    CHECK(manifest->expires - manifest->created == 92LL * 86'400);
    CHECK(manifest->targets.at("aarch64").file == "gup-agent-0.2.0-aarch64");
    CHECK(manifest->targets.at("aarch64").size == 3);
}

TEST_CASE("parse_release_manifest: keys of later versions are ignored") {
    CHECK(parse_error_of(with("notes", "read me")).empty());
}

TEST_CASE("parse_release_manifest: a key that is missing is named") {
    for (const std::string key : {"schema", "version", "serial", "created", "expires", "targets"}) {
        json without = document();
        without.erase(key);
        CHECK(parse_error_of(without) == "the manifest has no " + key);
    }
    for (const std::string key : {"file", "size", "sha256"}) {
        json without = document();
        without["targets"]["aarch64"].erase(key);
        CHECK(parse_error_of(without) == "the manifest has no targets.aarch64." + key);
    }
}

TEST_CASE("parse_release_manifest: an invalid key is named") {
    CHECK(parse_error_of(with("schema", 2)).find("schema must be 1") != std::string::npos);
    CHECK(parse_error_of(with("version", "2")).find("version must be") != std::string::npos);
    CHECK(parse_error_of(with("version", 2)).find("version must be a text") != std::string::npos);
    CHECK(parse_error_of(with("serial", -1)).find("serial must be a positive number") != std::string::npos);
    CHECK(parse_error_of(with("serial", 0)).find("serial must be a positive number") != std::string::npos);
    CHECK(parse_error_of(with("serial", 1.5)).find("serial must be a positive number") != std::string::npos);
    CHECK(parse_error_of(with("expires", "tomorrow")).find("expires must be a moment") != std::string::npos);
    CHECK(parse_error_of(with("expires", 1795258650)).find("expires must be a text") != std::string::npos);
    CHECK(parse_error_of(with("targets", json::array())).find("targets must be an object") != std::string::npos);
    CHECK(parse_error_of(with_target("size", "3")).find("targets.aarch64.size") != std::string::npos);
    CHECK(parse_error_of(with_target("size", 1ULL << 40U)).find("at most 256 MiB") != std::string::npos);
    CHECK(parse_error_of(with_target("sha256", "abc")).find("targets.aarch64.sha256") != std::string::npos);
    CHECK(parse_error_of(with_target("sha256", std::string(64, 'A'))).find("targets.aarch64.sha256") !=
          std::string::npos);
}

TEST_CASE("parse_release_manifest: a file that is more than a name is refused") {
    for (const char* name : {"", "../gup-agent", "a/b", "/etc/passwd", ".hidden", "a b", "a?b", "a%2fb", "a\nb"}) {
        CAPTURE(name);
        CHECK(parse_error_of(with_target("file", name)).find("targets.aarch64.file") != std::string::npos);
    }
}

TEST_CASE("parse_release_manifest: a text that is not JSON, or not an object, is refused") {
    CHECK_FALSE(parse_release_manifest("").ok());
    CHECK_FALSE(parse_release_manifest("<html>").ok());
    CHECK_FALSE(parse_release_manifest("[]").ok());
    CHECK_FALSE(parse_release_manifest(std::string(100'000, '[')).ok());
}

TEST_CASE("judge_release: a newer version for this target is an update") {
    const auto judgement = judge(document(), reader());
    CHECK(judgement.verdict == ReleaseVerdict::update);
    CHECK(judgement.message.empty());
}

TEST_CASE("judge_release: the running version is up to date, with any other targets") {
    Client who = reader();
    who.version = "0.2.0";
    who.target = "armv6";
    CHECK(judge(document(), who).verdict == ReleaseVerdict::up_to_date);
}

TEST_CASE("judge_release: an older version is refused, even with a newer serial") {
    Client who = reader();
    who.version = "0.10.0";
    const auto judgement = judge(document(), who);
    CHECK(judgement.verdict == ReleaseVerdict::older_version);
    CHECK(judgement.message.find("0.2.0") != std::string::npos);
    CHECK(judgement.message.find("0.10.0") != std::string::npos);
}

TEST_CASE("judge_release: a manifest older than a known one is refused, even with a newer version") {
    Client who = reader();
    who.highest_serial = 8;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::older_serial);
    who.highest_serial = 7;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::update);
}

TEST_CASE("judge_release: an expired manifest is refused, even if it offers the running version") {
    Client who = reader();
    who.now = *parse_utc("2027-02-01T00:00:00Z");
    CHECK(judge(document(), who).verdict == ReleaseVerdict::expired);
    who.version = "0.2.0";
    CHECK(judge(document(), who).verdict == ReleaseVerdict::expired);
    who.now -= 1;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::up_to_date);
}

TEST_CASE("judge_release: with a clock before the agent's build nothing is judged") {
    Client who = reader();
    who.now = 0;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::clock_wrong);
    who.now = who.earliest - 86'401;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::clock_wrong);
    who.now = who.earliest - 3600;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::update);
}

TEST_CASE("judge_release: a clock that is a little behind does not keep an expired manifest alive") {
    Client who = reader();
    who.earliest = *parse_utc("2027-02-01T00:00:00Z");
    who.now = who.earliest - 3600;
    CHECK(judge(document(), who).verdict == ReleaseVerdict::expired);
}

TEST_CASE("judge_release: a manifest without this agent's target is refused, and its targets are named") {
    Client who = reader();
    who.target = "arm64.deb";
    const auto judgement = judge(document(), who);
    CHECK(judgement.verdict == ReleaseVerdict::other_target);
    CHECK(judgement.message == "the manifest has version 0.2.0 for aarch64, but not for arm64.deb");
}

TEST_CASE("judge_release: a version that failed here is not tried again") {
    Client who = reader();
    who.refused = {{"0.1.9", "", 1}, {"0.2.0", "it did not finish a run in 3 starts", 2}};
    const auto judgement = judge(document(), who);
    CHECK(judgement.verdict == ReleaseVerdict::did_not_work);
    CHECK(judgement.message == "version 0.2.0 is not tried again: it did not finish a run in 3 starts");
    CHECK(judge(with("version", "0.2.1"), who).verdict == ReleaseVerdict::update);
}

}  // namespace gup
