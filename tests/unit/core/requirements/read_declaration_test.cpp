// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/read_declaration.hpp"

#include <doctest/doctest.h>

#include "core/requirements/candidates.hpp"
#include "declaration_texts.hpp"
#include "util/text.hpp"

using namespace gup;
using gup::test::TextFiles;

namespace {

DeclarationOptions finding() {
    DeclarationOptions options;
    options.may_find = true;
    return options;
}

std::string problems_of(const Declaration& declaration) {
    std::string out;
    for (const Problem& problem : declaration.gupfile.problems) out += display(problem, {}) + "\n";
    return out;
}

std::string pins_of(const Declaration& declaration) {
    std::string out;
    for (const Requirement& pin : declaration.gupfile.pins) out += display(pin) + "\n";
    return out;
}

}  // namespace

TEST_CASE("read_declaration: a gupfile alone is the declaration") {
    const auto declaration = read_declaration(TextFiles{{"gupfile", "paho-mqtt,1.6.1\n"}}, {});
    REQUIRE(declaration.ok());
    CHECK(declaration->has_gupfile());
    CHECK(declaration->gupfile.problems.empty());
    REQUIRE(declaration->gupfile.pins.size() == 1);
    CHECK(declaration->gupfile.pins[0].name == "paho-mqtt");
    CHECK(declaration->texts == DeclarationTexts{{"gupfile", "paho-mqtt,1.6.1\n"}});
}

TEST_CASE("read_declaration: a gupfile that is not readable is a failure") {
    TextFiles files{{"requirements.txt", "requests==2.31.0\n"}};
    files.broken = "gupfile";
    const auto declaration = read_declaration(files, {});
    REQUIRE_FALSE(declaration.ok());
    CHECK(declaration.error().message == "cannot read gupfile");
}

TEST_CASE("read_declaration: without a gupfile, the only file of packages is taken") {
    for (const char* name : {"requirements.txt", "requirements"}) {
        CAPTURE(name);
        const auto declaration = read_declaration(TextFiles{{name, "six==1.16.0\n"}}, finding());
        CHECK(declaration->gupfile.is_found);
        CHECK(declaration->gupfile.requirements == name);
        CHECK_FALSE(declaration->has_gupfile());
        CHECK(pins_of(*declaration) == "six==1.16.0\n");
        CHECK(problems_of(*declaration).empty());
        CHECK(declaration->texts == DeclarationTexts{{name, "six==1.16.0\n"}});
    }
    const auto none = read_declaration(TextFiles{{"README.md", "x"}}, finding());
    CHECK(none->gupfile.requirements.empty());
    CHECK(problems_of(*none).empty());
    CHECK(none->texts.empty());
    const auto not_asked = read_declaration(TextFiles{{"requirements.txt", "six==1.16.0\n"}}, {});
    CHECK(not_asked->gupfile.requirements.empty());
    CHECK(not_asked->texts.empty());
}

TEST_CASE("read_declaration: several files of packages are an error that names them") {
    const TextFiles files{{"requirements.txt", "six==1.16.0\n"}, {"uv.lock", "x"}, {"pylock.toml", "x"}};
    const auto declaration = read_declaration(files, finding());
    CHECK(problems_of(*declaration) ==
          "requirements.txt: several files declare packages: requirements.txt, pylock.toml, uv.lock\n"
          "hint: name one of them: requirements = \"requirements.txt\", in a gupfile below [connector], or in "
          "[[connector]] "
          "of gup-agent.toml\n");
    CHECK_FALSE(declaration->gupfile.usable());
    CHECK(declaration->gupfile.pins.empty());
    DeclarationOptions chosen = finding();
    chosen.requirements = "requirements.txt";
    const auto of_operator = read_declaration(files, chosen);
    CHECK(pins_of(*of_operator) == "six==1.16.0\n");
    CHECK_FALSE(of_operator->gupfile.is_found);
}

TEST_CASE("read_declaration: a gupfile without packages next to a file of packages is a warning") {
    const TextFiles files{{"gupfile", "[connector]\nbranch = \"main\"\n"}, {"requirements.txt", "six==1.16.0\n"}};
    const auto declaration = read_declaration(files, finding());
    CHECK(problems_of(*declaration) ==
          "gupfile: warning: the gupfile declares no packages, and there is requirements.txt\n"
          "hint: name one of them: requirements = \"requirements.txt\" below [connector]\n");
    CHECK(declaration->gupfile.usable());
    CHECK(declaration->gupfile.pins.empty());
    const TextFiles pinned{{"gupfile", "six,1.16.0\n"}, {"requirements.txt", "idna==3.4\n"}};
    CHECK(problems_of(*read_declaration(pinned, finding())).empty());
}

