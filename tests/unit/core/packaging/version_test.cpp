// SPDX-License-Identifier: Apache-2.0
#include "core/packaging/version.hpp"

#include <doctest/doctest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

using gup::is_pep440;
using gup::satisfies_pin;
using gup::Version;

namespace {

// Versions in ascending order, from the examples of PEP 440: no two are equal.
const std::vector<std::string> ascending{"1.dev0",
                                         "1.0.dev456",
                                         "1.0a1",
                                         "1.0a2.dev456",
                                         "1.0a12.dev456",
                                         "1.0a12",
                                         "1.0b1.dev456",
                                         "1.0b2",
                                         "1.0b2.post345.dev456",
                                         "1.0b2.post345",
                                         "1.0rc1.dev456",
                                         "1.0rc1",
                                         "1.0",
                                         "1.0.post456.dev34",
                                         "1.0.post456",
                                         "1.0.15",
                                         "1.1.dev1",
                                         "1.1",
                                         "2013.10",
                                         "1!0.1",
                                         "1!1.0",
                                         "2!1.0"};

}  // namespace

TEST_CASE("is_pep440: accepts every spelling of appendix B") {
    for (const std::string_view version : {"1",
                                           "0",
                                           "1.0",
                                           "1.0.0.0.0.1",
                                           "v1.0",
                                           "V1.0",
                                           "1!2.3",
                                           "01!002.03",
                                           "1.0a1",
                                           "1.0alpha1",
                                           "1.0-a-1",
                                           "1.0_beta_2",
                                           "1.0.c.3",
                                           "1.0rc",
                                           "1.0pre1",
                                           "1.0preview1",
                                           "1.0-1",
                                           "1.0.post1",
                                           "1.0post",
                                           "1.0-r4",
                                           "1.0rev.4",
                                           "1.0.dev",
                                           "1.0dev3",
                                           "1.0-dev-3",
                                           "1.0a.dev1",
                                           "1.0a1.post2.dev3+local.1",
                                           "1.0+abc",
                                           "1.0+ubuntu-1_2.3",
                                           "1.0A1.POST2.DEV3",
                                           " 1.0 ",
                                           "\t1.0\n",
                                           "1.0a-1",
                                           "2018.07.07",
                                           "20180707",
                                           "99999999999999999999999999999999999.1",
                                           "1.0.post-",
                                           "1.0a."}) {
        CHECK_MESSAGE(is_pep440(version), std::string(version));
    }
}

TEST_CASE("is_pep440: refuses other spellings than those of appendix B") {
    for (const std::string_view version : {"",
                                           " ",
                                           "v",
                                           "v 1.0",
                                           "vv1",
                                           "3.1.9test",
                                           "1.0_1",
                                           "1.",
                                           ".1",
                                           "1..0",
                                           "1.0-",
                                           "1.0+",
                                           "1.0+a+b",
                                           "1.0+a..b",
                                           "1.0+.a",
                                           "1!",
                                           "!1",
                                           "1!2!3",
                                           "a1",
                                           "1.0x",
                                           "1.0a1b2",
                                           "1.0dev1post1",
                                           "1.0.dev1.post1",
                                           "1 .0",
                                           "1.0 a1",
                                           "1.*",
                                           "==1.0",
                                           ">=1.0",
                                           "1,0",
                                           "2018.07.07-10:58:52",
                                           "\xD9\xA1.0",
                                           "1.0\xC2\xA0",
                                           "1.0final",
                                           "main"}) {
        CHECK_FALSE_MESSAGE(is_pep440(version), std::string(version));
    }
}

