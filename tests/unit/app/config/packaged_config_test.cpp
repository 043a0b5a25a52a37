// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "app/config/config.hpp"
#include "app/config/config_keys.hpp"
#include "util/sys/directory.hpp"

using namespace gup;

namespace {

constexpr const char* packaged_file = GUP_PACKAGED_CONFIG;

// True for a line that is a setting behind a comment sign: `# key = value`.
bool is_commented_setting(const std::string& line) {
    const auto equals = line.find(" = ");
    if (!line.starts_with("# ") || equals == std::string::npos) return false;
    return std::all_of(line.begin() + 2, line.begin() + static_cast<std::ptrdiff_t>(equals),
                       [](char letter) { return letter == '-' || (letter >= 'a' && letter <= 'z'); });
}

struct Uncommented {
    std::string text;               // a configuration with every setting
    std::vector<std::string> keys;  // with their tables
};

Uncommented uncomment(const std::string& text) {
    Uncommented result;
    std::istringstream lines(text);
    std::string table;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("[")) table = line.substr(1, line.find(']') - 1) + ".";
        if (is_commented_setting(line)) {
            line.erase(0, 2);
            result.keys.push_back(table + line.substr(0, line.find(" = ")));
        }
        result.text += line + "\n";
    }
    return result;
}

Result<Config> load(const fs::path& file, const fs::path& root) {
    ConfigSources sources;
    sources.file = file;
    sources.system_file = file;  // the packaged install
    sources.executable = "/usr/bin/gup-agent";
    sources.root = root;
    sources.environment = [](const std::string&) { return std::nullopt; };
    return load_config(sources);
}

}  // namespace

TEST_CASE("packaging/deb/gup-agent.toml: names every key once, and no other") {
    const auto text = read_file(packaged_file);
    REQUIRE(text.ok());
    auto found = uncomment(*text).keys;
    std::vector<std::string> known;
    for (const ConfigKey& key : config_keys()) known.emplace_back(key.name);
    std::sort(found.begin(), found.end());
    std::sort(known.begin(), known.end());
    CHECK(found == known);
}

TEST_CASE("packaging/deb/gup-agent.toml: the settings behind the comment signs are the defaults") {
    const auto folder = std::move(TemporaryFolder::make()).value();
    const auto text = read_file(packaged_file);
    REQUIRE(text.ok());
    const fs::path file = folder.path() / "gup-agent.toml";

    REQUIRE(write_file_atomically(file, *text).ok());
    const auto defaults = load(file, folder.path());
    REQUIRE_MESSAGE(defaults.ok(), defaults.error().message);
    REQUIRE(write_file_atomically(file, uncomment(*text).text).ok());
    const auto stated = load(file, folder.path());
    REQUIRE_MESSAGE(stated.ok(), stated.error().message);

    CHECK(stated->update.state == defaults->update.state);
    CHECK(stated->log.file == defaults->log.file);
    CHECK(stated->log.max_size == defaults->log.max_size);
    CHECK(stated->log.max_files == defaults->log.max_files);
    CHECK(stated->log.file_level == defaults->log.file_level);
    CHECK(stated->delay.shortest == defaults->delay.shortest);
    CHECK(stated->delay.longest == defaults->delay.longest);
    CHECK(stated->reboot.wish == defaults->reboot.wish);
    CHECK(stated->reboot.delay == defaults->reboot.delay);
    CHECK(stated->reboot.command == defaults->reboot.command);
    CHECK(stated->http.ca_file == defaults->http.ca_file);
    CHECK(stated->http.proxy == defaults->http.proxy);
    CHECK(stated->http.connect_timeout == defaults->http.connect_timeout);
    CHECK(stated->http.low_speed_limit == defaults->http.low_speed_limit);
    CHECK(stated->http.low_speed_time == defaults->http.low_speed_time);
    CHECK(stated->http.total_timeout == defaults->http.total_timeout);
    CHECK(stated->retry.retries == defaults->retry.retries);
    CHECK(stated->retry.first_delay == defaults->retry.first_delay);
    CHECK(stated->update.parallel == defaults->update.parallel);
    CHECK(stated->update.create_virtualenv == defaults->update.create_virtualenv);
    CHECK(stated->update.interpreter == defaults->update.interpreter);
    CHECK(stated->update.installer.choice == defaults->update.installer.choice);
    CHECK(stated->update.installer.uv_path == defaults->update.installer.uv_path);
    CHECK(stated->update.installer.timeout == defaults->update.installer.timeout);
    CHECK(stated->update.installer.temporary_folder == defaults->update.installer.temporary_folder);
    CHECK(stated->update.quiet_noop == defaults->update.quiet_noop);
    CHECK(stated->update.clone.depth == defaults->update.clone.depth);
    CHECK(stated->update.clone.single_branch == defaults->update.clone.single_branch);
    CHECK(stated->update.hooks.pre_update == defaults->update.hooks.pre_update);
    CHECK(stated->update.hooks.post_update == defaults->update.hooks.post_update);
    CHECK(stated->update.hooks.timeout == defaults->update.hooks.timeout);
    CHECK(stated->data.rate == defaults->data.rate);
    CHECK(stated->data.per_day == defaults->data.per_day);
    CHECK(stated->update.health_at_most == defaults->update.health_at_most);
    CHECK(stated->data.per_run == defaults->data.per_run);
    CHECK(stated->max_object_size == defaults->max_object_size);
    CHECK(stated->self_update.url == defaults->self_update.url);
    CHECK(stated->self_update.keys.size() == defaults->self_update.keys.size());
}
