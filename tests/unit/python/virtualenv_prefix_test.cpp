// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_prefix.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup {

TEST_CASE("script_with_prefix: the short form, the long form, and from one to the other") {
    const PrefixChange near{{"/old/venv"}, "/new"};
    CHECK(script_with_prefix("#!/old/venv/bin/python3 -E\nx\n", near) == "#!/new/bin/python3 -E\nx\n");
    CHECK(script_with_prefix("#!/bin/sh\n'''exec' /old/venv/bin/python \"$0\" \"$@\"\n' '''\nx\n", near) ==
          "#!/new/bin/python\nx\n");
    const PrefixChange far{{"/old/venv"}, "/" + std::string(150, 'a')};
    CHECK(script_with_prefix("#!/old/venv/bin/python\nx\n", far) ==
          "#!/bin/sh\n'''exec' " + far.to + "/bin/python \"$0\" \"$@\"\n' '''\nx\n");
    const PrefixChange blank{{"/old/my venv"}, "/new venv"};
    CHECK(script_with_prefix("#!/bin/sh\n'''exec' \"/old/my venv/bin/python\" \"$0\" \"$@\"\n' '''\nx\n", blank) ==
          "#!/bin/sh\n'''exec' \"/new venv/bin/python\" \"$0\" \"$@\"\n' '''\nx\n");
    CHECK_FALSE(script_with_prefix("#!/usr/bin/python3\nx\n", near));
    CHECK_FALSE(script_with_prefix("#!/old/venv2/bin/python3\nx\n", near));
    CHECK_FALSE(
        script_with_prefix("\x7f"
                           "ELF",
                           near));
}

TEST_CASE("with_prefix: only complete paths, with each name, the longest first") {
    const PrefixChange change{{"/srv/m", "/mnt/srv/m"}, "/new"};
    CHECK(with_prefix("/srv/m:/srv/m/x:\"/mnt/srv/m\"", change) == "/new:/new/x:\"/new\"");
    CHECK(with_prefix("/srv/m2 /srv/m.old /data/srv/m", change) == "/srv/m2 /srv/m.old /data/srv/m");
    CHECK(with_prefix("file:///srv/m/x", change) == "file:///new/x");
}

TEST_CASE("with_prefix: of all bytes, letters, digits and _ - . continue a name") {
    constexpr std::string_view of_a_name = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    const PrefixChange change{{"/srv/m"}, "/new"};
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        const bool goes_on = of_a_name.find(c) != std::string_view::npos;
        const std::string behind = std::string("/srv/m") + c;
        CHECK(with_prefix(behind, change) == (goes_on ? behind : std::string("/new") + c));
        const std::string before = c + std::string("/srv/m");
        CHECK(with_prefix(before, change) == (goes_on ? before : c + std::string("/new")));
    }
}

TEST_CASE("with_prefix: of several names the longest match") {
    const PrefixChange change{{"/srv/m", "/srv/m/deep", "/srv"}, "/new"};
    CHECK(with_prefix("/srv/m/deep/x", change) == "/new/x");
    CHECK(with_prefix("/srv/m/deeper/x", change) == "/new/deeper/x");
    CHECK(with_prefix("/srv/x", change) == "/new/x");
}

TEST_CASE("script_with_prefix: a first line of 127 bytes is short enough, one of 128 is not") {
    const std::string tail = "/bin/python";
    for (const std::size_t length : {126U, 127U, 128U}) {
        const PrefixChange change{{"/old"}, "/" + std::string(length - 3 - tail.size(), 'a')};
        const auto script = script_with_prefix("#!/old/bin/python\nx\n", change);
        REQUIRE(script.has_value());
        CHECK(script->starts_with("#!/bin/sh\n") == (length > 127));
        CHECK(script->ends_with("\nx\n"));
    }
}

TEST_CASE("script_with_prefix: quotes, a missing end and an incomplete long form") {
    const PrefixChange change{{"/old"}, "/new"};
    CHECK(script_with_prefix("#!'/old/bin/python' -I\nx\n", change) == "#!/new/bin/python -I\nx\n");
    CHECK(script_with_prefix("#! /old/bin/python", change) == "#!/new/bin/python\n");
    CHECK(script_with_prefix("#!/bin/sh\n'''exec' '/old/bin/python' \"$0\" \"$@\"\n' '''", change) ==
          "#!/new/bin/python\n");
    CHECK_FALSE(script_with_prefix("#!/bin/sh\n'''exec' /old/bin/python\n' '''\nx\n", change));
    CHECK_FALSE(script_with_prefix("#!/bin/sh\n'''exec' /old/bin/python \"$0\" \"$@\"\nx\n", change));
    CHECK_FALSE(script_with_prefix("#!/old\nx\n", change));
    CHECK_FALSE(script_with_prefix("", change));
}

TEST_CASE("link_with_prefix: the virtualenv and paths below it, nothing else") {
    const PrefixChange change{{"/old"}, "/new"};
    CHECK(link_with_prefix("/old", change) == "/new");
    CHECK(link_with_prefix("/old/lib", change) == "/new/lib");
    CHECK(link_with_prefix("/older/lib", change) == "/older/lib");
    CHECK(link_with_prefix("/old:x", change) == "/old:x");
    CHECK(link_with_prefix("lib", change) == "lib");
    CHECK(link_with_prefix("/x/old", change) == "/x/old");
}

}  // namespace gup
