// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/pylock.hpp"

#include "core/requirements/group_markers.hpp"
#include "requirement_texts.hpp"

using namespace gup;
using namespace gup::test;

namespace {

const std::string lock_head = "lock-version = \"1.0\"\ncreated-by = \"uv\"\n";

Gupfile read_lock(const std::string& text, RequirementRules rules = {}) {
    DeclarationOptions options;
    options.rules = rules;
    options.requirements = "pylock.toml";
    return read_declaration(TextFiles{{"pylock.toml", text}}, options)->gupfile;
}

std::string hashes_line(char digit) {
    return "hashes = { sha256 = \"" + std::string(64, digit) + "\" }";
}

// A package with one wheel, and `more` lines in its table.
std::string package_of(const std::string& name, const std::string& version, const std::string& more = {}) {
    return fmt::format(
        "[[packages]]\nname = \"{0}\"\nversion = \"{1}\"\n{2}wheels = [{{ url = "
        "\"https://example.org/{0}-{1}-py3-none-any.whl\", {3} }}]\n",
        name, version, more, hashes_line('a'));
}

// The first problem begins with the place, and contains `part`.
void check_lock_problem(const std::string& text, const std::string& place, const std::string& part) {
    CAPTURE(text);
    const Gupfile gupfile = read_lock(text);
    REQUIRE_FALSE(gupfile.problems.empty());
    const std::string shown = display(gupfile.problems.front(), {});
    CAPTURE(shown);
    CHECK(shown.starts_with("pylock.toml:" + place));
    CHECK(contains(shown, part));
    CHECK_FALSE(gupfile.problems.front().hint.empty());
}

}  // namespace

TEST_CASE("pylock.toml: packages of an index, as uv and pip write them") {
    const Gupfile gupfile =
        read_lock(lock_head + "requires-python = \">=3.9\"\n\n" +
                  package_of("requests", "2.31.0", "index = \"https://a.example.org/simple\"\n") +
                  "[[packages]]\nname = \"six\"\nversion = \"1.16.0\"\nmarker = \"python_version < '3.12'\"\n"
                  "sdist = { url = \"https://example.org/six-1.16.0.tar.gz\", upload-time = 2021-05-05T14:18:18Z, size "
                  "= 34041, " +
                  hashes_line('b') +
                  " }\nwheels = [\n    { url = \"https://example.org/six-1.16.0-py2.py3-none-any.whl\", size = 1, " +
                  hashes_line('c') +
                  " },\n]\n\n[packages.tool.x]\na = 1\n[[packages.attestation-identities]]\nkind = "
                  "\"GitHub\"\n[tool.uv]\nb = 2\n");
    CHECK(told(gupfile) == "requests==2.31.0 sha256:a\nsix==1.16.0 if python_version < \"3.12\" sha256:c sha256:b\n");
    CHECK(gupfile.is_lock);
    CHECK(gupfile.environment == "python_full_version >= \"3.9\"");
    CHECK(gupfile.pins[0].line == 5);
    CHECK(gupfile.pins[0].file == "pylock.toml");
}

TEST_CASE("pylock.toml: sources that are no index") {
    const std::string commit(40, '1');
    const auto told_of = [&](const std::string& source) {
        return told(
            read_lock(lock_head + "[[packages]]\nname = \"lib\"\n" + source + "\n" + package_of("six", "1.16.0")));
    };
    const std::string six = "\nsix==1.16.0 sha256:a\n";
    CHECK(told_of("vcs = { type = \"git\", url = \"https://example.org/lib.git\", requested-revision = \"v1\", "
                  "commit-id = \"" +
                  commit + "\" }") == "lib from git+https://example.org/lib.git at " + commit + six);
    CHECK(
        told_of(
            "vcs = { type = \"git\", url = \"ssh://git@example.org/lib.git\", subdirectory = \"a/b\", commit-id = \"" +
            commit + "\" }") == "lib from git+ssh://git@example.org/lib.git#subdirectory=a/b at " + commit + six);
    CHECK(told_of("directory = { path = \".\", editable = true }") == "lib editable" + six);
    CHECK(told_of("directory = { path = \"./\" }") == "lib editable" + six);
    CHECK(told_of("archive = { url = \"https://example.org/lib-1.0.zip\", " + hashes_line('b') + " }") ==
          "lib==1.0 from https://example.org/lib-1.0.zip sha256:b" + six);
    CHECK(told_of("sdist = { name = \"lib-1.0.tar.gz\", url = \"https://example.org/f/1234\", " + hashes_line('b') +
                  " }") == "lib==1.0 sha256:b" + six);
}

