// SPDX-License-Identifier: Apache-2.0
#include "python/installer/hash_checking.hpp"

#include <doctest/doctest.h>

#include <sstream>
#include <string>
#include <vector>

namespace gup {
namespace {

// Output of pip 23.0 and uv 0.13, with short hashes.
constexpr const char* mismatch_by_pip =
    "Collecting gup-one==1.0 (from -r requirements.txt (line 1))\n"
    "  Downloading http://127.0.0.1/gup-one/gup_one-1.0-py3-none-any.whl (918 bytes)\n"
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package "
    "versions, "
    "please update the hashes. Otherwise, examine the package contents carefully; someone may have tampered with "
    "them.\n"
    "    gup-one==1.0 from http://127.0.0.1/gup-one/gup_one-1.0-py3-none-any.whl (from -r requirements.txt (line 1)):\n"
    "        Expected sha256 aaaa\n"
    "        Expected     or bbbb\n"
    "             Got        f073\n"
    "\n";
constexpr const char* mismatch_by_uv =
    "Resolved 2 packages in 11ms\n"
    "error: Failed to download `gup-one==1.0`\n"
    "  cause: Hash mismatch for `gup-one==1.0`\n"
    "\n"
    "         Expected:\n"
    "           sha256:aaaa\n"
    "           sha256:bbbb\n"
    "\n"
    "         Computed:\n"
    "           sha256:f073\n";

std::vector<std::string> lines_in(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

Requirement hashed(const std::string& name, const std::string& version = "1.0") {
    Requirement requirement{name, version, "", 1};
    requirement.hashes = {"sha256:aaaa"};
    return requirement;
}

std::vector<Blame> failures_of(const std::string& output, const std::vector<std::string>& names) {
    std::vector<Requirement> pins;
    for (const std::string& name : names) pins.push_back(hashed(name));
    return read_hash_failures(lines_in(output), pins);
}

}  // namespace

TEST_CASE("read_hash_failures: another archive names its file and both hashes") {
    for (const auto& names : {std::vector<std::string>{"Gup_One"}, {"gup-one", "gup-base"}}) {
        const auto blames = failures_of(mismatch_by_pip, names);
        REQUIRE(blames.size() == 1);
        CHECK(blames[0].pin == 0);
        CHECK(blames[0].kind == PinFailureKind::not_available);
        CHECK(blames[0].reason ==
              "gup_one-1.0-py3-none-any.whl has the hash sha256:f073, but the declaration names "
              "sha256:aaaa or sha256:bbbb");
    }
    const auto by_uv = failures_of(mismatch_by_uv, {"gup-base", "gup-one"});
    REQUIRE(by_uv.size() == 1);
    CHECK(by_uv[0].pin == 1);
    CHECK(by_uv[0].reason ==
          "the archive of gup-one==1.0 has the hash sha256:f073, but the declaration names sha256:aaaa "
          "or sha256:bbbb");
    CHECK(tells_of_mismatch(lines_in(mismatch_by_pip)));
    CHECK(tells_of_mismatch(lines_in(mismatch_by_uv)));
}

TEST_CASE("read_hash_failures: archives of direct references, and several at once") {
    const std::string several =
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If …\n"
        "    gup-one@ http://h/a/gup_one-1.0%2Bx-py3-none-any.whl from http://h/a/gup_one-1.0%2Bx-py3-none-any.whl "
        "(from -r "
        "requirements.txt (line 1)):\n"
        "        Expected sha256 aaaa\n"
        "             Got        f073\n"
        "    gup-bad==1.0 from https://h/gup-bad-1.0.tar.gz#sha256=00 (from -r requirements.txt (line 2)):\n"
        "        Expected sha512 cccc\n"
        "             Got        dddd\n"
        "\n";
    const auto blames = failures_of(several, {"gup-one", "gup-bad"});
    REQUIRE(blames.size() == 2);
    CHECK(blames[0].reason ==
          "gup_one-1.0+x-py3-none-any.whl has the hash sha256:f073, but the declaration names sha256:aaaa");
    CHECK(blames[1].reason == "gup-bad-1.0.tar.gz has the hash sha512:dddd, but the declaration names sha512:cccc");
    const auto by_uv = failures_of(
        "  cause: Hash mismatch for `gup-one @ http://h/a/gup_one-1.0-py3-none-any.whl`\n\n         Expected:\n"
        "           sha256:aaaa\n\n         Computed:\n           sha256:f073\n",
        {"gup-one"});
    REQUIRE(by_uv.size() == 1);
    CHECK(by_uv[0].reason ==
          "gup_one-1.0-py3-none-any.whl has the hash sha256:f073, but the declaration names sha256:aaaa");
}

TEST_CASE("read_hash_failures: a dependency without a version and hash is blamed on the pin that needs it") {
    const std::string unpinned =
        "ERROR: In --require-hashes mode, all requirements must have their versions pinned with ==. These do not:\n"
        "    gup-base>=1.0 from http://h/gup_base-1.5-py3-none-any.whl (from gup-app[one]==1.0->-r requirements.txt "
        "(line "
        "2))\n";
    const auto blames = failures_of(unpinned, {"gup-one", "gup-app"});
    REQUIRE(blames.size() == 1);
    CHECK(blames[0].pin == 1);
    CHECK(blames[0].kind == PinFailureKind::conflict);
    CHECK(blames[0].reason == "it needs gup-base>=1.0, for which the declaration names no version and hash");
    const std::string without =
        "ERROR: Hashes are required in --require-hashes mode, but they are missing from some requirements. Here is …\n"
        "    gup-base==1.5 --hash=sha256:9a8a\n";
    CHECK(failures_of(without, {"gup-one", "gup-base"}).at(0).pin == 1);
    CHECK(failures_of(without, {"gup-app"}).at(0).reason ==
          "it needs gup-base==1.5, for which the declaration names no hash");
    CHECK(failures_of(without, {"gup-app", "gup-one"}).empty());
    const std::string by_uv = "error: Hash-checking is required, but no trusted hash was provided for: `gup-base`\n";
    CHECK(failures_of(by_uv, {"gup-app"}).at(0).reason == "it needs gup-base, for which the declaration names no hash");
    CHECK(failures_of(by_uv, {"gup-app", "gup-one"}).empty());
}

TEST_CASE("read_hash_failures: other output blames nobody") {
    CHECK(failures_of("ERROR: No matching distribution found for gup-one==9.0\n", {"gup-one"}).empty());
    CHECK(failures_of("", {"gup-one"}).empty());
    CHECK(
        failures_of("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", {"gup-one"}).empty());
    CHECK(failures_of(mismatch_by_pip, {}).empty());
    CHECK(failures_of("  cause: Hash mismatch for `gup-one==1.0`", {"gup-two"}).empty());
}

TEST_CASE("reason_against_checking: what has no archive, no hash or no exact version") {
    struct Row {
        Requirement requirement;
        std::string reason;
    };
    Requirement ranged = hashed("a", "");
    ranged.range = ">=1";
    Requirement exact = hashed("a", "");
    exact.range = "==1.0";
    Requirement wildcard = hashed("a", "");
    wildcard.range = "==1.*";
    const std::vector<Row> rows{
        {hashed("a"), ""},
        {{"a", "1.0", "", 1}, "it has no hash, and other packages of the declaration have hashes"},
        {{"a", "", "https://x.org/a.whl#sha256=aa", 1}, ""},
        {{"a", "", "https://x.org/a.whl", 1}, "it has no hash, and other packages of the declaration have hashes"},
        {{"a", "1.0", "git+https://x.org/a", 1}, "it is no archive"},
        {ranged, "it has a hash, but no exact version: >=1"},
        {exact, ""},
        {wildcard, "it has a hash, but no exact version: ==1.*"},
        {hashed("a", ""), "it has a hash, but no exact version: any would do"},
    };
    for (const Row& row : rows) {
        const auto reason = reason_against_checking({row.requirement, "", false});
        CHECK((reason ? reason->reason : "") == row.reason);
    }
    CHECK(reason_against_checking({hashed("a"), "", false, "/srv/meter"})->reason == "it is no archive");
    CHECK(has_hashes({{{hashed("a"), "", false}}}));
    CHECK(has_hashes({{}, {{hashed("a"), "", false}}}));
    CHECK(has_hashes({{}, {}, {hashed("a")}}));
    CHECK_FALSE(has_hashes({{{{"a", "1.0", "", 1}, "", false}}}));
}

TEST_CASE("read_named_missing: names the pin of several that the index does not have") {
    const std::vector<Requirement> pins{hashed("gup-base", "1.5"), hashed("gup-one", "9.0")};
    const auto by_pip = read_named_missing(
        lines_in(
            "ERROR: Could not find a version that satisfies the requirement gup-one==9.0 (from versions: 1.0, 2.0)\n"
            "ERROR: No matching distribution found for gup-one==9.0\n"),
        pins);
    REQUIRE(by_pip.size() == 1);
    CHECK(by_pip[0].pin == 1);
    CHECK(by_pip[0].reason == "the index has no distribution of gup-one==9.0 (available: 1.0, 2.0)");
    CHECK(read_named_missing(lines_in("ERROR: No matching distribution found for gup-one==9.0 (from gup-base)"), pins)
              .empty());
    const auto by_uv = read_named_missing(
        lines_in(
            "error: No solution found when resolving dependencies\n  cause: Because there is no version of "
            "gup-one==9.0 and you require gup-one==9.0, we can conclude that your requirements are unsatisfiable.\n"),
        pins);
    REQUIRE(by_uv.size() == 1);
    CHECK(by_uv[0].pin == 1);
}

}  // namespace gup
