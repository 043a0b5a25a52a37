// SPDX-License-Identifier: Apache-2.0
#include "core/compose/load.hpp"

#include <doctest/doctest.h>

#include <string>

#include "compose_fixture.hpp"

using namespace gup;
using namespace gup::compose;
using namespace gup::test;

namespace {

const Service& web_of(const Loaded& loaded) {
    REQUIRE_MESSAGE(loaded.usable(), all_of(loaded.problems));
    REQUIRE(loaded.project.find("web") != nullptr);
    return *loaded.project.find("web");
}

std::string environment_of(const Service& service) {
    std::string out;
    for (const Variable& one : service.environment) {
        out += (out.empty() ? "" : "|") + one.name + (one.value ? "=" + *one.value : std::string{});
    }
    return out;
}

}  // namespace

TEST_CASE("load: a stack of two services") {
    const Loaded loaded = load_stack(R"(version: "3.8"
services:
  web:
    image: nginx:1.27
    ports: ["8080:80"]
    volumes:
      - ./conf:/etc/nginx:ro
      - data:/data
    depends_on: [db]
  db:
    image: postgres
    healthcheck: {test: [CMD, pg_isready], interval: 10s}
volumes:
  data:
  unused:
)");
    const Service& web = web_of(loaded);
    CHECK(loaded.project.name == "gw");
    CHECK(loaded.project.services.size() == 2);
    CHECK(web.image == "nginx:1.27");
    CHECK(web.ports.at(0).published == "8080");
    CHECK(web.mounts.at(0).source == "services/gw/conf");
    CHECK(web.mounts.at(0).in_repository);
    CHECK(web.mounts.at(0).read_only);
    CHECK(web.mounts.at(1).kind == MountKind::volume);
    CHECK(web.depends_on.at(0).service == "db");
    CHECK(web.networks.at(0).network == "default");
    CHECK(loaded.project.find("db")->health->command == std::vector<std::string>{"pg_isready"});
    REQUIRE(loaded.project.networks.size() == 1);
    CHECK(loaded.project.networks[0].key == "default");
    REQUIRE(loaded.project.volumes.size() == 1);
    CHECK(loaded.project.volumes[0].key == "data");
    CHECK(loaded.inputs == std::set<std::string>{"services/gw/.env", "services/gw/compose.yaml", "services/gw/conf"});
}

TEST_CASE("load: variables come from outside, then from .env, and those used from outside are known") {
    Stack stack{.files = {{"services/gw/compose.yaml",
                           "services:\n  web:\n    image: $IMAGE:${TAG}\n    environment: {A: \"${X:-x}\", B}\n"},
                          {"services/gw/.env", "TAG=1\nIMAGE=env\n"}}};
    stack.options.variables = {{"IMAGE", "out"}, {"B", "b"}, {"UNUSED", "u"}};
    const Loaded loaded = stack.load();
    CHECK(web_of(loaded).image == "out:1");
    CHECK(environment_of(web_of(loaded)) == "A=x|B=b");
    CHECK(loaded.variables == std::map<std::string, std::string>{{"IMAGE", "out"}, {"B", "b"}});
}

TEST_CASE("load: an unset variable is told with its place, and nothing else of that value") {
    const Loaded loaded = load_service("ports: [\"${PORT}:80\"]\ncommand: \"a $$X $Y\"\nlabels:\n  a: 'x ${Z}'");
    CHECK(texts_of(loaded.problems) == std::vector<std::string>{
                                           "services/gw/compose.yaml:4:14: the variable PORT has no value",
                                           "services/gw/compose.yaml:5:21: the variable Y has no value",
                                           "services/gw/compose.yaml:7:13: the variable Z has no value",
                                       });
    const Loaded empty = load_service("environment: {A: $X}", {.unset = UnsetVariable::empty});
    CHECK(environment_of(web_of(empty)) == "A=");
    CHECK(empty.problems.at(0).severity == Severity::warning);
}

