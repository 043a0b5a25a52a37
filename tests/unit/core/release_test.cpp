// SPDX-License-Identifier: Apache-2.0
#include "core/release.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace gup {

TEST_CASE("release_id: the commit's time in UTC, the branch as a folder's name, seven digits") {
    CHECK(release_id(1795226400, "main", "e9b167f0123456789012345678901234567890ab") ==
          "2026-11-21_02_00-main-e9b167f");
    CHECK(release_id(0, "feature/x y", "0123456789") == "1970-01-01_00_00-feature-x-y-0123456");
    CHECK(check_release_id(release_id(0, std::string(500, 'b'), "0123456789")).ok());
}

TEST_CASE("check_release_id: an id that leads elsewhere or is in use is refused") {
    for (const char* fine : {"1", "2.1", "2026-11-21_02_00-main-e9b167f", "v1.0+local_2", "shared2"}) {
        CHECK_MESSAGE(check_release_id(fine).ok(), fine);
    }
    for (const char* wrong : {"", ".", "..", "../x", "a/b", ".venv", "-x", "a b", "a\nb", "shared", "repository"}) {
        CHECK_MESSAGE(!check_release_id(wrong).ok(), wrong);
    }
    CHECK_FALSE(check_release_id(std::string(201, 'x')).ok());
    CHECK_FALSE(check_release_id(std::string("a\0b", 3)).ok());
}

TEST_CASE("is_repository_file: all that begins with .git, and no other dot file") {
    for (const char* own : {".git", ".gitignore", ".gitattributes", ".gitmodules", ".github", ".gitlab-ci.yml"}) {
        CHECK_MESSAGE(is_repository_file(own), own);
    }
    for (const char* other : {".env", ".config", "git", ".g", "x.git"})
        CHECK_MESSAGE(!is_repository_file(other), other);
}

TEST_CASE("is_repositorys_own: one name of the path is enough") {
    CHECK(is_repositorys_own("sub/.gitignore"));
    CHECK(is_repositorys_own(".github/workflows/ci.yml"));
    CHECK_FALSE(is_repositorys_own("sub/.env"));
    CHECK_FALSE(is_repositorys_own(""));
}

TEST_CASE("check_link_stays_inside: the message names the path and its target") {
    CHECK(check_link_stays_inside("a/b", "../c").ok());
    const Status refused = check_link_stays_inside("a/b", "../../c");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::unsupported);
    CHECK(refused.error().message == "a/b is a link that leaves the release: ../../c");
}

TEST_CASE("link_stays_inside: an absolute target and one above the tree are refused") {
    CHECK(link_stays_inside("link", "main.py"));
    CHECK(link_stays_inside("bin/start", "../main.py"));
    CHECK(link_stays_inside("a/b/c", "./../../x/../y"));
    CHECK_FALSE(link_stays_inside("link", "../main.py"));
    CHECK_FALSE(link_stays_inside("bin/start", "../../x"));
    CHECK_FALSE(link_stays_inside("bin/start", "x/../../../y/z"));
    CHECK_FALSE(link_stays_inside("link", "/etc/passwd"));
    CHECK_FALSE(link_stays_inside("link", ""));
}

TEST_CASE("check_persisted: paths of the connector's own, each once") {
    const auto fine = check_persisted({"data/", "./var//cache", "data", "settings.json"});
    REQUIRE(fine.ok());
    CHECK(*fine == std::vector<std::string>{"data", "var/cache", "settings.json"});
    for (const char* wrong :
         {"", ".", "/data", "../x", "a/../b", ".venv", ".venv/lib", "gupfile", ".git/x", "generation.json"}) {
        CHECK_MESSAGE(!check_persisted({wrong}).ok(), wrong);
    }
    CHECK_FALSE(check_persisted({"data", "data/x"}).ok());
    CHECK_FALSE(check_persisted({"data/x", "data"}).ok());
    CHECK(check_persisted({"data", "data2"}).ok());
}

TEST_CASE("shared_link_text: as many steps up as the path is deep") {
    CHECK(shared_link_text("data") == "../shared/data");
    CHECK(shared_link_text("var/lib/data") == "../../../shared/var/lib/data");
}

TEST_CASE("is_persisted_folder: a name without a suffix") {
    CHECK(is_persisted_folder("data"));
    CHECK(is_persisted_folder("var.d/cache"));
    CHECK(is_persisted_folder(".cache"));
    CHECK_FALSE(is_persisted_folder("settings.json"));
}

