#include "core/requirements/requirements_txt.hpp"

#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "core/requirements/read_declaration.hpp"
#include "declaration_texts.hpp"
#include "util/text.hpp"

using namespace gup;
using gup::test::TextFiles;

namespace {

const std::string sha256_a = "sha256:" + std::string(64, 'a');
const std::string sha256_b = "sha256:" + std::string(64, 'b');

Gupfile read_with(TextFiles& files, RequirementRules rules = {}) {
    DeclarationOptions options;
    options.rules = rules;
    options.requirements = "requirements.txt";
    return read_declaration(files, options)->gupfile;
}

Gupfile read_text(const std::string& text, RequirementRules rules = {}) {
    TextFiles files{{"requirements.txt", text}, {"pyproject.toml", "[project]\nname = \"smart-meter\"\n"}};
    return read_with(files, rules);
}

// All members in one line.
std::string told(const Requirement& requirement) {
    std::string out = requirement.name;
    if (!requirement.extras.empty()) out += fmt::format("[{}]", fmt::join(requirement.extras, ","));
    if (!requirement.version.empty()) out += "==" + requirement.version;
    if (!requirement.range.empty()) out += " range " + requirement.range;
    if (!requirement.source.empty()) out += " from " + requirement.source;
    if (!requirement.revision.empty()) out += " at " + requirement.revision;
    if (requirement.is_editable) out += " editable";
    if (!requirement.marker.empty()) out += " if " + requirement.marker;
    for (const std::string& hash : requirement.hashes) out += " " + hash.substr(0, 8);
    return out;
}

std::string told(const Gupfile& gupfile) {
    std::string out;
    for (const Requirement& pin : gupfile.pins) out += told(pin) + "\n";
    for (const Requirement& one : gupfile.constraints) out += "limit " + told(one) + "\n";
    if (!gupfile.index_options.empty()) out += fmt::format("{}\n", fmt::join(gupfile.index_options, " "));
    for (const Problem& problem : gupfile.problems) out += display(problem, {}) + "\n";
    return out;
}

struct Case {
    std::string text;
    std::string expected;
};

void check_all(const std::vector<Case>& cases, RequirementRules rules = {}) {
    for (const Case& one : cases) {
        CAPTURE(one.text);
        CHECK(told(read_text(one.text, rules)) == one.expected + (one.expected.empty() ? "" : "\n"));
    }
}

// The first problem must contain all of `parts`; the first part is the place.
void check_problem(const std::string& text, const std::vector<std::string>& parts, RequirementRules rules = {}) {
    CAPTURE(text);
    const Gupfile gupfile = read_text(text, rules);
    REQUIRE_FALSE(gupfile.problems.empty());
    const std::string shown = display(gupfile.problems.front(), {});
    CAPTURE(shown);
    CHECK(shown.starts_with("requirements.txt:" + parts.front()));
    for (std::size_t i = 1; i < parts.size(); ++i) CHECK(contains(shown, parts[i]));
    CHECK_FALSE(gupfile.problems.front().hint.empty());
}

}  // namespace

TEST_CASE("requirements.txt: exact pins, in all spellings of pip freeze and people") {
    check_all({
        {"paho-mqtt==1.6.1\n", "paho-mqtt==1.6.1"},
        {"paho-mqtt == 1.6.1", "paho-mqtt==1.6.1"},
        {"  paho-mqtt==1.6.1  \r\nsix==1.16.0\r\n", "paho-mqtt==1.6.1\nsix==1.16.0"},
        {"\xEF\xBB\xBFsix==1.16.0\n", "six==1.16.0"},
        {"# -*- coding: utf-8 -*-\nsix==1.16.0\n", "six==1.16.0"},
        {"six===1.16.0\n", "six==1.16.0"},
        {"six (==1.16.0)\n", "six==1.16.0"},
        {"six==1.16.0,>=1.0\n", "six==1.16.0"},
        {"six>=1.16.0,<=1.16.0\n", "six==1.16.0"},
        {"six==1.16.0,==1.16\n", "six==1.16"},
        {"torch==2.1.0+cpu\n", "torch==2.1.0+cpu"},
        {"requests[socks]==2.31.0\n", "requests[socks]==2.31.0"},
        {"requests[socks, security] ==2.31.0\n", "requests[socks,security]==2.31.0"},
        {"six==1.16.0;python_version<'3.12'\n", "six==1.16.0 if python_version<'3.12'"},
        {"six==1.16.0 ; sys_platform == \"linux\" and python_version >= \"3.8\"\n",
         "six==1.16.0 if sys_platform == \"linux\" and python_version >= \"3.8\""},
        {"", ""},
        {"\n\n# nothing\n   # still nothing\n", ""},
    });
}

