// SPDX-License-Identifier: Apache-2.0
// The release of a commit has the files that `git archive` has.
#include <doctest/doctest.h>

#include <string>
#include <utility>

#include "git_fixture.hpp"
#include "source/commit_tree.hpp"

namespace gup::test {
namespace {

using Attributes = std::vector<std::pair<std::string, std::string>>;

class ExportIgnore {
public:
    explicit ExportIgnore(const Attributes& attributes) {
        sandbox_.run("git init -q -b main " + quoted(source()));
        sandbox_.run(
            "cd " + quoted(source()) +
            " && mkdir -p docs/api tests/data src/tests 'a b' && touch Makefile README.md a.txt b.txt '!x' '#y' "
            "docs/a.pdf docs/b.txt docs/api/c.pdf docs/api/README.md tests/t.py tests/data/d.bin src/m.py "
            "src/Makefile src/tests/u.py 'a b/c d' ab.txt aXb.txt '[x]' tests.py docs.txt && ln -s a.txt link");
        for (const auto& [path, text] : attributes) write(source() / path, text);
        sandbox_.run("cd " + quoted(source()) + " && git add -A -f && git commit -q -m first");
    }

    [[nodiscard]] std::string of_git() const {
        return sandbox_.run("cd " + quoted(source()) +
                            " && git archive HEAD 2>/dev/null | tar -t | grep -v '/$' | grep -v '\\.git' | sort");
    }

    [[nodiscard]] std::string of_us() const {
        const fs::path to = sandbox_.path("release");
        sandbox_.run("mkdir -p " + quoted(to));
        const auto tree = open_commit({source(), sandbox_.user()}, sandbox_.git(source(), "rev-parse HEAD"));
        REQUIRE_MESSAGE(tree.ok(), tree.error().message);
        REQUIRE((*tree)->write_to(to).ok());
        return sandbox_.run("cd " + quoted(to) + " && find . ! -type d | sed 's,^\\./,,' | sort");
    }

private:
    static std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }
    [[nodiscard]] fs::path source() const { return sandbox_.path("source"); }
    GitSandbox sandbox_;
};

}  // namespace

