// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/requirements_txt.hpp"

#include "requirement_texts.hpp"

using namespace gup;
using namespace gup::test;

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
        {"six==1.16.0 --hash=sha256:" + std::string(64, 'A') + "\n", "six==1.16.0 sha256:a"},
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
        {"git+https://example.org/a;b/lib@v1#egg=lib ;os_name == 'nt'\n",
         "lib from git+https://example.org/a;b/lib at v1 if os_name == 'nt'"},
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
    check_problem("-e https://example.org/lib-1.0.zip\n",
                  {"1:4: ", "is an archive, which cannot be editable", "hint: remove -e"});
    check_problem("git+https://example.org/lib@v1#egg=a==1\n", {"1:32: ", "'a==1' is not the name of a distribution"});
    check_all({{"lib @ git+https://example.org/lib@v1#egg=other[x]\n", "lib from git+https://example.org/lib at v1"}});
    check_problem("..\n", {"1:1: ", "is a path"});
    check_problem("wheels/lib-1.0-py3-none-any.whl\n", {"1:1: ", "is a path"});
    check_problem("-e lib\n", {"1:4: ", "is not a folder or a repository", "hint: write -e ."});
    check_problem("lib @ https://example.org/lib-1.0.zip#sha256=abc\n",
                  {"1:38: ", "is not a sha256 in hexadecimal digits"});
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
        {"six==1.16.0 --hash=sha256:abc\n", {"1:20: ", "is not a sha256 in hexadecimal digits"}},
        {"six==1.16.0 --hash=abc\n", {"1:20: ", "'abc' is not a hash"}},
        {"six==1.16.0 --global-option=x\n", {"1:13: ", "changes how a package is built"}},
        {"six==1.16.0 -C a=b\n", {"1:13: ", "changes how a package is built"}},
        {"six==1.16.0 -r other.txt\n", {"1:13: ", "does not belong to a requirement", "separate line"}},
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