TEST_CASE("check_release_id: of all bytes, letters and digits may begin an id, . _ - + may follow") {
    constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        const bool begins = letters_and_digits.find(c) != std::string_view::npos;
        CHECK(check_release_id(std::string{c, 'x'}).ok() == begins);
        const bool follows = begins || std::string_view("._-+").find(c) != std::string_view::npos;
        CHECK(check_release_id(std::string{'x', c}).ok() == follows);
    }
    CHECK(check_release_id(std::string(200, 'x')).ok());
}

TEST_CASE("check_release_id: each refusal has its own reason") {
    const auto message = [](std::string_view id) { return check_release_id(id).error().message; };
    CHECK(message("").find("it is empty") != std::string::npos);
    CHECK(message(std::string(201, 'x')).find("too long") != std::string::npos);
    CHECK(message("-x").find("'-x'") != std::string::npos);
    CHECK(message("-x").find("begins with neither") != std::string::npos);
    CHECK(message("a b").find("not allowed") != std::string::npos);
    CHECK(message("shared").find("has this name") != std::string::npos);
}

TEST_CASE("check_persisted: each refusal names the path and its reason") {
    const auto message = [](const std::vector<std::string>& paths) { return check_persisted(paths).error().message; };
    CHECK(message({"/data"}).find("'/data' cannot be persisted") != std::string::npos);
    CHECK(message({"/data"}).find("absolute") != std::string::npos);
    CHECK(message({"."}).find("whole folder") != std::string::npos);
    CHECK(message({".."}).find("is outside of") != std::string::npos);
    CHECK(message({"gupfile"}).find("belongs to the release") != std::string::npos);
    CHECK(message({"data", "data/x"}).find("'data/x' cannot be persisted") != std::string::npos);
    CHECK(message({"data", "data/x"}).find("'data'") != std::string::npos);
    CHECK(check_persisted({"data/x", "data/x"}).value().size() == 1);
}

TEST_CASE("is_persisted_folder: of the last name alone, and not of no name at all") {
    CHECK_FALSE(is_persisted_folder(""));
    CHECK_FALSE(is_persisted_folder("var/.cache.d"));
    CHECK(is_persisted_folder("a.b/c/"));
}

TEST_CASE("folder_around: the only folder of an archive, if it looks like the code") {
    using Paths = std::vector<std::string>;
    struct Row {
        Paths paths;
        const char* folder;
    };
    const Row rows[] = {
        {{"app-main/", "app-main/gupfile", "app-main/src/x.py"}, "app-main"},
        {{"app-main/README.md"}, "app-main"},
        {{"app-main/README"}, "app-main"},
        {{"app-1.0/main.py"}, "app-1.0"},
        {{"app/pyproject.toml"}, "app"},
        {{"app-main/gupfile", "gupfile"}, ""},
        {{"gupfile"}, ""},
        {{"a/main.py", "b/main.py"}, ""},
        {{"app/main.py", "app2/x"}, ""},
        {{"app-main/app.txt"}, "app-main"},
        {{"__MACOSX/", "__MACOSX/app/._main.py", "app/", "app/main.py"}, "app"},
        {{".DS_Store", "app/main.py", "__MACOSX/._app"}, "app"},
        {{"__MACOSX/._x", "app/main.py", "x"}, ""},
        {{"__MACOSX/._x"}, ""},
        {{"conf/app.cfg"}, ""},  // a folder that may be meant as it is
        {{"conf.d/10-app"}, ""},
        {{"conf/gupfile", "conf/app.cfg"}, "conf"},
        {{"app/src/main.py"}, ""},  // no code at its top
        {{"app/gupfile/"}, ""},     // a folder of that name
        {{}, ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.paths.empty() ? std::string() : row.paths.front());
        CHECK(folder_around(row.paths) == row.folder);
    }
    CHECK(tell_folder_around("app-main", "https://host/app.zip").hint ==
          "if that folder is the code, write source = \"https://host/app.zip#app-main\"");
}

TEST_CASE("is_placeholder_gupfile: what this and earlier agents wrote, and nothing else") {
    CHECK(is_placeholder_gupfile(placeholder_gupfile));
    CHECK(is_placeholder_gupfile("# The source has none.\n"));
    CHECK_FALSE(is_placeholder_gupfile(""));
    CHECK_FALSE(is_placeholder_gupfile("# The source has no gupfile.\npaho-mqtt,1.3.1\n"));
}

}  // namespace gup
