#include "core/requirements/read_declaration.hpp"

#include <doctest/doctest.h>

#include "declaration_texts.hpp"

using namespace gup;
using gup::test::TextFiles;

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
