// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/shared.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "source/libgit2/tree_diff.hpp"

using namespace gup;
using namespace gup::git;

TEST_CASE("parse_shared_access: every value that git takes") {
    using Kind = SharedAccess::Kind;
    struct Row {
        const char* text;
        SharedAccess access;
    };
    const SharedAccess own{};
    const SharedAccess group{Kind::at_least, 0660};
    const SharedAccess all{Kind::at_least, 0664};
    for (const auto& [text, access] : {
             Row{nullptr, group},
             {"group", group},
             {"true", group},
             {"yes", group},
             {"on", group},
             {"1", group},
             {"all", all},
             {"world", all},
             {"everybody", all},
             {"2", all},
             {"umask", own},
             {"false", own},
             {"no", own},
             {"0", own},
             {"", own},
             {"0660", {Kind::exactly, 0660}},
             {"660", {Kind::exactly, 0660}},
             {"0770", {Kind::exactly, 0660}},
             {"0666", {Kind::exactly, 0666}},
             {"0640", {Kind::exactly, 0640}},
             {"0600", {Kind::exactly, 0600}},
         }) {
        CAPTURE((text == nullptr ? "(no value)" : text));
        const auto parsed = parse_shared_access(text);
        REQUIRE(parsed.ok());
        CHECK(*parsed == access);
    }
    for (const char* text : {"0400", "0060", "7", "grup", "0999"}) {
        CAPTURE(text);
        const auto parsed = parse_shared_access(text);
        REQUIRE_FALSE(parsed.ok());
        CHECK(parsed.error().code == ErrorCode::invalid_input);
        CHECK_FALSE(parsed.error().hint.empty());
    }
}

TEST_CASE("adjusted: the modes of git's adjust_shared_perm") {
    const auto adjusted = [](const char* value, mode_t mode) {
        return parse_shared_access(value)->adjusted(mode) & 07777;
    };
    struct Row {
        const char* value;
        mode_t before;
        mode_t after;
    };
    for (const auto& [value, before, after] : {
             Row{"group", S_IFREG | 0644, 0664},
             {"group", S_IFREG | 0600, 0660},
             {"group", S_IFREG | 0444, 0444},  // a pack
             {"group", S_IFREG | 0755, 0775},
             {"group", S_IFDIR | 0755, 02775},
             {"group", S_IFDIR | 0700, 02770},
             {"all", S_IFREG | 0600, 0664},
             {"all", S_IFREG | 0444, 0444},
             {"all", S_IFDIR | 0700, 02775},
             {"0660", S_IFREG | 0644, 0660},
             {"0660", S_IFREG | 0444, 0440},
             {"0660", S_IFDIR | 0755, 02770},
             {"0640", S_IFREG | 0644, 0640},
             {"0640", S_IFDIR | 0755, 02750},
             {"0600", S_IFREG | 0644, 0600},
             {"0600", S_IFDIR | 0755, 0700},
             {"umask", S_IFREG | 0640, 0640},
             {"umask", S_IFDIR | 0750, 0750},
         }) {
        CAPTURE(value);
        CAPTURE(before);
        CHECK(adjusted(value, before) == after);
    }
}

TEST_CASE("canonical_mode: what git makes of a tree's modes") {
    struct Row {
        std::uint32_t mode;
        std::uint32_t canonical;
    };
    for (const auto& [mode, canonical] : {
             Row{0100644, 0100644},
             {0100664, 0100644},
             {0100600, 0100644},
             {0100444, 0100644},
             {0100000, 0100644},
             {0100654, 0100644},
             {0100755, 0100755},
             {0100775, 0100755},
             {0100700, 0100755},
             {0100744, 0100755},
             {0120000, 0120000},
             {0120777, 0120000},
             {0040000, 0040000},
             {0040755, 0040000},
             {0160000, 0160000},
             {0160755, 0160000},
             {0, 0160000},
         }) {
        CAPTURE(mode);
        CHECK(canonical_mode(mode) == canonical);
    }
}