TEST_CASE("load: environment in its forms, and numbers as docker spells them") {
    CHECK(environment_of(
              web_of(load_service("environment:\n  B: yes\n  A: 1\n  C: null\n  D:\n  E: true\n  F: \"1.50\""))) ==
          "A=1|B=yes|C|D|E=true|F=1.50");
    CHECK(environment_of(web_of(load_service("environment:\n  - B=x=y\n  - A\n  - C=\n  - B=z"))) == "A|B=z|C=");
    const Loaded spelled = load_service("environment: {A: 010, B: 1.50, C: 0x10, D: 1_000, E: 1e3, F: True}");
    CHECK(environment_of(web_of(spelled)) == "A=8|B=1.5|C=16|D=1000|E=1000|F=true");
    CHECK(spelled.problems.size() == 6);
    CHECK(texts_of(spelled.problems).at(0) ==
          "services/gw/compose.yaml:4:22: warning: docker compose spells this number in another way, which is taken");
}

TEST_CASE("load: values of variables are never in a problem") {
    compose::LoadOptions options;
    options.variables = {{"TOKEN", "hunter2x"}, {"SHORT", "a b"}};
    const std::pair<const char*, const char*> table[] = {
        {"container_name: \"$TOKEN!\"", "$TOKEN! is no name of a container"},
        {"ports: [\"${TOKEN}:80\"]", "${TOKEN} is no port of the gateway"},
        {"volumes: [\"$TOKEN:/x\"]", "the volume ${TOKEN} is not declared"},
        {"depends_on: [$TOKEN]", "there is no service $TOKEN"},
        {"mem_limit: $TOKEN", "mem_limit wants a size, not $TOKEN"},
        {"restart: \"x${TOKEN}\"", "x${TOKEN} is no restart policy"},
        {"networks: [$TOKEN]", "the network $TOKEN is not declared"},
        {"env_file: ../../../$TOKEN", "env_file ../../../$TOKEN leaves the repository"},
        {"container_name: \"$SHORT\"", "$SHORT is no name of a container"},
        {"extra_hosts: [\"$TOKEN\"]", "the extra host $TOKEN has no IP address"},
    };
    for (const auto& [keys, wanted] : table) {
        CAPTURE(keys);
        const std::string problems = all_of(load_service(keys, options).problems);
        CHECK_MESSAGE(problems.find(wanted) != std::string::npos, problems);
        CHECK_MESSAGE(problems.find("hunter2x") == std::string::npos, problems);
    }
}

TEST_CASE("load: env_file, the later one wins, and environment over all") {
    Stack stack{.files = {{"services/gw/compose.yaml",
                           "services:\n  web:\n    image: a\n    env_file:\n      - a.env\n      - path: ../b.env\n    "
                           "    required: true\n"
                           "      - path: no.env\n        required: false\n      - path: raw.env\n        format: "
                           "raw\n    environment: {C: own}\n"},
                          {"services/gw/a.env", "A=1\nB=1\nC=1\nD=$V$C\n"},
                          {"services/b.env", "B=2\n"},
                          {"services/gw/raw.env", "R='$x'\n"}}};
    stack.options.variables = {{"V", "v"}};
    const Loaded loaded = stack.load();
    CHECK(environment_of(web_of(loaded)) == "A=1|B=2|C=own|D=vown|R='$x'");
    CHECK(loaded.inputs.contains("services/b.env"));
    CHECK(loaded.inputs.contains("services/gw/no.env"));
    CHECK(texts_of(load_service("env_file: no.env").problems) ==
          std::vector<std::string>{
              "services/gw/compose.yaml:4:15: there is no file services/gw/no.env in the repository"});
}