TEST_CASE("requirements.txt: comments and continuation lines as pip joins them") {
    check_all({
        {"six==1.16.0 # for Python 2\n", "six==1.16.0"},
        {"six==1.16.0\t# for Python 2\n", "six==1.16.0"},
        {"six \\\n  ==1.16.0\n", "six==1.16.0"},
        {"six==1.16.0 \\\n    --hash=" + sha256_a + " \\\n    --hash=" + sha256_b + "\n",
         "six==1.16.0 sha256:a sha256:b"},
        {"six==1.16.0 \\\n    --hash=" + sha256_a + "\n    # via meter\nidna==3.4 --hash " + sha256_b + "\n",
         "six==1.16.0 sha256:a\nidna==3.4 sha256:b"},
        {"six==1.16.0 \\", "six==1.16.0"},
        {"\\\nsix==1.16.0\n", "six==1.16.0"},
        {"six==1.16.0 --hash=\"" + sha256_a + "\"\n", "six==1.16.0 sha256:a"},
        {"six==1.16.0 --hash=SHA256:" + std::string(64, 'A') + "\n", "six==1.16.0 sha256:a"},
        {"six==1.16.0 # note \\\nidna==3.4\n",
         "six==1.16.0\nrequirements.txt:1:12: warning: the comment ends with \\, so the next line is a part of it\n"
         "hint: remove the \\ at the end of the comment"},
    });
    check_problem("six==1.16.0 \\ \n  --hash=" + sha256_a + "\n", {"1:13: ", "hint: nothing may follow the \\"});
    check_problem(
        "six==1.16.0 \\\n# the hash\n  --hash=" + sha256_a + "\n",
        {"3:3: ", "there is a hash, and no requirement in front of it", "hint: end the requirement's line with \\"});
    check_problem("six==1.16.0\n\nidna \\\n  == \\\n", {"4:3: ", "hint: write idna==VERSION"});
}

