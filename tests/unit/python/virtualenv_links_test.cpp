// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_links.hpp"

#include <doctest/doctest.h>

namespace gup {
namespace {

std::string outside(const std::string& target, const fs::path& folder = "/r/venv/bin") {
    return target_outside(target, folder, "/r/venv").value_or("inside").string();
}

}  // namespace

TEST_CASE("target_outside: only relative links that leave the virtualenv") {
    CHECK(outside("python3") == "inside");
    CHECK(outside("../lib/x") == "inside");
    CHECK(outside("..") == "inside");
    CHECK(outside("./.././lib") == "inside");
    CHECK(outside("/usr/bin/python3") == "inside");
    CHECK(outside("") == "inside");
    CHECK(outside("../../common/tool.sh") == "/r/common/tool.sh");
    CHECK(outside("../..") == "/r");
    CHECK(outside("../../../../../../etc/x") == "/etc/x");
    CHECK(outside("../../venv2/x") == "/r/venv2/x");
    CHECK(outside("../../venv/lib") == "/r/venv/lib");
    CHECK(outside("../lib/../../x") == "/r/venv/lib/../../x");
}

TEST_CASE("moved_target: the same place from the folder of the copy") {
    const PrefixChange change{{"/known", "/r/venv"}, "/g/a/b/.venv"};
    const MovedFolder bin{"/r/venv/bin", "/g/a/b/.venv/bin", "/r/venv"};
    CHECK(moved_target("/r/venv/lib", change, bin) == "/g/a/b/.venv/lib");
    CHECK(moved_target("/usr/bin/python3", change, bin) == "/usr/bin/python3");
    CHECK(moved_target("../lib", change, bin) == "../lib");
    CHECK(moved_target("../../common/tool", change, bin) == "../../../../../r/common/tool");
    CHECK(moved_target("../../../known/lib", change, bin) == "../lib");
    CHECK(moved_target("../lib/../../x", change, bin) == "/r/venv/lib/../../x");
}

TEST_CASE("path_lines_for_copy: code, comments, absolute lines and lines inside stay") {
    const PrefixChange change{{"/r/venv"}, "/g/.venv"};
    const std::vector<MovedFolder> folders{{"/r/venv/lib/python3/site-packages", {}, "/r/venv"}};
    const auto copied = [&](const std::string& text) { return path_lines_for_copy(text, change, folders); };
    CHECK(copied("import sys; sys.path.append('../../../../x')\n") == "import sys; sys.path.append('../../../../x')\n");
    CHECK(copied("# ../../../../x") == "# ../../../../x");
    CHECK(copied("/r/venv/src\n/opt/x\n") == "/g/.venv/src\n/opt/x\n");
    CHECK(copied("./a.egg\nsub\n..\n\n") == "./a.egg\nsub\n..\n\n");
    CHECK(copied("../../../../x\r\ny") == "/r/x\ny");
    CHECK(copied("") == "");
}

}  // namespace gup
