// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/self_update.hpp"

#include <doctest/doctest.h>

#include "servers.hpp"

namespace gup {

TEST_CASE("find_installation: an executable in dpkg's list is packaged, any other one is portable") {
    const auto folder = test::temporary_folder();
    const DpkgPaths dpkg{folder.path(), folder.path() / "var/lib/dpkg"};
    REQUIRE(make_folders(dpkg.admin / "info").ok());
    const fs::path agent = folder.path() / "usr/bin/gup-agent";
    CHECK(find_installation(agent, "/state", "x86_64", dpkg).kind == InstallKind::portable);

    test::write_text(dpkg.admin / "info/gup-agent.list", "/.\n/usr\n/usr/bin\n/usr/bin/gup-agent\n");
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