TEST_CASE("load: long and short forms give the same") {
    const std::pair<const char*, const char*> table[] = {
        {"ports: [\"127.0.0.1:8080:80/udp\"]",
         "ports: [{target: 80, published: \"8080\", host_ip: 127.0.0.1, protocol: udp}]"},
        {"ports: [80]", "ports: [{target: 80}]"},
        {"volumes: [\"./a:/b:ro,z\"]",
         "volumes: [{type: bind, source: ./a, target: /b, read_only: true, bind: {selinux: z}}]"},
        {"volumes: [\"v:/b:nocopy\"]", "volumes: [{type: volume, source: v, target: /b, volume: {nocopy: true}}]"},
        {"tmpfs: /run:size=64m,mode=1777",
         "volumes: [{type: tmpfs, target: /run, tmpfs: {size: 64m, mode: \"1777\"}}]"},
        {"devices: [\"/dev/a:/dev/b:rw\"]", "devices: [{source: /dev/a, target: /dev/b, permissions: rw}]"},
        {"secrets: [s]", "secrets: [{source: s}]"},
        {"configs: [c]", "configs: [{source: c, target: /c}]"},
        {"depends_on: [db]", "depends_on: {db: {condition: service_started}}"},
        {"networks: [n]", "networks: {n: null}"},
        {"mem_limit: 64m", "deploy: {resources: {limits: {memory: 67108864}}}"},
        {"restart: always", "deploy: {restart_policy: {condition: any}}"},
        {"healthcheck: {test: \"true\"}", "healthcheck: {test: [CMD-SHELL, \"true\"]}"},
        {"command: a 'b c'", "command: [a, b c]"},
        {"extra_hosts: [\"a:10.0.0.1\"]", "extra_hosts: {a: 10.0.0.1}"},
        {"extra_hosts: [\"a=::1\"]", "extra_hosts: {a: [\"[::1]\"]}"},
        {"labels: [a=1, b]", "labels: {a: 1, b: \"\"}"},
        {"sysctls: [net.core.somaxconn=1024]", "sysctls: {net.core.somaxconn: 1024}"},
        {"ulimits: {nofile: 5}", "ulimits: {nofile: \"5\"}"},
        {"gpus: all", "deploy: {resources: {reservations: {devices: [{driver: nvidia, capabilities: [gpu]}]}}}"},
    };
    const auto print = [](const std::string& keys) {
        std::string text =
            "services:\n  db: {image: db}\n  web:\n    image: nginx\n    " + keys +
            "\nnetworks: {n: {}}\nvolumes: {v: {}}\nsecrets: {s: {external: true}}\nconfigs: {c: {content: x}}\n";
        const Loaded loaded = load_stack(text);
        const Service& web = web_of(loaded);
        std::string out;
        for (const Port& one : web.ports)
            out += one.host_ip + one.published + ":" + std::to_string(one.target) + one.protocol;
        for (const Mount& one : web.mounts) {
            out += std::to_string(static_cast<int>(one.kind)) + one.source + one.target + (one.read_only ? "ro" : "") +
                   one.selinux + (one.no_copy ? "nocopy" : "") + one.size + one.mode;
        }
        for (const Device& one : web.devices) out += one.host + one.container + one.permissions;
        for (const FileUse& one : web.secrets) out += one.source + one.target;
        for (const FileUse& one : web.configs) out += one.source + one.target;
        for (const Dependency& one : web.depends_on)
            out += one.service + std::to_string(static_cast<int>(one.condition));
        for (const NetworkUse& one : web.networks) out += one.network;
        for (const std::string& one : web.extra_hosts) out += one;
        for (const auto& [key, value] : web.labels) out += key + value;
        for (const auto& [key, value] : web.sysctls) out += key + value;
        for (const auto& [key, value] : web.ulimits) out += key + value;
        for (const std::string& one : web.command.value_or(std::vector<std::string>{})) out += one + "|";
        if (web.health) out += web.health->command.back();
        return out + web.memory_limit + std::to_string(static_cast<int>(web.restart));
    };
    for (const auto& [a, b] : table) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(print(a) == print(b));
    }
}