TEST_CASE("requirements.txt: direct references") {
    check_all({
        {"lib @ git+https://git.example.org/lib.git@v1.2\n", "lib from git+https://git.example.org/lib.git at v1.2"},
        {"lib@git+https://git.example.org/lib.git@v1.2\n", "lib from git+https://git.example.org/lib.git at v1.2"},
        {"lib[x] @ git+ssh://git@git.example.org/org/lib.git@0123456789012345678901234567890123456789\n",
         "lib[x] from git+ssh://git@git.example.org/org/lib.git at 0123456789012345678901234567890123456789"},
        {"lib @ git+https://u:p@git.example.org/lib@v1#subdirectory=python&egg=lib ; python_version > '3'\n",
         "lib from git+https://u:p@git.example.org/lib#subdirectory=python at v1 if python_version > '3'"},
        {"git+https://git.example.org/lib.git@v1.2#egg=lib\n", "lib from git+https://git.example.org/lib.git at v1.2"},
        {"git+https://git.example.org/lib.git@v1.2#egg=lib[x]&subdirectory=a/b\n",
         "lib[x] from git+https://git.example.org/lib.git#subdirectory=a/b at v1.2"},
        {"-e git+https://git.example.org/lib.git@v1.2#egg=lib\n",
         "lib from git+https://git.example.org/lib.git at v1.2"},
        {"lib @ git+file:///srv/git/lib.git@release/1.0\n", "lib from git+file:///srv/git/lib.git at release/1.0"},
        {"lib @ https://example.org/lib-1.0-py3-none-any.whl#" + std::string("sha256=") + std::string(64, 'a') + "\n",
         "lib==1.0 from https://example.org/lib-1.0-py3-none-any.whl#sha256=" + std::string(64, 'a')},
        {"https://example.org/my_lib-1.0%2Blocal-py3-none-any.whl\n",
         "my-lib==1.0+local from https://example.org/my_lib-1.0%2Blocal-py3-none-any.whl"},
        {"https://example.org/python-dateutil-2.8.2.tar.gz\n",
         "python-dateutil==2.8.2 from https://example.org/python-dateutil-2.8.2.tar.gz"},
        {"https://example.org/lib-1.0.zip ; python_version > '3'\n",
         "lib==1.0 from https://example.org/lib-1.0.zip if python_version > '3'"},
        {"lib @ https://example.org/org/lib/archive/refs/tags/v1.0.zip\n",
         "lib from https://example.org/org/lib/archive/refs/tags/v1.0.zip"},
        {"-e .\n", "smart-meter editable"},
        {"--editable=.[test]\n", "smart-meter[test] editable"},
        {"./\n", "smart-meter editable"},
        {".[a, b]\n", "smart-meter[a,b] editable"},
        {". ; python_version > '3'\n", "smart-meter editable if python_version > '3'"},
    });
    check_problem("lib @ git+https://git.example.org/lib.git\n",
                  {"1:1: ", "names no exact revision",
                   "hint: name a tag or a commit: lib @ git+https://git.example.org/lib.git@TAG"});
    check_problem("git+https://git.example.org/lib.git@v1\n",
                  {"1:1: ", "does not name its distribution", "hint: write the name in front of it: NAME @ git+"});
    check_problem("lib @ git+git@git.example.org:org/lib.git@v1\n",
                  {"1:7: ", "hint: write git+ssh://git@git.example.org/org/lib.git"});
    check_problem("lib @ https://git.example.org/lib.git\n", {"1:7: ", "is a git repository, not an archive",
                                                              "hint: write git+https://git.example.org/lib.git@TAG"});
    check_problem("lib @ file:///home/me/lib\n",
                  {"1:7: ", "is a file of one machine", "hint: write the version instead of the path: lib==VERSION"});
    check_problem("lib @ hg+https://example.org/lib@1\n", {"1:7: ", "is not a git repository"});
    check_problem("lib @ svn+ssh://example.org/lib@1\n", {"1:7: ", "is not a git repository"});
    check_problem("lib @ ftp://example.org/lib-1.0.zip\n", {"1:7: ", "is not a URL that the agent installs from"});
    check_problem("lib @ git+https://git.example.org/lib.git@--upload-pack\n",
                  {"1:42: ", "is not a tag, a branch or a commit"});
    check_problem("lib @ git+https://git.example.org/lib.git@\n", {"1:42: ", "is not a tag, a branch or a commit"});
    check_problem("lib @ https://example.org/other-1.0-py3-none-any.whl\n",
                  {"1:7: ", "is a wheel of other", "hint: write other @ URL"});
    check_problem("https://example.org/v1.0.zip\n", {"1:1: ", "does not name its distribution"});
    check_problem("https://example.org/lib.whl\n", {"1:1: ", "is not the name of a wheel"});
    check_problem("./libs/common\n", {"1:1: ", "is a path", "hint: write NAME @ git+URL@TAG#subdirectory=FOLDER"});
    check_problem("-e ./libs/common\n", {"1:4: ", "is a path"});
    check_problem("-e /home/me/lib\n", {"1:4: ", "is a path"});
    check_problem("..\n", {"1:1: ", "is a path"});
    check_problem("wheels/lib-1.0-py3-none-any.whl\n", {"1:1: ", "is a path"});
    check_problem("-e lib\n", {"1:4: ", "is not a folder or a repository", "hint: write -e ."});
    check_problem("lib @ https://example.org/lib-1.0.zip#sha256=abc\n",
                  {"1:38: ", "is not a sha256, which has 64 hexadecimal digits"});
}

