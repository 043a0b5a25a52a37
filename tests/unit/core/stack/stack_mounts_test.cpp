// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_mounts.hpp"

#include <doctest/doctest.h>

#include "stack_fixtures.hpp"

namespace gup {
namespace {

using stacks::files_with;
using stacks::Texts;
using Words = std::vector<std::string>;

struct Mounting {
    std::string volumes;  // of compose.yaml, as a list
    Words powers;
};

StackFacts facts_of() {
    StackFacts facts;
    facts.connector = "gw";
    facts.repository = "/srv/gw";
    facts.base = "/srv/.gup/gw/1";
    facts.shared = "/srv/.gup/gw/shared";
    facts.folder = "/units";
    return facts;
}

StackSet rendered(Texts content, const StackFacts& facts, const std::string& service, const std::string& more = {}) {
    content["services/gw/compose.yaml"] = "services:\n  web:\n    image: nginx\n" + service + more;
    const StackFiles files = files_with(content, {{"services/gw/later", "/opt"}});
    const Gupfile gupfile;
    return render_stacks(read_stacks(files, gupfile, {}), files, facts, gupfile.services, {});
}

std::string errors_in(const StackSet& set) {
    std::string out;
    for (const Problem& problem : set.problems) out += display(problem, "") + "\n";
    return out;
}

Words powers_of(const std::string& volumes, const StackFacts& facts) {
    const Texts content{{"services/gw/conf/a", "1"},        {"services/gw/link", "-> conf"},
                        {"services/gw/out", "-> ../../.."}, {"services/gw/etc", "-> /etc"},
                        {"services/gw/conf/in", "-> /var"}, {"services/gw/keep", "-> ../../../shared/services/gw/keep"},
                        {"services/gw/conf.d", "-> /x"},    {"services/gw/loop", "-> loop"}};
    const StackSet set = rendered(content, facts, "    volumes: " + volumes + "\n");
    CHECK(errors_in(set).empty());
    return set.record.powers;
}

}  // namespace

TEST_CASE("settle_mounts: what leads out of the repository is one of the gateway's paths") {
    const std::vector<Mounting> table{
        {"[./conf:/c]", {}},
        {"[./conf/a:/c:ro, ./new:/n]", {}},
        {"[./link:/c]", {}},
        {"[./keep:/c]", {}},  // the agent made that link to what survives a release
        {"[./loop:/c]", {}},
        {"[./etc:/c:ro]", {"mount:/etc"}},
        {"[./etc/shadow:/c]", {"mount:/etc/shadow"}},
        {"[./out:/c]", {"mount:/srv/.gup/gw"}},
        {"[./out/../..:/c]", {}},  // as text it is services
        {"[./conf/in:/c]", {"mount:/var"}},
        {"[./link/in/lib:/c]", {"mount:/var/lib"}},
        {"[./later/x:/c]", {"mount:/opt/x"}},  // somebody made that link on the gateway
        {"[{type: bind, source: ./conf.d, target: /c, read_only: true}]", {"mount:/x"}},
        {"[../../:/c:ro]", {}},
        {"[../../:/c]", {"mount:/srv/gw"}},
        {"[../../.git:/c]", {"mount:/srv/gw/.git"}},
        {"[../../.git/config:/c]", {"mount:/srv/gw/.git/config"}},
        {"[../../.gitignore:/c]", {}},
        // Its container may put a link there.
        {"[./conf:/c, ./conf/a:/d]", {"mount:/srv/gw/services/gw/conf/a"}},
        {"[./link:/c, ./conf/a:/d:ro]", {"mount:/srv/gw/services/gw/conf/a"}},
        {"[./conf:/c:ro, ./conf/a:/d]", {}},
        {"[./conf:/c, ./conf:/d, ./conf-2:/e]", {}},
    };
    for (const Mounting& one : table) {
        CAPTURE(one.volumes);
        CHECK(powers_of(one.volumes, facts_of()) == one.powers);
    }
}

TEST_CASE("settle_mounts: root mounts nothing of another user's without permission") {
    StackFacts facts = facts_of();
    facts.is_others = true;
    CHECK(powers_of("[./conf:/c:ro, data:/d]\nvolumes: {data: {}}", facts) == Words{"mount:/srv/gw/services/gw/conf"});
    CHECK(powers_of("[./etc:/c]", facts) == Words{"mount:/etc"});
}

TEST_CASE("settle_mounts: the agent's link to what survives a release is no way out") {
    const Texts content{{"data", "-> ../shared/data"}, {"sly", "-> ../shared/../other"}};
    CHECK(rendered(content, facts_of(), "    volumes: [../../data:/d]\n").record.powers.empty());
    CHECK(rendered(content, facts_of(), "    volumes: [../../sly:/d]\n").record.powers ==
          Words{"mount:/srv/.gup/gw/other"});
}

TEST_CASE("settle_mounts: a unit names the place, so a later link changes nothing") {
    const StackSet set = rendered({{"services/gw/etc", "-> /etc"}}, facts_of(), "    volumes: [./etc/x:/c:ro]\n");
    REQUIRE(set.files.size() == 2);
    CHECK(set.files[1].text.find("\nVolume=/etc/x:/c:ro\n") != std::string::npos);
}

TEST_CASE("settle_mounts: configs are copies, and what is no file of the repository is none") {
    const std::string uses = "    configs: [c]\n    secrets: [s]\n";
    const auto with = [&](const std::string& config, const std::string& secret) {
        const Texts content{{"services/gw/a", "text"},
                            {"services/gw/b", "-> a"},
                            {"services/gw/etc", "-> /etc"},
                            {"services/gw/big", std::string(600'000, 'x')}};
        return rendered(content, facts_of(), uses,
                        "configs: {c: {file: " + config + "}}\nsecrets: {s: {file: " + secret + "}}\n");
    };
    for (const char* const file : {"./a", "./b"}) {
        const StackSet set = with(file, file);
        CHECK(errors_in(set).empty());
        REQUIRE(set.configs.size() == 1);
        CHECK(set.configs.begin()->second.content == "text");
        CHECK_FALSE(set.configs.begin()->second.is_private);
        CHECK(set.record.powers.empty());
        REQUIRE(set.secrets.size() == 1);
        CHECK(set.secrets.front().value.reveal() == "text");
    }
    CHECK(errors_in(with("./etc/passwd", "./a")).find("services/gw/etc/passwd") != std::string::npos);
    CHECK(errors_in(with("./a", "./etc/shadow")).find("the secret s has no value") != std::string::npos);
    CHECK(errors_in(with("./big", "./a")).find("services/gw/big is longer than 512 KiB") != std::string::npos);
    const StackSet hidden = rendered({{"services/gw/a", "x"}}, facts_of(), "    configs: [{source: c, mode: 0400}]\n",
                                     "configs: {c: {file: ./a}}\n");
    REQUIRE(hidden.configs.size() == 1);
    CHECK(hidden.configs.begin()->second.is_private);
}

TEST_CASE("read_stacks: a link that leaves the repository is read by nobody") {
    const StackFacts facts = facts_of();
    for (const Texts& links :
         {Texts{{"services/gw/.env", "-> /etc/environment"}}, Texts{{"services/gw/more.env", "-> ../../../x"}},
          Texts{{"services/gw/base.yaml", "-> /opt/base.yaml"}}, Texts{{".env", "-> /etc/x"}}}) {
        const bool is_env = links.begin()->first.ends_with("more.env");
        const std::string service =
            is_env ? "    env_file: more.env\n" : "    extends: {file: base.yaml, service: a}\n";
        Texts content = links;
        content.try_emplace("services/gw/base.yaml", "services: {a: {image: x}}\n");
        CHECK(errors_in(rendered(content, facts, service)).find("is a link that leaves the repository") !=
              std::string::npos);
    }
    const Gupfile gupfile;
    const StackFiles moved = files_with({{"services", "-> /srv"}});
    CHECK_FALSE(read_stacks(moved, gupfile, {}).problems.empty());
    const StackFiles inside = files_with({{"services", "-> deploy"},
                                          {"deploy/gw", "-> ../stacks/gw"},
                                          {"stacks/gw/compose.yaml", "-> base.yml"},
                                          {"stacks/gw/base.yml", "services: {a: {image: x}}\n"}});
    const StackSources sources = read_stacks(inside, gupfile, {});
    REQUIRE(sources.stacks.size() == 1);
    CHECK(sources.stacks.front().stack == "gw");
    CHECK(sources.problems.empty());
}

}  // namespace gup
