// SPDX-License-Identifier: Apache-2.0
#include "app/config/config.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>

#include "app/config/config_keys.hpp"
#include "fixture.hpp"
#include "util/sys/directory.hpp"

using namespace gup;
using test::holds;

namespace {

struct Setup {
    TemporaryFolder folder = std::move(TemporaryFolder::make()).value();
    std::map<std::string, std::string> environment;
    ConfigSources sources;

    Setup() {
        sources.executable = folder.path() / "root/gup-agent/gup-agent";
        sources.system_file = folder.path() / "etc/gup-agent.toml";
        sources.environment = [this](const std::string& name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            return found == environment.end() ? std::nullopt : std::optional(found->second);
        };
        REQUIRE(make_folders(sources.executable.parent_path()).ok());
        REQUIRE(make_folders(sources.system_file.parent_path()).ok());
    }

    fs::path write(const std::string& text) {
        const fs::path file = sources.executable.parent_path() / "gup-agent.toml";
        REQUIRE(write_file_atomically(file, text).ok());
        return file;
    }

    // The error of a configuration that must be refused.
    std::string refused(const std::string& text) {
        write(text);
        const auto config = load_config(sources);
        REQUIRE_FALSE(config.ok());
        CHECK(config.error().code == ErrorCode::invalid_input);
        return config.error().message + "|" + config.error().hint;
    }
};

}  // namespace