TEST_CASE("requirements.txt: secrets of URLs are in no message") {
    const Gupfile gupfile = read_text(
        "lib @ git+https://me:hunter2@git.example.org/lib.git\n"
        "--index-url https://me:hunter2@pypi.example.org/simple?token=hunter2\n"
        "git+https://me:hunter2@git.example.org/lib.git@v1\n"
        "lib @ https://me:hunter2@example.org/lib.git\n"
        "me:hunter2@example.org !!! https://me:hunter2@example.org\n"
        "one @ git+https://me:hunter2@git.example.org/one@v1\none @ git+https://me:hunter2@git.example.org/two@v1\n");
    CHECK(gupfile.problems.size() >= 5);
    for (const Problem& problem : gupfile.problems) {
        CAPTURE(display(problem, {}));
        if (problem.line == 5) continue;  // no URL: what is in front of the @ is a user there
        CHECK_FALSE(contains(problem.message + problem.hint, "hunter2"));
    }
}

TEST_CASE("requirements.txt: what pins nothing exactly is an error, or a range") {
    for (const char* line : {"requests", "requests>=2", "requests~=2.31", "requests!=2.0", "requests==2.*",
                             "requests[socks]>=2,<3", "requests<3 ; python_version > '3'"}) {
        check_problem(line, {"1:1: ", " names no exact version",
                             "hint: write requests==VERSION; or the operator allows ranges: allow-ranges = true"});
    }
    RequirementRules rules;
    rules.allow_ranges = true;
    check_all({{"requests\n", "requests"},
               {"requests >=2, <3\n", "requests range >=2, <3"},
               {"requests==2.*\n", "requests range ==2.*"},
               {"requests>=2\nrequests<3\n",
                "requests range >=2,<3\nrequirements.txt:2:1: warning: requests is required again, as in line 1\n"
                "hint: remove one of the two lines"},
               {"lib @ git+https://git.example.org/lib.git\n", "lib from git+https://git.example.org/lib.git"}},
              rules);
    check_problem("requests==2.0,>=2.1\n",
                  {"1:9: ", "no version satisfies '==2.0,>=2.1'", "hint: write one version: requests==2.0"}, rules);
}