TEST_CASE("pylock.toml: extras are not installed, default groups are") {
    CHECK(told(read_lock(
              lock_head + "extras = [\"socks\"]\ndependency-groups = [\"dev\"]\ndefault-groups = [\"Main_Group\"]\n" +
              package_of("a", "1", "marker = \"'main-group' in dependency_groups\"\n") +
              package_of("b", "1", "marker = \"'dev' in dependency_groups\"\n") +
              package_of("c", "1", "marker = \"'socks' in extras\"\n") +
              package_of("d", "1", "marker = \"'dev' in dependency_groups or sys_platform == 'linux'\"\n") +
              package_of("e", "1", "marker = \"'main-group' in dependency_groups and os_name == 'posix'\"\n"))) ==
          "a==1 sha256:a\nd==1 if sys_platform == \"linux\" sha256:a\ne==1 if os_name == \"posix\" sha256:a\n");
}

TEST_CASE("marker_for_groups: leaves what depends on the environment") {
    struct FoldCase {
        std::string marker;
        std::string expected;  // "-": never
    };
    const std::vector<FoldCase> cases{
        {"python_version > '3'", "python_version > \"3\""},
        {"'x' in extras", "-"},
        {"'x' not in extras", ""},
        {"'g' in dependency_groups", ""},
        {"'g' not in dependency_groups", "-"},
        {"'h' in dependency_groups or 'g' in dependency_groups", ""},
        {"os_name == 'a' and ('h' in dependency_groups or 'x' in extras)", "-"},
        {"os_name == 'a' and ('g' in dependency_groups or os_name == 'b')", "os_name == \"a\""},
        {"os_name == 'a' and ('h' in dependency_groups or os_name == 'b') or os_name == 'c'",
         "os_name == \"a\" and (os_name == \"b\") or os_name == \"c\""},
        {"'h' in dependency_groups and os_name == 'a' or os_name == 'b'", "os_name == \"b\""},
    };
    for (const auto& [marker, expected] : cases) {
        CAPTURE(marker);
        const auto known = detail::marker_for_groups(marker, {"g"});
        REQUIRE(known.ok());
        CHECK(known->value_or("-") == expected);
    }
    CHECK_FALSE(detail::marker_for_groups("os_name ==", {}).ok());
    CHECK_FALSE(detail::marker_for_groups("os_name ~= 'x'", {}).ok());
}

TEST_CASE("pylock.toml: where it may be used") {
    CHECK(read_lock(lock_head +
                    "environments = [\"sys_platform == 'linux'\", \"sys_platform == 'darwin'\"]\nrequires-python = "
                    "\">=3.9,<4\"\n" +
                    package_of("six", "1.16.0"))
              .environment ==
          "((sys_platform == \"linux\") or (sys_platform == \"darwin\")) and python_full_version < \"4\" and "
          "python_full_version >= \"3.9\"");
    CHECK(read_lock(lock_head + package_of("six", "1.16.0")).environment.empty());
}

TEST_CASE("pylock.toml: several entries of one name") {
    CHECK(told(read_lock(lock_head + package_of("a", "1", "marker = \"python_version < '3.9'\"\n") +
                         package_of("a", "2", "marker = \"python_version >= '3.9'\"\n"))) ==
          "a==1 if python_version < \"3.9\" sha256:a\na==2 if python_version >= \"3.9\" sha256:a\n");
    check_lock_problem(lock_head + package_of("a", "1") + package_of("a", "2"),
                       "7:1: ", "a==2 contradicts the requirement a==1 in line 3");
}

TEST_CASE("pylock.toml: indexes are for the operator to allow") {
    RequirementRules rules;
    rules.allow_index_options = true;
    const std::string text = lock_head + package_of("a", "1", "index = \"https://a.example.org/simple/\"\n") +
                             package_of("b", "1", "index = \"https://a.example.org/simple\"\n");
    CHECK(read_lock(text, rules).index_options ==
          std::vector<std::string>{"--extra-index-url", "https://a.example.org/simple"});
    CHECK(read_lock(text).index_options.empty());
    CHECK(read_lock(text).problems.empty());
}