TEST_CASE("load_config: without any file a portable install is next to its executable") {
    const Setup setup;
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    const fs::path agent = setup.sources.executable.parent_path();
    CHECK(config->update.root == agent.parent_path());
    CHECK(config->update.state == agent / "state");
    CHECK(config->log.file == agent / "gup.log");
    CHECK(config->update.agent_folder == agent);
    CHECK(config->delay.shortest == Milliseconds{10'000});
    CHECK(config->delay.longest == Milliseconds{120'000});
    CHECK(config->reboot.wish == RebootWish::when_needed);
}

TEST_CASE("load_config: a packaged install has the system's folders and needs a root") {
    Setup setup;
    REQUIRE(write_file_atomically(setup.sources.system_file, "").ok());
    const auto without = load_config(setup.sources);
    REQUIRE_FALSE(without.ok());
    CHECK(holds(without.error().message, "root is not set"));
    setup.environment["GUP_ROOT"] = setup.folder.path().string();
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    CHECK(config->update.state == "/var/lib/gup-agent");
    CHECK(config->log.file == "/var/log/gup-agent/gup.log");
}

TEST_CASE("load_config: without a folder of its own the agent would write where it was started") {
    Setup setup;
    CHECK(holds(setup.refused("state = \"\"\n"), "state is empty"));
}

TEST_CASE("load_config: option over environment over file over default") {
    Setup setup;
    setup.write("root = \"..\"\n[run]\ndelay = \"3s\"\nreboot = false\n[network]\nretries = 5\n");
    REQUIRE(make_folders(setup.folder.path() / "other").ok());
    setup.environment["GUP_RUN_DELAY"] = "1s..2s";
    setup.environment["GUP_ROOT"] = "/nonexistent";
    setup.sources.root = setup.folder.path() / "other";
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    CHECK(config->update.root == setup.folder.path() / "other");
    CHECK(config->delay.shortest == Milliseconds{1000});
    CHECK(config->delay.longest == Milliseconds{2000});
    CHECK(config->reboot.wish == RebootWish::never);
    CHECK(config->retry.retries == 5);
}

TEST_CASE("load_config: every key can be given, with '_' for '-'") {
    Setup setup;
    setup.write(R"(root = "."
state = "/s"
log = "/l"
[run]
delay = 7
reboot = true
reboot_delay = "1m"
reboot-command = ["true", "now"]
[network]
ca_file = "ca.pem"
proxy = "http://proxy:3128"
connect-timeout = "5s"
low-speed-time = 10
low-speed-limit = 5
total-timeout = "2h"
retries = 0
retry-delay = "10ms"
parallel = 3
[python]
installer = "uv"
uv = "/opt/uv"
create_venv = true
interpreter = "python3.11"
timeout = "5m"
temporary-folder = "/t"
[logging]
max-size = "10KiB"
max-files = 2
level = "debug"
)");
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    CHECK(config->update.state == "/s");
    CHECK(config->log.file == "/l");
    CHECK(config->delay.longest == Milliseconds{7000});
    CHECK(config->reboot.wish == RebootWish::always);
    CHECK(config->reboot.delay == Milliseconds{60'000});
    CHECK(config->reboot.command == std::vector<std::string>{"true", "now"});
    CHECK(config->http.ca_file == setup.sources.executable.parent_path() / "ca.pem");
    CHECK(config->http.proxy == "http://proxy:3128");
    CHECK(config->http.connect_timeout == Milliseconds{5000});
    CHECK(config->http.low_speed_time == Milliseconds{10'000});
    CHECK(config->http.low_speed_limit == 5);
    CHECK(config->http.total_timeout == Milliseconds{7'200'000});
    CHECK(config->retry.retries == 0);
    CHECK(config->retry.first_delay == Milliseconds{10});
    CHECK(config->update.parallel == 3);
    CHECK(config->update.installer.choice == InstallerChoice::uv);
    CHECK(config->update.installer.uv_path == "/opt/uv");
    CHECK(config->update.create_virtualenv);
    CHECK(config->update.interpreter == "python3.11");
    CHECK(config->update.installer.timeout == Milliseconds{300'000});
    CHECK(config->update.installer.temporary_folder == "/t");
    CHECK(config->log.max_size == 10'240);
    CHECK(config->log.max_files == 2);
    CHECK(config->log.file_level == log::Level::debug);
}

TEST_CASE("load_config: an unknown key is named with its line and the nearest known one") {
    Setup setup;
    const std::string key = setup.refused("root = \".\"\n[run]\ndelai = \"3s\"\n");
    CHECK(holds(key, "gup-agent.toml:3: unknown key run.delai"));
    CHECK(holds(key, "did you mean run.delay?"));
    const std::string table = setup.refused("root = \".\"\n[netwrok]\nretries = 1\n");
    CHECK(holds(table, "gup-agent.toml:2: unknown table netwrok"));
    CHECK(holds(table, "did you mean network?"));
    CHECK(holds(setup.refused("rooot = 1\n"), "did you mean root?"));
    CHECK(holds(setup.refused("[run.deep]\nkey = 1\n"), "run.deep"));
}

TEST_CASE("load_config: a wrong value is named with its line and the expected form") {
    Setup setup;
    for (const char* text :
         {"delay = \"5 parsecs\"", "delay = \"9s..1s\"", "delay = true", "reboot = \"maybe\"", "reboot-command = []",
          "reboot-command = [1]", "reboot-delay = 1.5", "delay = { a = 1 }"}) {
        CAPTURE(text);
        const std::string message = setup.refused("[run]\n\n" + std::string(text) + "\n");
        CHECK(holds(message, "gup-agent.toml:3: run."));
        CHECK(holds(message, "must be"));
    }
    CHECK(holds(setup.refused("[network]\nretries = 21\n"), "a number from 0 to 20"));
    CHECK(holds(setup.refused("[network]\nparallel = 0\n"), "network.parallel"));
    CHECK(holds(setup.refused("[logging]\nmax-size = \"1 B\"\n"), "logging.max-size"));
    setup.write("");
    setup.environment["GUP_NETWORK_RETRIES"] = "many";
    const auto config = load_config(setup.sources);
    REQUIRE_FALSE(config.ok());
    CHECK(holds(config.error().message, "$GUP_NETWORK_RETRIES must be a number"));
}

TEST_CASE("load_config: broken TOML is named with line and column, a missing named file is an error") {
    Setup setup;
    CHECK(holds(setup.refused("root = \".\"\n[run\n"), "gup-agent.toml:2:"));
    setup.sources.file = setup.folder.path() / "nowhere.toml";
    const auto config = load_config(setup.sources);
    REQUIRE_FALSE(config.ok());
    CHECK(holds(config.error().message, "nowhere.toml"));
}

TEST_CASE("environment_name: GUP_, upper case, underscores") {
    CHECK(environment_name("root") == "GUP_ROOT");
    CHECK(environment_name("network.low-speed-time") == "GUP_NETWORK_LOW_SPEED_TIME");
}

TEST_CASE("load_config_leniently: reports all mistakes, and keeps the valid settings") {
    Setup setup;
    setup.write("state = \"elsewhere\"\nrot = 1\n[network]\nparallel = 0\nretries = 5\n[python]\ninterpreter = \"\"\n");
    setup.environment["GUP_RUN_DELAY"] = "soon";
    const LenientConfig loaded = load_config_leniently(setup.sources);
    REQUIRE(loaded.problems.size() == 4);
    CHECK(holds(loaded.problems[0].message, "unknown key rot"));
    CHECK(holds(loaded.problems[1].message, "network.parallel"));
    CHECK(holds(loaded.problems[2].message, "python.interpreter"));
    CHECK(holds(loaded.problems[3].message, "$GUP_RUN_DELAY"));
    CHECK(loaded.config.retry.retries == 5);
    CHECK(loaded.config.update.state.filename() == "elsewhere");
    CHECK_MESSAGE(loaded.config.update.parallel == Config().update.parallel, "what is refused leaves the default");
    CHECK(loaded.config.update.interpreter == "python3");
    CHECK(load_config(setup.sources).error().message == loaded.problems[0].message);
}

TEST_CASE("load_config: a connector with a source is read with all its keys") {
    Setup setup;
    setup.write(
        "[[connector]]\nname = \"app\"\nsource = \"git@host:org/app.git/deploy#stable\"\nlocal = "
        "\"/var/deploy/current\"\n"
        "pins = [\"paho-mqtt,1.3.1\", \"lib,5.0.0,git+https://host/lib.git\"]\n"
        "[[connector]]\nname = \"meter\"\nschedule = \"@daily\"\n");
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    REQUIRE(config->update.declared.size() == 1);
    const DeclaredConnector& app = config->update.declared.front();
    CHECK(app.name == "app");
    CHECK(app.source.folder == "deploy");
    CHECK(app.source.ref == "stable");
    CHECK(app.local == "/var/deploy/current");
    REQUIRE(app.pins.size() == 2);
    CHECK(app.pins[1].source == "git+https://host/lib.git");
    CHECK(config->connectors.size() == 2);
}

TEST_CASE("load_config: an archive's checks and a bucket's server are read") {
    Setup setup;
    setup.write("[[connector]]\nname = \"app\"\nsource = \"s3://bucket/a.zip\"\nsha256 = \"" + std::string(64, 'A') +
                "\"\npublic-keys = [\"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3\"]\n"
                "endpoint = \"https://minio.example.org:9000\"\nregion = \"eu-north-1\"\n"
                "access-key = \"me\"\nsecret-key = \"hidden\"\n");
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    const DeclaredConnector& app = config->update.declared.front();
    CHECK(app.sha256 == std::string(64, 'a'));
    CHECK(app.public_keys.size() == 1);
    CHECK(app.s3.endpoint.starts_with("https://minio.example.org:9000"));
    CHECK(app.s3.region == "eu-north-1");
    CHECK(app.s3.access_key == "me");
    CHECK(app.s3.secret_key.reveal() == "hidden");
}

TEST_CASE("load_config: an error in a connector's table names its line") {
    Setup setup;
    const std::string begin = "[[connector]]\nname = \"app\"\n";
    CHECK(holds(setup.refused(begin + "source = \"app\"\n"), ":3: connector.source: "));
    CHECK(holds(setup.refused(begin + "source = 3\n"), "it must be a git URL"));
    CHECK(holds(setup.refused(begin + "local = \"/var/x\"\n"), "[[connector]] app has no source"));
    CHECK(holds(setup.refused(begin + "source = \"https://host/a.zip\"\npins = [\"pyserial\"]\n"),
                ":4: connector.pins: "));
    const std::string s3 = begin + "source = \"s3://bucket/a.zip\"\n";
    const std::string zip = begin + "source = \"https://host/a.zip\"\n";
    CHECK(holds(setup.refused(zip + "sha256 = \"abc\"\n"), ":4: connector.sha256: it must be"));
    CHECK(holds(setup.refused(zip + "public-keys = [\"RWabc\"]\n"), ":4: connector.public-keys: "));
    CHECK(holds(setup.refused(zip + "region = \"eu-north-1\"\n"),
                "[[connector]] app has a source that is not in a bucket"));
    CHECK(holds(setup.refused(begin + "source = \"/a.git\"\nsha256 = \"" + std::string(64, 'a') + "\"\n"),
                "[[connector]] app has a source that is not an archive"));
    CHECK(holds(setup.refused(s3 + "endpoint = \"https://me:secret@host\"\n"), ":4: connector.endpoint: it must be"));
    CHECK(holds(setup.refused(s3 + "region = \"evil.example.org/\"\n"), ":4: connector.region: it must be"));
    CHECK(holds(setup.refused(s3 + "access-key = \"me\"\n"), "[[connector]] app has only an access-key"));
    CHECK(holds(setup.refused(s3 + "secret-key = \"me\"\n"), "[[connector]] app has only a secret-key"));
    CHECK(holds(setup.refused(begin + "sorce = \"https://host/a.zip\"\n"), "did you mean connector.source?"));
    CHECK(
        holds(setup.refused("[[connector]]\nname = \"../app\"\nsource = \"https://host/a.zip\"\n"), "connector.name"));
}

TEST_CASE("load_config: the root is told with its origin, and / is one only if somebody asked for it") {
    Setup setup;
    CHECK(load_config(setup.sources)->root_from == "the folder above the agent's");
    const fs::path file = setup.write("root = \"/\"\n");
    CHECK(load_config(setup.sources)->root_from == "root in " + file.string());
    setup.environment["GUP_ROOT"] = "/";
    CHECK(load_config(setup.sources)->root_from == "$GUP_ROOT");
    setup.sources.root = "/";
    CHECK(load_config(setup.sources)->root_from == "--root");
    Setup other;
    other.sources.executable = "/gup/gup-agent";
    const auto refused = load_config(other.sources);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message == "root is not set, and the folder above the agent's is /");
    other.sources.root = "/";
    CHECK(load_config(other.sources).ok());
}

TEST_CASE("load_config: an unknown variable GUP_… is a warning with the nearest one") {
    Setup setup;
    setup.sources.variables = {"HOME",          "GUP_RUN_DELEY",   "GUP_ROOT",          "GUP_CONFG",
                               "GUP_CONNECTOR", "GUP_FANCY_THING", "GUP_STANDS_IN_FOR", "gup_root"};
    const auto config = load_config(setup.sources);
    REQUIRE(config.ok());
    REQUIRE(config->warnings.size() == 3);
    CHECK(config->warnings[0].message == "unknown variable $GUP_RUN_DELEY: it has no effect");
    CHECK(config->warnings[0].hint == "did you mean $GUP_RUN_DELAY?");
    CHECK(config->warnings[1].hint == "did you mean $GUP_CONFIG?");
    CHECK(holds(config->warnings[2].hint, "gup-agent.toml(5)"));
}

TEST_CASE("load_config_leniently: problems are in the order of their lines, then those without one") {
    Setup setup;
    setup.environment["GUP_RUN_DELAY"] = "soon";
    setup.write("state = 5\n[run]\nreboot = 7\ndelay = \"x\"\n[bogus]\na = 1\n[logging]\nlevel = \"loud\"\n");
    std::vector<int> lines;
    for (const ConfigProblem& one : load_config_leniently(setup.sources).problems) lines.push_back(one.line);
    CHECK(lines == std::vector<int>{1, 3, 4, 5, 8, 0});
}

TEST_CASE("load_config: a text that is not TOML is told with its place and a hint") {
    struct Row {
        const char* text;
        const char* place;
        const char* hint;
    };
    for (const Row& row : {
             Row{"root = unquoted\n", ":1:8: this is not valid TOML", "text needs quotes: delay = \"20s\""},
             Row{"[run]\ndelay = 20s\n", ":2:11:", "text needs quotes"},
             Row{"root = \"unclosed\n", ":1:", "closing quote"},
             Row{"[run\ndelay = 1\n", ":1:5:", "brackets"},
             Row{"root: \"/srv\"\n", ":1:5:", "need = between"},
             Row{"[run]\nreboot = True\n", ":2:10:", "true or false"},
             Row{"root = \"C:\\users\"\n", ":1:", "backslash"},
             Row{"root = \"/a\"\nroot = \"/b\"\n", ":2:", "remove one"},
             Row{"root = \n", ":1:", "the value is missing"},
         }) {
        Setup setup;
        const std::string text = row.text;
        CAPTURE(text);
        const std::string said = setup.refused(text);
        CHECK(holds(said, row.place));
        CHECK(holds(said, row.hint));
    }
}