TEST_CASE("requirements.txt: lines that are no requirement say what was meant") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> cases{
        {"paho-mqtt=1.6.1", {"1:", "hint: write paho-mqtt==1.6.1"}},
        {"paho-mqtt,1.6.1", {"1:10: ", "hint: write paho-mqtt==1.6.1"}},
        {"paho-mqtt 1.6.1", {"1:11: ", "hint: write paho-mqtt==1.6.1"}},
        {"paho-mqtt: 1.6.1", {"1:", "hint: write paho-mqtt==1.6.1"}},
        {"six==1.16.0\n<<<<<<< HEAD\nidna==3.4\n=======\n", {"2:1: ", "merge conflict", "hint: keep the right lines"}},
        {"six==1.16.0;\n idna==3.4; python_versoin < '3'\n", {"2:13: ", "marker"}},
        {"six==1.16.0 ; python_version ~= 'abc'\n", {"1:15: ", "has no meaning"}},
        {"six==\n", {"1:", "hint: write six==VERSION"}},
        {"==1.0\n", {"1:1: ", "hint: a requirement is NAME==VERSION"}},
        {"requests[socks==2.0\n", {"1:15: ", "hint: write requests==VERSION"}},
        {"six==1.16.0 idna==3.4\n", {"1:13: "}},
        {"six\xC2\xA0==1.16.0\n", {"1:4: ", "hint: type the line again"}},
        {"six==1.16.0 --hash\n", {"1:13: ", "--hash has no value"}},
        {"six==1.16.0 --hash=md5:abc\n",
         {"1:20: ", "'md5' is not a hash that is checked", "hint: write --hash=sha256:"}},
        {"six==1.16.0 --hash=sha256:abc\n", {"1:20: ", "64 hexadecimal digits"}},
        {"six==1.16.0 --hash=abc\n", {"1:20: ", "'abc' is not a hash"}},
        {"six==1.16.0 --global-option=x\n", {"1:13: ", "changes how a package is built"}},
        {"six==1.16.0 -C a=b\n", {"1:13: ", "changes how a package is built"}},
        {"six==1.16.0 -r other.txt\n", {"1:13: ", "does not belong to a requirement", "line of its own"}},
        {"six==1.16.0 -e .\n", {"1:13: ", "does not belong to a requirement"}},
        {"six==1.16.0 --hash=" + sha256_a + " idna==3.4\n", {"1:92: ", "follows an option"}},
        {"six==1.16.0 --hash='abc\n", {"1:20: ", "quotation mark"}},
        {"six==${VERSION}\n", {"1:6: ", "environment", "hint: write the value"}},
        {"six==1.0 # ok\n# ${SECRET}\n--index-url https://${TOKEN}@example.org\n", {"3:21: ", "environment"}},
        {"--no-deps\n",
         {"1:1: ", "'--no-deps' is not an option of a requirements file", "hint: pip has it on its command line only"}},
        {"--reqirement a.txt\n", {"1:1: ", "hint: did you mean --requirement?"}},
        {"--no\n", {"1:1: ", "is not an option"}},
        {"-x\n", {"1:1: ", "is not an option"}},
        {"--pre=1\n", {"1:1: ", "--pre has no value"}},
        {"-r\n", {"1:1: ", "--requirement has no value"}},
        {"-r my file.txt\n", {"1:7: ", "'file.txt' follows an option"}},
        {"--config-settings a=b\n", {"1:1: ", "changes how a package is built"}},
        {"-e . -e .\n", {"1:6: ", "does not belong to a requirement"}},
        {"six==1.0\n\x01idna==3.4\n", {"2:1: ", "control character"}},
        {"six==1.0\nidna==\xFF\n", {"2:7: ", "not UTF-8", "hint: save the file as UTF-8"}},
    };
    for (const auto& [text, parts] : cases) check_problem(text, parts);
    check_problem(std::string("\xFF\xFEs\0i\0x\0", 8), {"1:1: ", "the file is UTF-16", "hint: save it as UTF-8"});
    // A comment may be in another encoding: nothing is read of it.
    CHECK(told(read_text("# f\xFCr\nsix==1.16.0 # \xFC\n")) == "six==1.16.0\n");
}

TEST_CASE("requirements.txt: names that come twice") {
    check_all({
        {"six==1.16.0\nSIX == 1.16\n",
         "six==1.16.0\nrequirements.txt:2:1: warning: SIX is required again, as in line 1\nhint: remove one of the two "
         "lines"},
        {"six==1.16.0\nsix==1.15.0\n",
         "six==1.16.0\nrequirements.txt:2:1: six==1.15.0 contradicts the requirement six==1.16.0 in line 1\n"
         "hint: keep the right one of the two lines"},
        {"six==1.16.0\nsix<1.16\n",
         "six==1.16.0\nrequirements.txt:2:1: six<1.16 contradicts the requirement six==1.16.0 in line 1\n"
         "hint: keep the right one of the two lines"},
        {"six>=1\nsix==1.16.0\n",
         "six==1.16.0\nrequirements.txt:2:1: warning: six is required again, as in line 1\nhint: remove one of the two "
         "lines"},
        {"requests[socks]==2.31.0\nrequests==2.31.0\n",
         "requests[socks]==2.31.0\nrequirements.txt:2:1: warning: requests is required again, as in line 1\n"
         "hint: remove one of the two lines"},
        {"a==1 ; python_version < '3.9'\na==2 ; python_version >= '3.9'\n",
         "a==1 if python_version < '3.9'\na==2 if python_version >= '3.9'"},
        {"a==1 ; python_version < '3.9'\na==2 ; python_version<\"3.9\"\n",
         "a==1 if python_version < '3.9'\nrequirements.txt:2:1: a==2 contradicts the requirement a==1 in line 1\n"
         "hint: keep the right one of the two lines"},
        {"a @ git+https://example.org/a@v1\na==1\n",
         "a from git+https://example.org/a at v1\n"
         "requirements.txt:2:1: a==1 contradicts the requirement a (git+https://example.org/a@v1) in line 1\n"
         "hint: keep the right one of the two lines"},
        {"a==1 --hash=" + sha256_a + "\na==1 --hash=" + sha256_b + "\n",
         "a==1 sha256:a\nrequirements.txt:2:1: a==1 contradicts the requirement a==1 in line 1\n"
         "hint: keep the right one of the two lines"},
    });
}