TEST_CASE("satisfies_pin: spellings of one version are equal") {
    const std::vector<std::vector<std::string>> same{
        {"1.0", "1", "1.0.0", "v1.0", "1.00", "01.0", "0!1.0", " 1.0 ", "1.0.0.0.0"},
        {"0", "0.0", "00.00"},
        {"1.1a1", "1.1alpha1", "1.1.a1", "1.1-a.1", "1.1_ALPHA_01", "1.1A1", "1.1.0a1"},
        {"1.1b2", "1.1beta2", "1.1.beta-2"},
        {"1.1rc3", "1.1c3", "1.1pre3", "1.1preview3", "1.1-RC-3"},
        {"1.2a0", "1.2a", "1.2alpha."},
        {"1.2.post2", "1.2-2", "1.2post2", "1.2-post2", "1.2.r2", "1.2-rev2", "1.2.post.2"},
        {"1.2.post0", "1.2.post", "1.2-r", "1.2rev"},
        {"1.2.dev0", "1.2dev", "1.2-dev", "1.2_dev.0"},
        {"1.0a1.post2.dev3", "1.0alpha-1-2dev3"},
        {"1.0+ubuntu.1", "1.0+Ubuntu-1", "1.0+UBUNTU_01"},
        {"123456789012345678901234567890.1", "0123456789012345678901234567890.01.0"},
    };
    for (const auto& row : same) {
        for (const auto& a : row) {
            for (const auto& b : row) CHECK_MESSAGE(satisfies_pin(a, b), a, " and ", b);
        }
    }
}

TEST_CASE("satisfies_pin: no two versions of PEP 440's ordering are equal") {
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CHECK_MESSAGE(satisfies_pin(ascending[i], ascending[j]) == (i == j), ascending[i], " and ", ascending[j]);
        }
    }
}

TEST_CASE("satisfies_pin: the beginning of a version is not equal to it") {
    CHECK_FALSE(satisfies_pin("1.3.1", "1.3.10"));
    CHECK_FALSE(satisfies_pin("1.3.10", "1.3.1"));
    CHECK_FALSE(satisfies_pin("1.3", "1.3.1"));
    CHECK_FALSE(satisfies_pin("1.1", "1.1.post1"));
    CHECK_FALSE(satisfies_pin("1.1", "1.1a1"));
    CHECK_FALSE(satisfies_pin("1.1", "1.1.dev1"));
    CHECK_FALSE(satisfies_pin("10.0", "1.0"));
    CHECK_FALSE(satisfies_pin("18446744073709551616", "0"));
}

TEST_CASE("satisfies_pin: a pin without a local part ignores the installed one's, but not the reverse") {
    CHECK(satisfies_pin("1.0", "1.0+local.1"));
    CHECK(satisfies_pin("2.1.0", "2.1.0+cpu"));
    CHECK_FALSE(satisfies_pin("1.0+local.1", "1.0"));
    CHECK_FALSE(satisfies_pin("1.0+local.1", "1.0+local.2"));
    CHECK_FALSE(satisfies_pin("1.0+1", "1.0+1.0"));
    CHECK_FALSE(satisfies_pin("1.0", "1.1+local"));
}

TEST_CASE("satisfies_pin: versions that are not PEP 440 must be the same text") {
    CHECK(satisfies_pin("3.1.9test", "3.1.9test"));
    CHECK(satisfies_pin(" 3.1.9test", "3.1.9test\n"));
    CHECK_FALSE(satisfies_pin("3.1.9test", "3.1.9"));
    CHECK_FALSE(satisfies_pin("3.1.9", "3.1.9test"));
    CHECK_FALSE(satisfies_pin("3.1.9test", "3.1.9TEST"));
    CHECK_FALSE(satisfies_pin("1.0", ""));
    CHECK_FALSE(satisfies_pin("", "1.0"));
}

TEST_CASE("Version: the order of PEP 440 is total") {
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        for (std::size_t j = 0; j < ascending.size(); ++j) {
            CAPTURE(ascending[i]);
            CAPTURE(ascending[j]);
            CHECK((*Version::parse(ascending[i]) <=> *Version::parse(ascending[j])) == (i <=> j));
        }
    }
}

