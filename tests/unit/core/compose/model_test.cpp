// SPDX-License-Identifier: Apache-2.0
// Several files, extends, include, profiles.
#include <doctest/doctest.h>

#include <string>

#include "compose_fixture.hpp"
#include "core/compose/tree/model.hpp"

using namespace gup;
using namespace gup::compose;
using namespace gup::test;

namespace {

// What the second file makes of the first one's service "web": its tree in one line.
std::string merged(const std::string& first, const std::string& second) {
    const MemoryFiles files(
        {{"a.yaml", "services:\n  web: {" + first + "}\n"}, {"b.yaml", "services:\n  web: {" + second + "}\n"}});
    Findings findings;
    std::set<std::string> inputs;
    const Variables::Map outside;
    Variables::Map used;
    const Variables variables(outside, used);
    ModelContext context{.files = files, .findings = findings, .inputs = inputs, .project_name = "gw"};
    const yaml::Node root = Model(context).load({"a.yaml", "b.yaml"}, "", variables, {});
    const auto problems = findings.take();
    if (!problems.empty()) return all_of(problems);
    const auto print = [](const auto& self, const yaml::Node& node) -> std::string {
        std::string out;
        for (const yaml::Node& item : node.items) out += (out.empty() ? "" : ",") + self(self, item);
        for (const yaml::Entry& entry : node.entries)
            out += (out.empty() ? "" : ",") + entry.key + ":" + self(self, entry.value);
        return node.is_sequence() ? "[" + out + "]" : node.is_mapping() ? "{" + out + "}" : node.text;
    };
    return print(print, *root.find("services")->find("web"));
}

std::string image_of(const Loaded& loaded, const std::string& service = "web") {
    if (!loaded.usable()) return all_of(loaded.problems);
    const Service* const found = loaded.project.find(service);
    return found == nullptr ? "none" : found->image;
}

}  // namespace

TEST_CASE("merge: the rules of compose") {
    const std::tuple<const char*, const char*, const char*> table[] = {
        {"image: a", "image: b", "{image:b}"},
        {"image: a", "image: null", "{image:a}"},
        {"a: {x: 1, y: 2}", "a: {y: 3, z: 4}", "{a:{x:1,y:3,z:4}}"},
        {"cap_add: [A]", "cap_add: [B]", "{cap_add:[A,B]}"},
        {"command: [a]", "command: [b, c]", "{command:[b,c]}"},
        {"command: a", "command: [b]", "{command:[b]}"},
        {"entrypoint: [a]", "entrypoint: b", "{entrypoint:b}"},
        {"healthcheck: {test: [CMD, a], retries: 3}", "healthcheck: {test: b}", "{healthcheck:{test:b,retries:3}}"},
        {"environment: [A=1, B=2]", "environment: {B: 3, C: 4}", "{environment:{A:1,B:3,C:4}}"},
        {"environment: {A: 1}", "environment: [A=2]", "{environment:{A:2}}"},
        {"environment: {A: 1}", "environment: {A: null}", "{environment:{A:null}}"},
        {"environment: {A: 1}", "environment: [A]", "{environment:{A:}}"},
        {"environment: {A: 1}", "environment: null", "{environment:{A:1}}"},
        {"labels: [a=1]", "labels: {b: 2}", "{labels:{a:1,b:2}}"},
        {"depends_on: [a]", "depends_on: {b: {condition: service_healthy}}",
         "{depends_on:{a:{condition:service_started},b:{condition:service_healthy}}}"},
        {"depends_on: [a]", "depends_on: {a: {condition: service_healthy}}",
         "{depends_on:{a:{condition:service_healthy}}}"},
        {"depends_on: {a: {condition: service_healthy}}", "depends_on: [a]",
         "{depends_on:{a:{condition:service_started}}}"},
        {"networks: [a]", "networks: {b: {aliases: [x]}}", "{networks:{a:,b:{aliases:[x]}}}"},
        {"dns: 1.1.1.1", "dns: [8.8.8.8]", "{dns:[1.1.1.1,8.8.8.8]}"},
        {"env_file: a", "env_file: b", "{env_file:[a,b]}"},
        {"extra_hosts: {a: 1.1.1.1}", "extra_hosts: [\"b=2.2.2.2\"]", "{extra_hosts:[a=1.1.1.1,b=2.2.2.2]}"},
        {"build: .", "build: {target: x}", "{build:{context:.,target:x}}"},
        {"logging: {driver: a, options: {x: 1}}", "logging: {driver: b}", "{logging:{driver:b}}"},
        {"logging: {driver: a, options: {x: 1}}", "logging: {options: {y: 2}}",
         "{logging:{driver:a,options:{x:1,y:2}}}"},
        {"ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}", "{ulimits:{nofile:5}}"},
        {"ports: [\"80:80\"]", "ports: !override [\"81:81\"]", "{ports:[81:81]}"},
        {"ports: [\"80:80\"], image: a", "ports: !reset []", "{image:a}"},
        {"image: a", "ports: !reset []", "{image:a}"},
        {"environment: {A: 1, B: 2}", "environment: {A: !reset null}", "{environment:{B:2}}"},
        {"ports: !override [\"80:80\"], image: !reset null", "user: a", "{ports:[80:80],user:a}"},
        {"ports: [a]", "ports: {a: b}",
         "b.yaml:2:16: ports is a mapping here, but a list at a.yaml:2:16\nhint: write both in the same form, or "
         "replace the "
         "first one with !override\n"},
    };
    for (const auto& [first, second, wanted] : table) {
        CAPTURE(first);
        CAPTURE(second);
        CHECK(merged(first, second) == wanted);
    }
}

