// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registries_conf.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

using namespace gup;
using detail::RegistriesConf;

namespace {

// "mirror.lan:5000/library/nginx (mirror, insecure)", one for each place.
std::vector<std::string> places(const std::string& conf, const std::string& image) {
    RegistriesConf registries;
    REQUIRE(registries.add(conf, "r.conf").ok());
    std::vector<std::string> texts;
    const auto found = registries.places_of(parse_image_reference(image).value());
    if (!found.ok()) return {found.error().message};
    for (const auto& place : *found) {
        texts.push_back(place.registry + "/" + place.repository + (place.is_mirror ? " mirror" : "") +
                        (place.is_insecure ? " insecure" : ""));
    }
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("RegistriesConf: mirrors, locations and insecure registries") {
    struct Row {
        std::string conf;
        std::string image;
        Texts places;
    };
    const std::string lan = "[[registry]]\nlocation = \"lan:5000\"\ninsecure = true\n";
    const std::string mirrored =
        "[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n"
        "[[registry.mirror]]\nlocation = \"mirror.lan:5000/hub\"\ninsecure = true\n"
        "[[registry.mirror]]\nlocation = \"https://mirror.gcr.io/\"\n";
    const std::vector<Row> rows{
        {"", "nginx", {"docker.io/library/nginx"}},
        {"unqualified-search-registries = [\"quay.io\"]\nshort-name-mode = \"enforcing\"\n", "a/b", {"docker.io/a/b"}},
        {lan, "lan:5000/web", {"lan:5000/web insecure"}},
        {lan, "lan/web:1", {"docker.io/lan/web"}},
        {lan, "lan:50001/web", {"lan:50001/web"}},
        {mirrored,
         "nginx",
         {"mirror.lan:5000/hub/library/nginx mirror insecure", "mirror.gcr.io/library/nginx mirror",
          "docker.io/library/nginx"}},
        {mirrored, "ghcr.io/a", {"ghcr.io/a"}},
        {"[[registry]]\nprefix = \"ghcr.io/org\"\nlocation = \"own.lan/ghcr\"\n",
         "ghcr.io/org/app",
         {"own.lan/ghcr/app"}},
        {"[[registry]]\nprefix = \"ghcr.io/org\"\nlocation = \"own.lan/ghcr\"\n",
         "ghcr.io/organic/app",
         {"ghcr.io/organic/app"}},
        {"[[registry]]\nprefix = \"ghcr.io/org/app\"\nlocation = \"own.lan/app\"\n",
         "ghcr.io/org/app:2",
         {"own.lan/app"}},
        {"[[registry]]\nprefix = \"ghcr.io\"\nlocation = \"a.lan\"\n[[registry]]\nprefix = \"ghcr.io/org\"\nlocation = "
         "\"b.lan\"\n",
         "ghcr.io/org/app",
         {"b.lan/app"}},
        {"[[registry]]\nprefix = \"*.example.org\"\ninsecure = true\n",
         "a.b.example.org/app",
         {"a.b.example.org/app insecure"}},
        {"[[registry]]\nprefix = \"*.example.org\"\ninsecure = true\n", "example.org/app", {"example.org/app"}},
        {"[[registry]]\nprefix = \"*.example.org\"\nlocation = \"one.lan\"\n",
         "a.example.org/x/app",
         {"one.lan/x/app"}},
        {"[[registry]]\nprefix = \"docker.io/library\"\nlocation = \"docker.io/mine\"\n",
         "nginx",
         {"docker.io/mine/nginx"}},
        {"[[registry]]\nlocation = \"a.lan\"\nblocked = true\n", "a.lan/x", {"registries.conf blocks a.lan"}},
        {"[[registry]]\nlocation = \"a.lan\"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "
         "\"b.lan\"\n",
         "a.lan/x",
         {"a.lan/x"}},
        {"[[registry]]\nlocation = \"a.lan\"\n[[registry.mirror]]\nlocation = \"b.lan\"\npull-from-mirror = "
         "\"digest-only\"\n",
         "a.lan/x",
         {"a.lan/x"}},
        {"[[registry]]\nlocation = \"a.lan\"\n[[registry.mirror]]\nlocation = \"b.lan\"\npull-from-mirror = "
         "\"tag-only\"\n",
         "a.lan/x",
         {"b.lan/x mirror", "a.lan/x"}},
        {"[registries.search]\nregistries = [\"docker.io\"]\n", "a/b", {"docker.io/a/b"}},
        {"registry = 1\n", "a/b", {"docker.io/a/b"}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.conf);
        CAPTURE(row.image);
        CHECK(places(row.conf, row.image) == row.places);
    }
}

TEST_CASE("RegistriesConf: another rule for a prefix replaces the one before") {
    RegistriesConf conf;
    REQUIRE(conf.add("[[registry]]\nlocation = \"a.lan\"\ninsecure = true\n", "1").ok());
    REQUIRE(conf.add("[[registry]]\nlocation = \"a.lan\"\n", "2").ok());
    CHECK_FALSE(conf.places_of(parse_image_reference("a.lan/x").value()).value().front().is_insecure);
}

TEST_CASE("RegistriesConf: a wrong file is named with its line") {
    struct Row {
        std::string text;
        std::string message;
    };
    for (const Row& row : {Row{"a = 1\nb = \n", "r.conf:2: "},
                           Row{"\n[[registry]]\ninsecure = true\n", "r.conf:2: a [[registry]] has neither"},
                           Row{"a = [1\n", "r.conf:"}}) {
        RegistriesConf conf;
        const Status status = conf.add(row.text, "r.conf");
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code == ErrorCode::invalid_input);
        CHECK(test::holds(status.error().message, row.message));
    }
}

TEST_CASE("read_registries_conf: the user's file instead of the system's, and the folders of both") {
    const test::Folder folder;
    RegistryAccess access;
    access.home = folder / "home";
    access.system = folder / "etc";
    const auto place = [&](const std::string& image) {
        const auto conf = detail::read_registries_conf(access);
        REQUIRE(conf.ok());
        return conf->places_of(parse_image_reference(image).value()).value().back().registry;
    };
    CHECK(place("a.lan/x") == "a.lan");
    const auto rule = [](const std::string& from, const std::string& to) {
        return "[[registry]]\nprefix = \"" + from + "\"\nlocation = \"" + to + "\"\n";
    };
    test::put(access.system / "registries.conf", rule("a.lan", "system.lan"));
    test::put(access.system / "registries.conf.d/10.conf", rule("b.lan", "drop.lan"));
    test::put(access.system / "registries.conf.d/10.conf.bak", rule("b.lan", "bak.lan"));
    CHECK(place("a.lan/x") == "system.lan");
    CHECK(place("b.lan/x") == "drop.lan");
    test::put(access.home / ".config/containers/registries.conf", rule("c.lan", "own.lan"));
    CHECK(place("a.lan/x") == "a.lan");
    CHECK(place("b.lan/x") == "drop.lan");
    CHECK(place("c.lan/x") == "own.lan");
    test::put(access.home / ".config/containers/registries.conf.d/20.conf", rule("b.lan", "mine.lan"));
    CHECK(place("b.lan/x") == "mine.lan");
}