TEST_CASE("Version: local parts, long numbers and epochs have their place") {
    const std::vector<std::string> order{"1.dev0+a",
                                         "1a1.dev0",
                                         "1a1",
                                         "1a1.post0.dev1",
                                         "1a1.post0",
                                         "1",
                                         "1+a",
                                         "1+a.b",
                                         "1+b",
                                         "1+1",
                                         "1+1.a",
                                         "1+1.0",
                                         "1+2",
                                         "1+10",
                                         "1.post0.dev0",
                                         "1.post0",
                                         "1.0.0.1",
                                         "1.9",
                                         "1.10",
                                         "99999999999999999999",
                                         "100000000000000000000",
                                         "1!0.dev0",
                                         "10!0"};
    for (std::size_t i = 1; i < order.size(); ++i) {
        CAPTURE(order[i]);
        CHECK(*Version::parse(order[i - 1]) < *Version::parse(order[i]));
    }
}

TEST_CASE("Version: the normal form") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"1.0", "1.0"},
        {" v1.0.0 ", "1.0.0"},
        {"\x1F\xC2\xA0\xE2\x80\xAF"
         "1.0\xE2\x80\xA9\n",
         "1.0"},
        {"00!01.002", "1.2"},
        {"2!1", "2!1"},
        {"1-ALPHA_03", "1a3"},
        {"1.preview", "1rc0"},
        {"1c1.rev-2_DEV", "1rc1.post2.dev0"},
        {"1-4", "1.post4"},
        {"1+Ubuntu_01-x", "1+ubuntu.1.x"},
    };
    for (const auto& [written, normal] : rows) {
        CAPTURE(written);
        const auto version = Version::parse(written);
        REQUIRE(version);
        CHECK(version->text() == normal);
        CHECK(*Version::parse(version->text()) == *version);
    }
    const Version version = *Version::parse("1!2.0.0a1.post2.dev3+x.4");
    CHECK(version.public_text() == "1!2.0.0a1.post2.dev3");
    CHECK(version.base_text() == "1!2.0.0");
    CHECK(version.local_text() == "x.4");
    CHECK(version.without_local().text() == "1!2.0.0a1.post2.dev3");
    CHECK(version.without_trailing_zeros().text() == "1!2a1.post2.dev3+x.4");
    CHECK(Version::parse("0.0")->without_trailing_zeros().text() == "0");
}

TEST_CASE("Version: which versions are pre-releases and post-releases") {
    for (const char* text : {"1a0", "1.dev0", "1rc1", "1.post1.dev0", "1b2+local"})
        CHECK(Version::parse(text)->is_prerelease());
    for (const char* text : {"1", "1.post1", "1+a1", "1+dev"}) CHECK_FALSE(Version::parse(text)->is_prerelease());
    CHECK(Version::parse("1-1")->is_postrelease());
    CHECK_FALSE(Version::parse("1")->is_postrelease());
}

TEST_CASE("version_at_start: greedy, and no further than the grammar") {
    const std::vector<std::tuple<std::string, std::string, std::size_t>> rows{
        {"1.0,<2", "1.0", 3},  {"1.0.*", "1.0", 3},    {"1.0-x", "1.0", 3}, {"1!x", "1", 1},
        {"1.0a.", "1.0a0", 5}, {"1.0+a-", "1.0+a", 5}, {"1.0+", "1.0", 3},  {"1post2dev3z", "1.post2.dev3", 10}};
    for (const auto& [text, normal, length] : rows) {
        CAPTURE(text);
        const auto found = gup::version_at_start(text, gup::LocalPart::allowed);
        REQUIRE(found);
        CHECK(found->version.text() == normal);
        CHECK(found->length == length);
    }
    CHECK(gup::version_at_start("1.0+a", gup::LocalPart::refused)->length == 3);
    CHECK_FALSE(gup::version_at_start(" 1", gup::LocalPart::allowed));
}

TEST_CASE("Version: a hostile text takes linear time") {
    std::string text = "1";
    for (int i = 0; i < 100'000; ++i) text += ".1";
    const auto version = Version::parse(text + "+" + std::string(100'000, '9'));
    REQUIRE(version);
    CHECK(*version > *Version::parse(text));
    CHECK_FALSE(Version::parse(text + "-"));
}