TEST_CASE("requirements.txt: hashes are for all requirements or for none") {
    const std::string hashed = "six==1.16.0 --hash=" + sha256_a + "\n";
    check_problem(hashed + "idna==3.4\n",
                  {"2:1: ", "idna has no hash, and six has one", "hint: add --hash=sha256:… behind idna"});
    check_problem(hashed + "lib @ git+https://example.org/lib@v1\n",
                  {"2:1: ", "lib cannot have a hash, and six has one", "hint: publish it as an archive"});
    check_problem(hashed + "-e .\n", {"2:1: ", "smart-meter cannot have a hash"});
    check_problem("lib @ git+https://example.org/lib@v1 --hash=" + sha256_a + "\n",
                  {"1:1: ", "has hashes, and they cannot be checked", "hint: remove its hashes"});
    check_problem("--require-hashes\nsix==1.16.0\n", {"2:1: ", "six has no hash, and --require-hashes wants one"});
    RequirementRules rules;
    rules.allow_ranges = true;
    check_problem("six>=1 --hash=" + sha256_a + "\n", {"1:1: ", "has hashes, and names no exact version"}, rules);
    const std::string url = "https://example.org/lib-1.0.zip#sha256=" + std::string(64, 'b');
    check_all({{hashed + "lib @ " + url + "\n", "six==1.16.0 sha256:a\nlib==1.0 from " + url + " sha256:b"},
               {"--require-hashes\nlib @ " + url + "\n", "lib==1.0 from " + url + " sha256:b"}});
}

TEST_CASE("requirements.txt: options of indexes need the operator") {
    RequirementRules rules;
    rules.allow_index_options = true;
    for (const char* line : {"-i https://pypi.example.org/simple", "--index-url=https://pypi.example.org/simple",
                             "--extra-index-url https://pypi.example.org/simple", "-f https://example.org/wheels",
                             "--find-links wheels", "--no-index", "--trusted-host example.org"}) {
        check_problem(line, {"1:1: ", "chooses an index, and the operator has not allowed that",
                             "hint: allow it with allow-index-options = true below [python] in gup-agent.toml"});
    }
    check_all({{"-i https://pypi.example.org/simple\n--extra-index-url=https://b.example.org/simple\n",
                "--index-url https://pypi.example.org/simple --extra-index-url https://b.example.org/simple"},
               {"--no-index -f wheels\n", "--no-index --find-links wheels"},
               {"--pypi-url https://a.example.org/simple --trusted-host a.example.org",
                "--index-url https://a.example.org/simple --trusted-host a.example.org"}},
              rules);
    check_problem("--find-links ../wheels\n", {"1:14: ", "is outside of the repository"}, rules);
    check_problem("--index-url -x\n", {"1:13: ", "'-x' is no value of --index-url"}, rules);
    check_all({{"--pre\n--only-binary :all:\n--no-binary=six,idna\n", "--pre --only-binary :all: --no-binary six,idna"},
               {"--prefer-binary\n", ""},
               {"--use-feature=fast-deps\n",
                "requirements.txt:1:1: warning: --use-feature is ignored: it chooses a part of pip\nhint: remove it"}});
}