TEST_CASE("load: volumes, devices and secrets of several files are unique by their target") {
    Stack stack{.files = {{"services/gw/compose.yaml",
                           "services:\n  web:\n    image: a\n    volumes: [\"./a:/x\", \"./b:/y\"]\n"
                           "    devices: [\"/dev/a:/dev/x\"]\n    ports: [\"80:80\"]\n"},
                          {"services/gw/compose.override.yaml",
                           "services:\n  web:\n    volumes: [\"./c:/x/\"]\n"
                           "    devices: [\"/dev/b:/dev/x\"]\n    ports: [\"80:80\", \"81:80\"]\n"}}};
    const Loaded loaded = stack.load();
    REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
    const Service& web = loaded.project.services.at(0);
    REQUIRE(web.mounts.size() == 2);
    CHECK(web.mounts[0].source == "services/gw/c");
    REQUIRE(web.devices.size() == 1);
    CHECK(web.devices[0].host == "/dev/b");
    CHECK(web.ports.size() == 2);
}

TEST_CASE("extends: of the same file, of another one, and of one that extends again") {
    Stack stack{
        .files = {{"services/gw/compose.yaml",
                   "services:\n  base: {image: b, environment: {A: 1}}\n  web: {extends: base, image: w}\n"
                   "  far: {extends: {file: ../common/c.yaml, service: middle}, environment: {C: own}}\n"},
                  {"services/common/c.yaml",
                   "services:\n  middle: {extends: {service: low}, volumes: [\"./m:/m\"]}\n"
                   "  low: {image: low, environment: {B: 2, C: 3}, env_file: low.env, volumes: [\"./l:/l\"]}\n"},
                  {"services/common/low.env", "D=4\n"}}};
    const Loaded loaded = stack.load();
    CHECK(image_of(loaded) == "w");
    CHECK(image_of(loaded, "far") == "low");
    const Service& far = *loaded.project.find("far");
    CHECK(far.mounts.at(0).source == "services/common/l");
    CHECK(far.mounts.at(1).source == "services/common/m");
    std::string environment;
    for (const Variable& one : far.environment) environment += one.name + *one.value;
    CHECK(environment == "B2CownD4");
    CHECK(loaded.project.find("web")->environment.at(0).name == "A");
    CHECK(loaded.inputs.contains("services/common/c.yaml"));
}