TEST_CASE("open_commit: export-ignore in every form leaves out what git archive leaves out") {
    const std::vector<Attributes> cases{
        {{".gitattributes", "Makefile export-ignore\n"}},
        {{".gitattributes", "/Makefile export-ignore\n"}},
        {{".gitattributes", "tests export-ignore\n"}},
        {{".gitattributes", "tests/ export-ignore\n"}},
        {{".gitattributes", "/tests/ export-ignore\n"}},
        {{".gitattributes", "tests/* export-ignore\n"}},
        {{".gitattributes", "tests/** export-ignore\n"}},
        {{".gitattributes", "**/tests export-ignore\n"}},
        {{".gitattributes", "**/tests/** export-ignore\n"}},
        {{".gitattributes", "docs/*.pdf export-ignore\n"}},
        {{".gitattributes", "docs/**/*.pdf export-ignore\n"}},
        {{".gitattributes", "docs**/*.pdf export-ignore\n"}},
        {{".gitattributes", "d?cs**/*.pdf export-ignore\n"}},
        {{".gitattributes", "docs/a**f export-ignore\n"}},
        {{".gitattributes", "docs/** export-ignore\n/tests/**/ export-ignore\n"}},
        {{".gitattributes", "src**/ export-ignore\n"}},
        {{".gitattributes", "*.pdf export-ignore\ndocs/a.pdf -export-ignore\n"}},
        {{".gitattributes", "docs/a.pdf -export-ignore\n*.pdf export-ignore\n"}},
        {{".gitattributes", "*.pdf export-ignore\ndocs/a.pdf !export-ignore\n"}},
        {{".gitattributes", "docs export-ignore\ndocs/a.pdf -export-ignore\n"}},
        {{".gitattributes", "*.md export-ignore\n"}, {"docs/api/.gitattributes", "README.md -export-ignore\n"}},
        {{".gitattributes", "*.md -export-ignore\n"}, {"docs/.gitattributes", "*.md export-ignore\n"}},
        {{"docs/.gitattributes", "/api export-ignore\n"}},
        {{"docs/.gitattributes", "api/*.pdf export-ignore\n/a.pdf export-ignore\n"}},
        {{"docs/.gitattributes", "* export-ignore\n"}},
        {{".gitattributes", "* export-ignore\n*.py -export-ignore\n"}},
        {{".gitattributes", "[attr]dev export-ignore\nMakefile dev\ntests dev\n"}},
        {{".gitattributes", "Makefile dev\n[attr]dev export-ignore\n"}},
        {{".gitattributes", "[attr]dev export-ignore\n[attr]more dev text\nMakefile more\n"}},
        {{".gitattributes", "[attr]dev export-ignore\nMakefile -export-ignore dev\n"}},
        {{".gitattributes", "[attr]dev export-ignore\nMakefile dev -export-ignore\n"}},
        {{".gitattributes", "[attr]dev export-ignore\nMakefile -dev\n"}},
        {{".gitattributes", "[attr]dev export-ignore\nMakefile dev=yes\n"}},
        {{".gitattributes", "[attr]dev -export-ignore\n*.py export-ignore\ntests/*.py dev\n"}},
        {{".gitattributes", "[attr]dev export-ignore\n[attr]dev -export-ignore\nMakefile dev\n"}},
        {{".gitattributes", "[attr]dev export-ignore\n"},
         {"docs/.gitattributes", "a.pdf dev\n[attr]local export-ignore\nb.txt local\n"}},
        {{".gitattributes", "[attr]loop loop export-ignore\nMakefile loop\n"}},
        {{".gitattributes", "[attr] export-ignore\n[x] export-ignore\n"}},
        {{".gitattributes", "Makefile export-ignore=true\n"}},
        {{".gitattributes", "Makefile export-ignore=\n"}},
        {{".gitattributes", "Makefile -text export-ignore -diff\n"}},
        {{".gitattributes", "Makefile export-ignore wrong/name\n"}},
        {{".gitattributes", "Makefile export-ignore -\n"}},
        {{".gitattributes", "!Makefile export-ignore\n\\!x export-ignore\n"}},
        {{".gitattributes", "#y export-ignore\n\\#y export-ignore\n"}},
        {{".gitattributes", "\"a b\" export-ignore\n"}},
        {{".gitattributes", "\"a b/c d\"\texport-ignore\n"}},
        {{".gitattributes", "\"a\\040b\" export-ignore\n\"Make\\146ile\" export-ignore\n"}},
        {{".gitattributes", "\"a b export-ignore\nMakefile export-ignore\n"}},
        {{".gitattributes", "a?b.txt export-ignore\n"}},
        {{".gitattributes", "a[[:upper:]]b.txt export-ignore\n"}},
        {{".gitattributes", "[ab].txt export-ignore\n"}},
        {{".gitattributes", "[!a].txt export-ignore\n"}},
        {{".gitattributes", "\\[x\\] export-ignore\nlink export-ignore\n"}},
        {{".gitattributes", "\xEF\xBB\xBFMakefile export-ignore\r\nREADME.md export-ignore"}},
        {{".gitattributes", "  Makefile   export-ignore  \n\n \t\nREADME.md\texport-ignore\n"}},
        {{".gitattributes", "Makefile export-ignore " + std::string(2100, 'x') + "\nREADME.md export-ignore\n"}},
        {{".gitattributes", "src export-subst\nsrc/m.py export-subst\nMakefile binary export-ignore\n"}},
        {{".gitattributes", "README.md EXPORT-IGNORE\nmakefile export-ignore\n"}},
        {{".gitattributes", "gupfile export-ignore\n"}},
        {{".gitattributes", "src/tests/u.py export-ignore\ntests/data/ export-ignore\n"}},
        {{".gitattributes", "tests/*/ export-ignore\n*/tests/ export-ignore\n"}},
        {{".gitattributes", "/ export-ignore\n. export-ignore\n./Makefile export-ignore\n"}},
    };
    for (const Attributes& one : cases) {
        const ExportIgnore both(one);
        CAPTURE(one.front().second);
        CHECK(both.of_us() == both.of_git());
    }
}

TEST_CASE("open_commit: a hook that export-ignore leaves out is an error that names its key") {
    const GitSandbox sandbox;
    const fs::path source = sandbox.path("source");
    sandbox.run("git init -q -b main '" + source.string() + "'");
    write(source / "gupfile", "[hooks]\npre-update = \"scripts/pre.sh\"\n");
    write(source / ".gitattributes", "scripts export-ignore\ngupfile export-ignore\n");
    sandbox.run("cd '" + source.string() +
                "' && mkdir scripts && touch scripts/pre.sh && git add -A && git commit -q -m 1");
    const auto tree = open_commit({source, sandbox.user()}, sandbox.git(source, "rev-parse HEAD"));
    REQUIRE_FALSE(tree.ok());
    CHECK(tree.error().message.find("pre-update of the gupfile names scripts/pre.sh") != std::string::npos);
    CHECK_FALSE(tree.error().hint.empty());
}

}  // namespace gup::test