TEST_CASE("requirements.txt: includes files of the repository") {
    TextFiles files{{"requirements.txt", "-r requirements/base.txt\n-c constraints.txt\nidna\n"},
                    {"requirements/base.txt", "-r more/extra.txt\n--requirement=../common.txt\nsix==1.16.0\n"},
                    {"requirements/more/extra.txt", "certifi==2023.7.22\n"},
                    {"common.txt", "attrs==23.1.0\n"},
                    {"constraints.txt", "idna==3.4\nurllib3<2 # for the old server\nsix<2\n"}};
    const Gupfile gupfile = read_with(files);
    CHECK(told(gupfile) ==
          "certifi==2023.7.22\nattrs==23.1.0\nsix==1.16.0\nidna==3.4\nlimit idna==3.4\nlimit urllib3 range <2\nlimit "
          "six range <2\n");
    CHECK(gupfile.pins[0].file == "requirements/more/extra.txt");
    CHECK(gupfile.pins[0].line == 1);
    CHECK(gupfile.pins[3].file == "requirements.txt");
    CHECK(gupfile.pins[3].line == 3);
}

TEST_CASE("requirements.txt: problems name the included file, and those of includes the line") {
    const auto problem_of = [](TextFiles& files) { return told(read_with(files)); };
    TextFiles nested{{"requirements.txt", "-r a/b.txt\n"}, {"a/b.txt", "six\n"}};
    CHECK(contains(problem_of(nested), "a/b.txt:1:1: six names no exact version"));
    struct Include {
        std::string line;
        std::string expected;
    };
    const std::vector<Include> includes{
        {"-r missing.txt", "requirements.txt:1:4: there is no file 'missing.txt'\nhint: commit the file"},
        {"-r ../other.txt", "requirements.txt:1:4: '../other.txt' is outside of the repository"},
        {"-r a/../../other.txt", "requirements.txt:1:4: 'a/../../other.txt' is outside of the repository"},
        {"-r /etc/passwd", "requirements.txt:1:4: '/etc/passwd' is outside of the repository"},
        {"--requirement=https://example.org/r.txt", "requirements.txt:1:15: 'https://example.org/r.txt' is not a file"},
        {"-c file:///etc/passwd", "requirements.txt:1:4: 'file:///etc/passwd' is not a file of the repository"},
        {"-r requirements.txt", "requirements.txt:1:4: 'requirements.txt' includes itself\nhint: remove the line"},
        {"-r ./a/../requirements.txt", "requirements.txt:1:4: 'requirements.txt' includes itself"},
        {"-r broken.txt", "requirements.txt:1:4: cannot read broken.txt\nhint: look at the disk"},
    };
    for (const auto& [line, expected] : includes) {
        CAPTURE(line);
        TextFiles files{{"requirements.txt", line + "\n"}};
        files.broken = "broken.txt";
        CHECK(contains(problem_of(files), expected));
    }
    TextFiles cycle{{"requirements.txt", "-r a.txt\n"}, {"a.txt", "-r b.txt\n"}, {"b.txt", "-r a.txt\n"}};
    CHECK(contains(problem_of(cycle), "b.txt:1:4: 'a.txt' includes itself"));
    TextFiles twice{{"requirements.txt", "-r a.txt\n-r a.txt\n"}, {"a.txt", "six==1.16.0\n"}};
    CHECK(problem_of(twice) ==
          "six==1.16.0\na.txt:1:1: warning: six is required again, as in line 1\n"
          "hint: remove one of the two lines\n");
}

