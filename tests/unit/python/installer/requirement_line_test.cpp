// SPDX-License-Identifier: Apache-2.0
#include "python/installer/requirement_line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gup {
namespace {

const InstallerTool recent_pip{false, "/v/bin/python", {23, 0}};
const InstallerTool pip_of_debian_10{false, "/v/bin/python", {18, 1}};
const InstallerTool some_uv{true, "/opt/uv", {}};

struct Parts {
    std::string version{};
    std::string range{};
    std::vector<std::string> extras{};
    std::string marker{};
    std::vector<std::string> hashes{};
    std::string source{};
    std::string revision{};
};

InstallRequest request_of(const Parts& parts) {
    Requirement requirement{"requests", parts.version, parts.source, 1};
    requirement.range = parts.range;
    requirement.extras = parts.extras;
    requirement.marker = parts.marker;
    requirement.hashes = parts.hashes;
    requirement.revision = parts.revision;
    return {requirement, parts.revision, false};
}

std::string text_for(const InstallerTool& tool, const Parts& parts, InstallMode mode = InstallMode::ordinary) {
    return requirement_line(request_of(parts), tool, mode).text;
}

}  // namespace

TEST_CASE("requirement_line: extras, ranges, markers and hashes are on one line") {
    struct Row {
        Parts parts;
        std::string line;
    };
    const std::vector<Row> rows{
        {{"2.31.0", "", {"socks"}}, "requests[socks]==2.31.0"},
        {{"2.31.0", "", {"socks", "use_chardet"}}, "requests[socks,use_chardet]==2.31.0"},
        {{"", ">=2,<3"}, "requests>=2,<3"},
        {{"", "===main"}, "requests===main"},
        {{}, "requests"},
        {{"2.31.0", "", {}, "python_version < '3.9'"}, "requests==2.31.0 ; python_version < '3.9'"},
        {{"2.31.0", "", {}, "", {"sha256:aa", "sha512:bb"}}, "requests==2.31.0 --hash=sha256:aa --hash=sha512:bb"},
        {{"2.31.0", "", {"socks"}, "os_name == 'posix'", {"sha256:aa"}},
         "requests[socks]==2.31.0 ; os_name == 'posix' --hash=sha256:aa"},
    };
    for (const Row& row : rows) {
        for (const InstallerTool& tool : {recent_pip, pip_of_debian_10, some_uv}) {
            CHECK(text_for(tool, row.parts) == row.line);
        }
    }
}

TEST_CASE("requirement_line: direct references, in the form for this pip") {
    struct Row {
        Parts parts;
        std::string line;
        std::string older;
    };
    const std::string git = "git+https://x.org/lib.git";
    const std::string wheel = "https://x.org/requests-2.31.0-py3-none-any.whl";
    const std::vector<Row> rows{
        {{"", "", {}, "", {}, git, "main"}, "requests @ " + git + "@main", git + "@main#egg=requests"},
        {{"", "", {}, "", {}, git}, "requests @ " + git, git + "#egg=requests"},
        {{"", "", {"socks"}, "os_name == 'nt'", {}, git, "v1"},
         "requests[socks] @ " + git + "@v1 ; os_name == 'nt'",
         git + "@v1#egg=requests[socks] ; os_name == 'nt'"},
        {{"", "", {}, "", {}, git + "#subdirectory=py", "v1"},
         "requests @ " + git + "@v1#subdirectory=py",
         git + "@v1#egg=requests&subdirectory=py"},
        {{"", "", {"socks"}, "os_name == 'nt'", {"sha256:aa"}, wheel},
         "requests[socks] @ " + wheel + " ; os_name == 'nt' --hash=sha256:aa",
         wheel + "#egg=requests[socks] ; os_name == 'nt' --hash=sha256:aa"},
        {{"", "", {}, "", {}, wheel + "#sha256=aa"},
         "requests @ " + wheel + "#sha256=aa",
         wheel + "#sha256=aa&egg=requests"},
    };
    for (const Row& row : rows) {
        CHECK(text_for(recent_pip, row.parts) == row.line);
        CHECK(text_for(some_uv, row.parts) == row.line);
        CHECK(text_for(pip_of_debian_10, row.parts) == row.older);
    }
}

TEST_CASE("requirement_line: what a forced call has installed needs only the dependencies of its extras") {
    CHECK(text_for(recent_pip, {"2.31.0", "", {"socks"}, "os_name == 'posix'"}, InstallMode::satisfied) ==
          "requests[socks]");
}

TEST_CASE("requirement_line: the connector's own folder") {
    InstallRequest request = request_of({"", "", {"dev"}, "os_name == 'posix'"});
    request.folder = "/srv/my meter";
    CHECK(requirement_line(request, recent_pip, InstallMode::ordinary).text ==
          "file:///srv/my%20meter[dev] ; os_name == 'posix'");
    request.requirement.is_editable = true;
    CHECK(requirement_line(request, recent_pip, InstallMode::ordinary).text ==
          "-e file:///srv/my%20meter[dev] ; os_name == 'posix'");
}

TEST_CASE("constraint_line: a constraint has no extras") {
    CHECK(constraint_line(request_of({"", "<3", {"socks"}, "os_name == 'posix'"}).requirement, recent_pip).text ==
          "requests<3 ; os_name == 'posix'");
    CHECK(constraint_line(request_of({"", "", {}, "", {}, "git+https://x.org/lib.git", "v1"}).requirement, some_uv)
              .text == "requests @ git+https://x.org/lib.git@v1");
}

TEST_CASE("option_lines: each option is a line") {
    CHECK(option_lines({}).empty());
    CHECK(option_lines(
              {"--index-url", "https://x/simple", "--pre", "--extra-index-url", "https://y", "--find-links=/w"}) ==
          "--index-url https://x/simple\n--pre\n--extra-index-url https://y\n--find-links=/w\n");
}

}  // namespace gup