TEST_CASE("extends: mistakes") {
    const std::pair<const char*, const char*> table[] = {
        {"services:\n  a: {extends: b}\n  b: {extends: c}\n  c: {extends: a}\n",
         "services/gw/compose.yaml:2:16: the service extends itself: services/gw/compose.yaml: a → "
         "services/gw/compose.yaml: b → "
         "services/gw/compose.yaml: c → services/gw/compose.yaml: a"},
        {"services:\n  a: {extends: a}\n", "services/gw/compose.yaml:2:16: the service extends itself"},
        {"services:\n  web: {extends: bse}\n  base: {image: a}\n",
         "services/gw/compose.yaml:2:18: there is no service bse in services/gw/compose.yaml\nhint: did you mean "
         "base?"},
        {"services:\n  web: {extends: {file: no.yaml, service: a}}\n",
         "services/gw/compose.yaml:2:25: there is no file services/gw/no.yaml in the repository"},
        {"services:\n  web: {extends: {file: compose.yaml}}\n",
         "services/gw/compose.yaml:2:18: extends wants the name of a service"},
        {"services:\n  web: {extends: {service: a, files: b}}\n  a: {image: a}\n", "2:31: extends has no key files"},
        {"services:\n  web: {extends: {file: https://x/y.yaml, service: a}}\n",
         "2:25: the extended file of another place is not supported"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const Loaded loaded = load_stack(text);
        CHECK_MESSAGE(all_of(loaded.problems).find(wanted) != std::string::npos, all_of(loaded.problems));
    }
    // Two files that extend each other.
    Stack stack{.files = {{"services/gw/compose.yaml", "services:\n  a: {extends: {file: b.yaml, service: b}}\n"},
                          {"services/gw/b.yaml", "services:\n  b: {extends: {file: compose.yaml, service: a}}\n"}}};
    CHECK(all_of(stack.load().problems)
              .find("extends itself: services/gw/compose.yaml: a → services/gw/b.yaml: b → "
                    "services/gw/compose.yaml: a") != std::string::npos);
}

TEST_CASE("extends: many services of one large base are refused, not copied for ever") {
    std::string text = "services:\n  base:\n    image: a\n    cap_add: [";
    for (int i = 0; i < 20'000; ++i) text += "C" + std::to_string(i) + ",";
    text += "]\n";
    for (int i = 0; i < 100; ++i) text += "  s" + std::to_string(i) + ": {extends: base}\n";
    CHECK(all_of(load_stack(text).problems).find("the compose files have more than 100000 values") !=
          std::string::npos);
}

TEST_CASE("include: paths are relative to the included file, or to its project_directory") {
    Stack stack{
        .files = {{"services/gw/compose.yaml",
                   "include:\n  - ../shared/db.yaml\n  - path: [../shared/m.yaml, ../shared/m2.yaml]\n"
                   "    project_directory: ../other\n    env_file: ../m.env\n"
                   "services:\n  web: {image: w, depends_on: [db, m]}\n"},
                  {"services/gw/.env", "TAG=outer\n"},
                  {"services/shared/db.yaml", "services:\n  db: {image: \"db:$TAG-$DB\", volumes: [\"./d:/d\"]}\n"},
                  {"services/shared/.env", "TAG=inner\nDB=1\n"},
                  {"services/m.env", "M=2\n"},
                  {"services/shared/m.yaml", "services:\n  m: {image: \"m:$M\", volumes: [\"./d:/d\"]}\n"},
                  {"services/shared/m2.yaml", "services:\n  m: {user: u}\n"}}};
    const Loaded loaded = stack.load();
    CHECK(image_of(loaded, "db") == "db:outer-1");
    CHECK(loaded.project.find("db")->mounts.at(0).source == "services/shared/d");
    CHECK(image_of(loaded, "m") == "m:2");
    CHECK(loaded.project.find("m")->mounts.at(0).source == "services/other/d");
    CHECK(loaded.project.find("m")->user == "u");
    CHECK(loaded.inputs.contains("services/shared/.env"));
    CHECK(loaded.inputs.contains("services/m.env"));
}

TEST_CASE("include: mistakes") {
    const std::pair<const char*, const char*> table[] = {
        {"include: x.yaml\nservices: {web: {image: a}}\n", "services/gw/compose.yaml:1:10: include wants a list"},
        {"include: [no.yaml]\nservices: {web: {image: a}}\n",
         "services/gw/compose.yaml:1:11: there is no file services/gw/no.yaml in the repository"},
        {"include: [compose.yaml]\nservices: {web: {image: a}}\n",
         "services/gw/compose.yaml:1:11: the file includes itself: services/gw/compose.yaml → "
         "services/gw/compose.yaml"},
        {"include: [\"oci://x/y\"]\nservices: {web: {image: a}}\n",
         "1:11: the included file of another place is not supported"},
        {"include: [../../../x]\nservices: {web: {image: a}}\n",
         "1:11: the included file ../../../x is not in the repository"},
        {"include: [/etc/x.yaml]\nservices: {web: {image: a}}\n",
         "1:11: the included file /etc/x.yaml is not in the repository"},
        {"include: [{pth: x}]\nservices: {web: {image: a}}\n", "include has no key pth"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const Loaded loaded = load_stack(text);
        CHECK_FALSE(loaded.usable());
        CHECK_MESSAGE(all_of(loaded.problems).find(wanted) != std::string::npos, all_of(loaded.problems));
    }
}

TEST_CASE("load: not more than 64 files") {
    Stack stack;
    std::string includes;
    for (int i = 0; i < 63; ++i) {
        const std::string name = "i" + std::to_string(i) + ".yaml";
        stack.files["services/gw/" + name] = "services: {s" + std::to_string(i) + ": {image: a}}\n";
        includes += "  - " + name + "\n";
    }
    stack.files["services/gw/compose.yaml"] = "include:\n" + includes + "services: {web: {image: w}}\n";
    CHECK(image_of(stack.load()) == "w");
    stack.files["services/gw/compose.yaml"] = "include:\n" + includes + "  - i0.yaml\nservices: {web: {image: w}}\n";
    CHECK(image_of(stack.load()).find("the stack has more than 64 compose files") != std::string::npos);
}

TEST_CASE("profiles: a service without a chosen profile is left out, unless another one needs it") {
    const char* const text =
        "services:\n  web: {image: w}\n  tool: {image: t, profiles: [tools, other], build: .}\n  on: {image: o, "
        "profiles: []}\n";
    CHECK(image_of(load_stack(text), "tool") == "none");
    CHECK(image_of(load_stack(text), "on") == "o");
    CHECK(image_of(load_stack(text, {.profiles = {"other"}}), "tool") == "t");
    CHECK(image_of(load_stack(text, {.profiles = {"*"}}), "tool") == "t");
    const std::string needs = "services:\n  db: {image: d, profiles: [x]}\n  web: {image: w, depends_on: ";
    CHECK(image_of(load_stack(needs + "[db]}\n"))
              .find("services/gw/compose.yaml:3:32: the service db is needed by web, but none of its "
                    "profiles is chosen") != std::string::npos);
    CHECK(image_of(load_stack(needs + "{db: {condition: service_started, required: false}}}\n")) == "w");
    CHECK(image_of(load_stack(needs + "[db]}\n", {.profiles = {"x"}})) == "w");
}

TEST_CASE("profiles: a service that is left out may have variables without a value") {
    const char* const text = "services:\n  web: {image: w}\n  tool: {image: \"$NO\", profiles: [tools]}\n";
    CHECK(load_stack(text).problems.empty());
    CHECK(texts_of(load_stack(text, {.profiles = {"tools"}}).problems) ==
          std::vector<std::string>{"services/gw/compose.yaml:3:18: the variable NO has no value"});
}

TEST_CASE("depends_on: a service of another stack") {
    Stack stack{.files = {{"services/gw/compose.yaml", "services:\n  web: {image: w, depends_on: [db]}\n"},
                          {"services/01_db/docker-compose.yml", "services:\n  db: {image: $NO}\n"},
                          {"services/02/compose.yml", "services:\n  x: {image: x}\n"}}};
    stack.options.other_stacks = {"01_db", "02", "gw"};
    const Loaded loaded = stack.load();
    CHECK(image_of(loaded) == "w");
    CHECK(loaded.project.services.at(0).depends_on.at(0).stack == "01_db");
    CHECK(loaded.inputs.contains("services/01_db/docker-compose.yml"));
    stack.files["services/02/compose.yml"] = "services:\n  db: {image: x}\n";
    CHECK(image_of(stack.load()).find("several stacks have a service db: 01_db, 02") != std::string::npos);
    stack.options.other_stacks = {};
    CHECK(image_of(stack.load()).find("there is no service db") != std::string::npos);
}