TEST_CASE("requirements.txt: constraints") {
    struct ConstraintCase {
        std::string constraints;
        std::string text;
        std::string expected;
    };
    const std::vector<ConstraintCase> cases{
        {"requests==2.31.0\n", "requests>=2\n", "requests==2.31.0\nlimit requests==2.31.0\n"},
        {"requests==2.31.0\n", "requests[socks]\n", "requests[socks]==2.31.0\nlimit requests==2.31.0\n"},
        {"requests==2.31.0\n", "requests<2\n",
         "requests range <2\nlimit requests==2.31.0\nrequirements.txt:2:1: requests<2 contradicts the constraint "
         "requests==2.31.0 in c.txt, line 1\nhint: keep the right one of the two lines\n"},
        {"requests<2\n", "requests==2.31.0\n",
         "requests==2.31.0\nlimit requests range <2\nrequirements.txt:2:1: requests==2.31.0 contradicts the constraint "
         "requests<2 in c.txt, line 1\nhint: keep the right one of the two lines\n"},
        {"lib @ git+https://example.org/lib@v1\n", "lib\n",
         "lib from git+https://example.org/lib at v1\nlimit lib from git+https://example.org/lib at v1\n"},
        {"requests==2.31.0 ; sys_platform == 'win32'\n", "requests==2.30.0\n",
         "requests==2.30.0\nlimit requests==2.31.0 if sys_platform == 'win32'\n"},
        {"requests[socks]==2.31.0\n", "requests==2.31.0\n",
         "requests==2.31.0\nc.txt:1:1: a constraint has no extras: requests[socks]==2.31.0\n"
         "hint: write it to a file of requirements, or write NAME==VERSION\n"},
        {"-e .\n", "six==1.16.0\n",
         "six==1.16.0\nc.txt:1:1: a constraint cannot be the repository itself\n"
         "hint: write it to a file of requirements, or write NAME==VERSION\n"},
        {"-r r.txt\n", "six==1.16.0\n", "idna==3.4\nsix==1.16.0\n"},
    };
    for (const auto& [constraints, text, expected] : cases) {
        CAPTURE(constraints);
        CAPTURE(text);
        TextFiles files{{"requirements.txt", "-c c.txt\n" + text}, {"c.txt", constraints}, {"r.txt", "idna==3.4\n"}};
        const Gupfile gupfile = read_with(files);
        CHECK(told(gupfile) == expected);
    }
}

TEST_CASE("requirements.txt: the repository's own name") {
    const auto name_with = [](DeclarationTexts::value_type file) {
        TextFiles files{{"requirements.txt", "-e .\n"}, std::move(file)};
        return told(read_with(files));
    };
    CHECK(name_with({"pyproject.toml", "[tool.poetry]\nname = \"meter\"\n"}) == "meter editable\n");
    CHECK(name_with({"setup.cfg", "[options]\nname = no\n[metadata]\nname = meter\n"}) == "meter editable\n");
    CHECK(name_with({"setup.py", "from setuptools import setup\nsetup(name='meter', version=1)\n"}) ==
          "meter editable\n");
    const std::string none =
        "requirements.txt:1:1: the repository itself has no name that the agent can read\n"
        "hint: write its name to setup.cfg: [metadata], and below it name = NAME\n";
    CHECK(name_with({"setup.py", "setup(name=NAME)\n"}) == none);
    CHECK(name_with({"setup.py", "setup(name='a')\nx(name='b')\n"}) == none);
    CHECK(name_with({"pyproject.toml", "[project\n"}) == none);
    CHECK(name_with({"README.md", ""}) == none);
}

TEST_CASE("requirements.txt: takes time in proportion to its length") {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "a>=1 \\\n";
    text += "\n";
    for (int i = 0; i < 20000; ++i) text += i % 2 == 0 ? "a>=1\n" : "a>=2\n";
    std::string names;
    for (int i = 0; i < 3000; ++i) names += fmt::format("p{}==1.0\n", i);
    RequirementRules rules;
    rules.allow_ranges = true;
    CHECK_FALSE(read_text(text, rules).usable());
    const Gupfile many = read_text(names);
    CHECK(many.pins.size() == 2000);
    REQUIRE(many.problems.size() == 1);
    CHECK(display(many.problems[0], {}) ==
          "requirements.txt:2001:1: there are more than 2000 requirements\n"
          "hint: check that this is a file of requirements");
}