TEST_CASE("pylock.toml: mistakes have a place and a hint") {
    const std::string package = "[[packages]]\nname = \"lib\"\n";
    const std::vector<std::vector<std::string>> cases{
        {"", "1:1: ", "has no lock-version"},
        {"lock-version = 1\n", "1:16: ", "has no lock-version"},
        {"lock-version = \"2.0\"\n", "1:16: ", "lock-version '2.0' is not 1.0"},
        {lock_head, "1:1: ", "has no [[packages]]"},
        {lock_head + "packages = 3\n", "3:12: ", "has no [[packages]]"},
        {lock_head + "packages = [1]\n", "3:13: ", "a package is not a table"},
        {lock_head + "[[packages]]\nversion = \"1\"\n", "3:1: ", "a package has no name"},
        {lock_head + "[[packages]]\nname = \"-x\"\n", "3:1: ", "'-x' is not the name of a distribution"},
        {lock_head + package + "version = \"one\"\n", "5:11: ", "'one' is not a version"},
        {lock_head + package + "version = 1.0\n", "5:11: ", "version must be a text"},
        {lock_head + package + "marker = \"os_name = 'x'\"\nversion=\"1\"\n", "5:10: ", "the marker"},
        {lock_head + package, "3:1: ", "lib has no source"},
        {lock_head + package + "directory = { path = \".\" }\nvcs = { type = \"git\" }\n",
         "3:1: ", "lib has several sources"},
        {lock_head + package + "directory = { path = \"libs/a\" }\n", "5:13: ", "lib is a folder"},
        {lock_head + package + "directory = { path = \"..\" }\n", "5:13: ", "lib is a folder"},
        {lock_head + package + "directory = 3\n", "3:1: ", "the source of lib is not a table"},
        {lock_head + package + "vcs = { type = \"hg\", url = \"https://example.org\" }\n",
         "5:7: ", "lib is not in a git repository"},
        {lock_head + package + "vcs = { type = \"git\", path = \"x\" }\n", "5:7: ", "the repository of lib is local"},
        {lock_head + package + "vcs = { type = \"git\", url = \"https://example.org/x\", commit-id = \"v1\" }\n",
         "5:7: ", "no commit-id of 40 digits"},
        {lock_head + package + "archive = { path = \"x.zip\" }\n", "5:11: ", "the archive of lib is local"},
        {lock_head + package + "archive = { url = \"https://example.org/lib.zip\" }\n",
         "5:11: ", "has no hash that is checked"},
        {lock_head + package + "sdist = { url = \"https://example.org/lib-1.tar.gz\", hashes = { md5 = \"a\" } }\n",
         "5:9: ", "has no hash that is checked"},
        {lock_head + package + "sdist = { url = \"https://example.org/lib-1.tar.gz\", hashes = { sha256 = \"a\" } }\n",
         "5:73: ", "is not a sha256 in hexadecimal digits"},
        {lock_head + package + "sdist = { path = \"lib-1.tar.gz\", " + hashes_line('a') + " }\n",
         "5:18: ", "a file of lib is local"},
        {lock_head + package + "wheels = []\n", "3:1: ", "lib has no files"},
        {lock_head + package + "sdist = { url = \"https://example.org/x\", " + hashes_line('a') + " }\n",
         "3:1: ", "lib has no version"},
        {lock_head + "[[packages]\n", "3:", "this is not valid TOML"},
        {lock_head + "x = \"\xFF\"\n", "3:6: ", "not UTF-8"},
        {lock_head + "environments = [\"os_name\"]\n" + package_of("a", "1"), "3:16: ", "the marker"},
        {lock_head + "requires-python = \"three\"\n" + package_of("a", "1"), "3:19: ", ""},
        {lock_head + "default-groups = \"x\"\n" + package_of("a", "1"), "3:18: ", "must be an array of texts"},
    };
    for (const auto& one : cases) check_lock_problem(one[0], one[1], one[2]);
    check_lock_problem("lock-version = \"1.1\"\n" + package_of("a", "1"), "1:16: warning: ", "is newer than the agent");
}
