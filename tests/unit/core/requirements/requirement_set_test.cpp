// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/requirement_set.hpp"

#include "requirement_texts.hpp"

using namespace gup;
using namespace gup::test;

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
               {"--extra-index-url https://b.example.org/simple -i https://a.example.org/simple\n",
                "--index-url https://a.example.org/simple --extra-index-url https://b.example.org/simple"},
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