TEST_CASE("load: unknown keys have a suggestion") {
    const std::pair<const char*, const char*> table[] = {
        {"services:\n  web: {imagee: a, image: b}\n", "the service web has no key imagee\nhint: did you mean image?"},
        {"services:\n  web: {image: b, port: [80]}\n", "hint: did you mean ports?"},
        {"services:\n  web: {image: b, enviroment: {}}\n", "hint: did you mean environment?"},
        {"servces:\n  web: {image: b}\n", "a compose file has no key servces\nhint: did you mean services?"},
        {"services:\n  web: {image: b, healthcheck: {intervall: 1s}}\n", "hint: did you mean interval?"},
        {"services:\n  web: {image: b, depends_on: {a: {conditon: x}}}\n  a: {image: a}\n",
         "hint: did you mean condition?"},
        {"services:\n  web: {image: b, depends_on: [dbb]}\n  db: {image: a}\n",
         "there is no service dbb\nhint: did you mean db?"},
        {"services:\n  web: {image: b, networks: [frnt]}\nnetworks: {front: {}}\n",
         "the network frnt is not declared\nhint: did you mean front?"},
        {"services:\n  web: {image: b, volumes: [\"dat:/x\"]}\nvolumes: {data: {}}\n",
         "the volume dat is not declared\nhint: did you mean data?"},
        {"services:\n  web: {image: b, restart: allways}\n", "hint: did you mean always?"},
        {"services:\n  web: {image: b}\nnetworks: {default: {drivr: x}}\n", "hint: did you mean driver?"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const Loaded loaded = load_stack(text);
        CHECK_FALSE(loaded.usable());
        CHECK_MESSAGE(all_of(loaded.problems).find(wanted) != std::string::npos, all_of(loaded.problems));
    }
    CHECK(load_stack("x-a: {b: $NO}\nservices:\n  x-b: 1\n  web: {image: b, x-c: 1, logging: {x-d: 1}}\n")
              .problems.empty());
}

TEST_CASE("load: what podman on one gateway has not is refused with place and hint") {
    const char* table[] = {
        "deploy: {mode: global}",
        "deploy: {placement: {constraints: [a]}}",
        "deploy: {update_config: {parallelism: 1}}",
        "deploy: {endpoint_mode: vip}",
        "deploy: {replicas: 2}",
        "scale: 3",
        "network_mode: container:x",
        "network_mode: nonsense",
        "external_links: [x]",
        "volumes_from: [x]",
        "credential_spec: {file: x}",
        "isolation: hyperv",
        "runtime: nvidia",
        "deploy: {resources: {reservations: {devices: [{driver: x, capabilities: [gpu]}]}}}",
        "develop: {watch: [{path: .}]}",
        "provider: {type: x}",
        "models: [x]",
        "volumes: [{type: npipe, source: a, target: /b}]",
        "volumes: [{type: cluster, source: a, target: /b}]",
        "volumes: [\"../../../x:/x\"]",
        "volumes: [\"~/x:/x\"]",
        "volumes: [\"/a/../etc:/x\"]",
        "env_file: ../../../x.env",
        "pid: container:x",
        "restart: sometimes",
        "container_name: \"a b\"",
        "healthcheck: {test: [pg_isready]}",
        "healthcheck: {interval: 30}",
        "privileged: maybe",
        "mem_limit: lots",
        "networks: {default: {ipv4_address: 1.2.3}}",
        "network_mode: host\nnetworks: [default]",
        "extends: {file: ../../../x.yaml, service: a}",
        "depends_on: [web]",
        "depends_on: {db: {condition: service_ready}}",
        "environment: [\"A B=1\"]",
        "environment: {A: [1]}",
        "pull_policy: sometimes",
        "devices: [ttyUSB0]",
        "deploy: {resources: {limits: {cpus: many}}}",
        "secrets: [{source: s, uid: root}]",
    };
    for (const char* const keys : table) {
        CAPTURE(keys);
        const Loaded loaded = load_service(keys);
        CHECK_FALSE(loaded.usable());
        for (const Problem& problem : loaded.problems) {
            CHECK_MESSAGE(problem.file == "services/gw/compose.yaml", display(problem, ""));
            CHECK_MESSAGE(problem.line >= 2, display(problem, ""));
            CHECK_MESSAGE(problem.column > 0, display(problem, ""));
        }
    }
}

TEST_CASE("load: two services cannot have the same name of a container, or the same port") {
    const auto problems = [](const std::string& a, const std::string& b) {
        const Loaded loaded = load_stack("services:\n  a: {image: x, " + a + "}\n  b: {image: x, " + b + "}\n");
        return loaded.problems.empty() ? std::string{} : texts_of(loaded.problems).at(0);
    };
    CHECK(problems("container_name: web", "container_name: web") ==
          "services/gw/compose.yaml:3:3: the services a and b have the same container_name");
    CHECK(problems("ports: [\"80:80\"]", "ports: [\"80:81\"]") ==
          "services/gw/compose.yaml:3:25: the port 80/tcp of the gateway is published by a, too");
    CHECK(problems("ports: [\"80:80\", \"80:81\"]", "user: u") ==
          "services/gw/compose.yaml:2:34: the port 80/tcp of the gateway is published twice");
    CHECK(problems("ports: [\"127.0.0.1:80:80\"]", "ports: [\"0.0.0.0:80:80\"]").find("published by a") !=
          std::string::npos);
    CHECK(problems("ports: [\"127.0.0.1:80:80\"]", "ports: [\"127.0.0.2:80:80\"]").empty());
    CHECK(problems("ports: [\"127.0.0.1:80:80\"]", "ports: [\"[::]:80:80\"]").empty());
    CHECK(problems("ports: [\"80:80\"]", "ports: [\"80:80/udp\"]").empty());
    CHECK(problems("ports: [80]", "ports: [80]").empty());
    CHECK(problems("ports: [\"8000-8010:80\"]", "ports: [\"8000-8010:80\"]").empty());
    CHECK(problems("ports: [\"80:80\"], network_mode: host", "ports: [\"80:80\"]") ==
          "services/gw/compose.yaml:2:25: warning: ports have no effect with network_mode host");
    CHECK(problems("ports: [\"80:80\"], network_mode: \"service:b\"", "user: u") ==
          "services/gw/compose.yaml:2:25: a service with the network of another one cannot publish ports");
}

TEST_CASE("load: several services cannot wait for each other") {
    const Loaded loaded = load_stack(
        "services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, depends_on: [c]}\n  c: {image: x, links: [a]}\n");
    CHECK(texts_of(loaded.problems) ==
          std::vector<std::string>{"services/gw/compose.yaml:4:25: services depend on each other: a → b → c → a"});
}

TEST_CASE("load: a service without image, a file without services, and others") {
    const std::pair<const char*, const char*> table[] = {
        {"services: {web: {}}\n", "services/gw/compose.yaml:1:12: the service web has no image"},
        {"services: {web: null}\n", "services/gw/compose.yaml:1:17: the service web wants a mapping, not nothing"},
        {"services: []\n", "services/gw/compose.yaml:1:11: services wants a mapping, not a list"},
        {"services:\n", "services/gw/compose.yaml:1:10: the file has no services"},
        {"name: x\n", "services/gw/compose.yaml:1:1: the file has no services"},
        {"", "services/gw/compose.yaml:1:1: the file is empty"},
        {"- a\n", "services/gw/compose.yaml:1:1: the file is no mapping"},
        {"name: A B\nservices: {web: {image: a}}\n", "services/gw/compose.yaml:1:7: A B is no name of a project"},
        {"services: {\"a/b\": {image: a}}\n", "services/gw/compose.yaml:1:12: a/b is no name of a service"},
        {"services: {web: {image: a}}\nnetworks: {default: {ipam: {config: [{subnet: 10.0.0.0}]}}}\n",
         "services/gw/compose.yaml:2:47: 10.0.0.0 is no subnet"},
        {"services: {web: {build: .}}\n", "services/gw/compose.yaml:1:25: building images is not allowed here"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const Loaded loaded = load_stack(text);
        REQUIRE_FALSE(loaded.problems.empty());
        CHECK(texts_of(loaded.problems).at(0) == wanted);
    }
}