TEST_CASE("read_declaration: the file's path is the shortest one") {
    DeclarationOptions options;
    options.requirements = "./deploy//requirements.txt";
    const auto declaration = read_declaration(
        TextFiles{{"deploy/requirements.txt", "-r more.txt\n"}, {"deploy/more.txt", "six==1.16.0\n"}}, options);
    CHECK(declaration->gupfile.requirements == "deploy/requirements.txt");
    CHECK(pins_of(*declaration) == "six==1.16.0\n");
    CHECK(declaration->texts.contains("deploy/more.txt"));
}

TEST_CASE("read_declaration: pins of the gupfile replace those of the file") {
    const TextFiles files{{"gupfile", "SIX,1.15.0\npaho-mqtt,1.6.1\n"},
                          {"requirements.txt", "six==1.16.0\nidna==3.4\n"}};
    DeclarationOptions options;
    options.requirements = "requirements.txt";
    const auto declaration = read_declaration(files, options);
    CHECK(pins_of(*declaration) == "idna==3.4\nSIX==1.15.0\npaho-mqtt==1.6.1\n");
    CHECK(declaration->texts.size() == 2);
    const TextFiles hashed{{"gupfile", "paho-mqtt,1.6.1\n"},
                           {"requirements.txt", "six==1.16.0 --hash=sha256:" + std::string(64, 'a') + "\n"}};
    CHECK(contains(problems_of(*read_declaration(hashed, options)),
                   "gupfile:1:1: paho-mqtt has no hash, and six has one\n"
                   "hint: add hashes = [\"sha256:…\"] to the pin of paho-mqtt"));
}

TEST_CASE("read_declaration: a named file that is missing, outside, or of another kind") {
    const auto problem_with = [](const std::string& name) {
        DeclarationOptions options;
        options.requirements = name;
        return problems_of(*read_declaration(TextFiles{{"pyproject.toml", "x"}, {"Pipfile.lock", "x"}}, options));
    };
    CHECK(problem_with("reqs.txt") ==
          "reqs.txt: requirements of the operator: there is no file 'reqs.txt'\n"
          "hint: commit the file, or name another one: requirements = \"requirements.txt\"\n");
    const TextFiles of_gupfile{{"gupfile", "[connector]\nrequirements = \"reqs.txt\"\n"}};
    CHECK(problems_of(*read_declaration(of_gupfile, {})) ==
          "gupfile: requirements of [connector]: there is no file 'reqs.txt'\n"
          "hint: commit the file, or name another one: requirements = \"requirements.txt\"\n");
    CHECK(contains(problem_with("../reqs.txt"), "'../reqs.txt' leads out of the connector's folder"));
    CHECK(contains(problem_with("/etc/passwd"), "'/etc/passwd' leads out of the connector's folder"));
    CHECK(contains(problem_with("pyproject.toml"),
                   "pyproject.toml: the agent does not read packages from this kind of file\n"
                   "hint: make a lock file of it: uv lock"));
    CHECK(contains(problem_with("Pipfile.lock"), "hint: write its packages to a file that is read: pipenv"));
}

TEST_CASE("read_declaration: a lock of another program is exported") {
    DeclarationOptions options;
    options.requirements = "uv.lock";
    const TextFiles files{{"uv.lock", "version = 1\n"},
                          {"exported uv.lock", "-e .\nsix==1.16.0\nidna>=3\n"},
                          {"setup.py", "setup(name='meter')"}};
    const auto declaration = read_declaration(files, options);
    CHECK(declaration->gupfile.is_lock);
    CHECK(pins_of(*declaration) == "meter\nsix==1.16.0\nidna>=3\n");
    CHECK(contains(problems_of(*declaration), "uv.lock: idna>=3 names no exact version"));
    CHECK(declaration->gupfile.pins[1].line == 0);
    CHECK(declaration->gupfile.pins[1].file == "uv.lock");
    const auto no_uv = read_declaration(TextFiles{{"uv.lock", "version = 1\n"}}, finding());
    CHECK(problems_of(*no_uv) == "uv.lock: uv.lock needs uv, which is not installed\nhint: install uv\n");
}

TEST_CASE("kind_of_requirements: is decided by the name") {
    CHECK(kind_of_requirements("requirements.txt") == RequirementsKind::text);
    CHECK(kind_of_requirements("requirements") == RequirementsKind::text);
    CHECK(kind_of_requirements("deploy/prod.in") == RequirementsKind::text);
    CHECK(kind_of_requirements("a/pylock.toml") == RequirementsKind::pylock);
    CHECK(kind_of_requirements("pylock.prod.toml") == RequirementsKind::pylock);
    CHECK(kind_of_requirements("pylock.a.b.toml") == RequirementsKind::other);
    CHECK(kind_of_requirements("pylock..toml") == RequirementsKind::other);
    CHECK(kind_of_requirements("a/uv.lock") == RequirementsKind::lock);
    CHECK(kind_of_requirements("poetry.lock") == RequirementsKind::lock);
    CHECK(kind_of_requirements("Cargo.lock") == RequirementsKind::other);
    CHECK(kind_of_requirements("setup.py") == RequirementsKind::other);
}
