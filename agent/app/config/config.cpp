// SPDX-License-Identifier: Apache-2.0
#include "app/config/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>
#include <random>
#include <utility>

#include "app/config/config_connectors.hpp"
#include "app/config/config_environment.hpp"
#include "app/config/config_keys.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/nearest.hpp"
#include "core/declaration/toml_guard.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr const char* config_name = "gup-agent.toml";
constexpr const char* default_of_root = "the folder above the agent's";

Error config_error(const std::string& message, const std::string& hint) {
    return {ErrorCode::invalid_input, message, hint};
}

// Folders and defaults of the two installs: portable (everything next to the executable) and packaged.
void set_install_defaults(Config& config, const ConfigSources& sources) {
    const fs::path folder = sources.executable.parent_path();
    const bool packaged = folder.string().starts_with("/usr/") || config.file == sources.system_file;
    if (packaged) {
        config.update.state = "/var/lib/gup-agent";
        config.log.file = "/var/log/gup-agent/gup.log";
    } else {
        config.update.state = folder / "state";
        config.log.file = folder / "gup.log";
        config.update.root = folder.parent_path();
        config.update.agent_folder = folder;
    }
    const fs::path uv = folder / "uv";
    if (is_executable(uv)) config.update.installer.uv_path = uv;
}

std::optional<ConfigValue> to_value(const toml::node& node) {
    if (const auto* text = node.as_string()) return ConfigValue(text->get());
    if (const auto* number = node.as_integer()) return ConfigValue(number->get());
    if (const auto* flag = node.as_boolean()) return ConfigValue(flag->get());
    const toml::array* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> words;
    for (const toml::node& element : *array) {
        const auto* word = element.as_string();
        if (word == nullptr) return std::nullopt;
        words.push_back(word->get());
    }
    return ConfigValue(std::move(words));
}

// Fills a Config from one file's tables, and continues after an error.
class FileReader {
public:
    FileReader(std::string_view text, LenientConfig& loaded)
        : file_(loaded.config.file), places_(text), loaded_(loaded) {}

    void read(const toml::table& table) { read_table(table, {}); }

private:
    void read_table(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (prefix.empty() && name == "connector") {
                read_connectors(node, key.source());
                continue;
            }
            if (prefix.empty() && node.is_table()) {
                read_section(*node.as_table(), name, key.source());
            } else {
                read_key(name, node, key.source());
            }
        }
    }

    void read_section(const toml::table& table, const std::string& name, const toml::source_region& where) {
        const auto inside = [&](const ConfigKey& key) { return key.name.starts_with(dashed(name) + "."); };
        const auto& keys = config_keys();
        if (std::any_of(keys.begin(), keys.end(), inside)) return read_table(table, name + ".");
        unknown("table", name, where,
                {"run", "schedule", "connector", "network", "git", "python", "update", "hooks", "workers", "services",
                 "notify", "self-update", "logging"});
    }

    void read_key(const std::string& name, const toml::node& node, const toml::source_region& where) {
        const ConfigKey* key = find_config_key(name);
        if (key == nullptr) {
            std::vector<std::string_view> known;
            for (const ConfigKey& row : config_keys()) known.push_back(row.name);
            return unknown("key", name, where, known);
        }
        const auto value = to_value(node);
        if (value && set_config_key(*key, loaded_.config, *value, file_.parent_path())) return;
        refuse(*key, value, where);
    }

    void refuse(const ConfigKey& key, const std::optional<ConfigValue>& value, const toml::source_region& where) {
        const Error why = value && key.explain != nullptr ? key.explain(*value) : Error{};
        problem(where,
                fmt::format("{} must be {}{}{}", key.name, key.wanted, why.message.empty() ? "" : ": ", why.message),
                why.hint);
    }

    // [[connector]]: the operator's settings for one connector.
    void read_connectors(const toml::node& node, const toml::source_region& where) {
        const toml::array* list = node.as_array();
        if (list == nullptr || !list->is_array_of_tables()) {
            return problem(where, "connector must be a list of tables",
                           "write [[connector]], and name and the other keys below it");
        }
        for (const toml::node& one : *list) {
            const toml::table& fields = *one.as_table();
            ConnectorTable table{{}, place(fields.source())};
            for (const auto& [key, value] : fields) {
                table.rows.push_back({std::string(key.str()), to_value(value), place(key.source())});
            }
            read_connector(table, file_.parent_path(), loaded_);
        }
    }

    void unknown(std::string_view what, const std::string& name, const toml::source_region& where,
                 const std::vector<std::string_view>& known) {
        const std::string near = nearest(name, known);
        problem(where, fmt::format("unknown {} {}", what, name),
                near.empty() ? "" : fmt::format("did you mean {}?", near));
    }

    // toml++ counts code points.
    detail::Place place(const toml::source_region& where) {
        return places_.find(static_cast<int>(where.begin.line), static_cast<int>(where.begin.column));
    }

    void problem(const toml::source_region& where, const std::string& message, const std::string& hint) {
        add_config_problem(loaded_, place(where), message, hint);
    }

    fs::path file_;
    detail::PlaceFinder places_;
    LenientConfig& loaded_;
};

// A text that is not TOML; the place has a column, too.
void add_syntax_problem(LenientConfig& loaded, const detail::Place& place, std::string_view description) {
    const std::string what = fmt::format("this is not valid TOML, {}", detail::syntax_flaw(description));
    std::string hint(detail::syntax_hint(what));
    if (hint.starts_with("text needs quotes")) hint = "text needs quotes: delay = \"20s\"";
    const std::string message =
        fmt::format("{}:{}:{}: {}", loaded.config.file.string(), place.line, place.column, what);
    loaded.problems.push_back({config_error(message, hint), what, place.line, place.column});
}

void read_config_file(LenientConfig& loaded, const std::optional<std::string>& given) {
    const Config& config = loaded.config;
    auto text = given ? Result<std::string>(*given) : read_file(config.file, longest_config);
    if (!text.ok()) {
        const std::string message = fmt::format("cannot read the configuration: {}", text.error().message);
        return add_general_problem(loaded, config_error(message, {}));
    }
    const auto plain = without_byte_order_mark(*text);
    if (!plain) {
        const std::string message = fmt::format("{}: {}", config.file.string(), utf16_message);
        return add_general_problem(loaded, config_error(message, utf16_hint));
    }
    const std::string_view toml = *plain;
    if (const auto flaw = find_toml_flaw(toml)) {
        return add_syntax_problem(loaded, {flaw->line, flaw->column}, flaw->what);
    }
    try {
        FileReader(toml, loaded).read(toml::parse(toml, config.file.string()));
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        const detail::Place place =
            detail::PlaceFinder(toml).find(static_cast<int>(begin.line), static_cast<int>(begin.column));
        add_syntax_problem(loaded, place, error.description());
    } catch (const std::exception& error) {
        add_general_problem(loaded, config_error(fmt::format("{}: {}", config.file.string(), error.what()), {}));
    }
}

fs::path find_config_file(const ConfigSources& sources) {
    if (!sources.file.empty()) return sources.file;
    if (const auto named = sources.environment("GUP_CONFIG"); named && !named->empty()) return *named;
    for (const fs::path& candidate : {sources.executable.parent_path() / config_name, sources.system_file}) {
        if (is_file(candidate)) return candidate;
    }
    return {};
}

// Unchanged if it is empty, or if the working folder no longer exists.
fs::path made_absolute(const fs::path& path) {
    std::error_code error;
    const fs::path result = path.empty() ? path : fs::absolute(path, error);
    return error ? path : result;
}

// Every given root is an absolute path.
constexpr const char* not_given = "not given";

void set_origin_of_root(const ConfigSources& sources, Config& config, const fs::path& default_root) {
    const auto variable = sources.environment("GUP_ROOT");
    config.root_from = fmt::format("root in {}", config.file.string());
    if (variable && !variable->empty()) config.root_from = "$GUP_ROOT";
    if (!sources.root.empty()) config.root_from = "--root";
    if (config.update.root != not_given) return;
    config.update.root = default_root;
    config.root_from = default_of_root;
}

Status check_root(const Config& config) {
    constexpr const char* hint = "set root in gup-agent.toml, or give --root";
    if (config.update.root.empty()) {
        return config_error("root is not set: it must name the folder that contains the connectors", hint);
    }
    if (config.update.root == "/" && config.root_from == default_of_root) {
        return config_error(fmt::format("root is not set, and {} is /", default_of_root), hint);
    }
    if (is_folder(config.update.root)) return {};
    return config_error(fmt::format("root is not a folder: {}", config.update.root.string()), hint);
}

Status check(const Config& config) {
    if (!config.self_update.url.empty() && config.self_update.keys.empty()) {
        return config_error("self-update.url is set, but self-update.public-keys is empty",
                            "set it to the minisign public keys that sign releases (RW…)");
    }
    if (config.update.state.empty()) return config_error("state is empty: it must name the agent's own folder", {});
    return {};
}

struct OwnProgram {
    fs::path path;
    bool is_replaced = false;
};

OwnProgram own_program() {
    std::error_code error;
    OwnProgram own{fs::read_symlink("/proc/self/exe", error)};
    // The kernel's suffix when the file was replaced after the start of this program, for example by dpkg during the
    // delay.
    constexpr std::string_view gone = " (deleted)";
    if (const std::string& name = own.path.native(); name.ends_with(gone) && !is_file(name)) {
        own = {fs::path(name.substr(0, name.size() - gone.size())), true};
    }
    return own;
}

}  // namespace

Milliseconds random_delay(const DelayRange& range) {
    std::random_device device;
    std::uniform_int_distribution<std::int64_t> distribution(range.shortest.count(), range.longest.count());
    return Milliseconds{distribution(device)};
}

Result<Config> load_config(const ConfigSources& sources) {
    LenientConfig loaded = load_config_leniently(sources);
    if (!loaded.problems.empty()) return static_cast<Error&&>(loaded.problems.front());
    return std::move(loaded.config);
}

LenientConfig load_config_leniently(const ConfigSources& sources) {
    LenientConfig loaded;
    Config& config = loaded.config;
    config.executable = sources.executable;
    config.file = made_absolute(find_config_file(sources));
    set_install_defaults(config, sources);
    const fs::path default_root = std::exchange(config.update.root, not_given);
    config.schedule.times = {CronExpression::parse("0 2 * * *").value()};
    if (!config.file.empty()) read_config_file(loaded, sources.text);
    read_environment(loaded, sources);
    if (!sources.root.empty()) config.update.root = made_absolute(sources.root).lexically_normal();
    set_origin_of_root(sources, config, default_root);
    config.update.log = config.log.file;
    config.update.time_zone = config.schedule.time_zone;
    if (Status status = check_root(config); !status.ok()) {
        add_general_problem(loaded, std::move(status).error());
        loaded.problems.back().is_of_machine = true;
    }
    if (Status status = check(config); !status.ok()) add_general_problem(loaded, std::move(status).error());
    // toml++ sorts the keys of a table by name.
    const auto is_earlier = [](const ConfigProblem& a, const ConfigProblem& b) {
        return a.line != 0 && (b.line == 0 || a.line < b.line);
    };
    std::stable_sort(loaded.problems.begin(), loaded.problems.end(), is_earlier);
    return loaded;
}

void add_config_problem(LenientConfig& loaded, const detail::Place& place, const std::string& what,
                        const std::string& hint) {
    const std::string message = fmt::format("{}:{}: {}", loaded.config.file.string(), place.line, what);
    loaded.problems.push_back({config_error(message, hint), what, place.line, place.column});
}

void add_general_problem(LenientConfig& loaded, Error error) {
    std::string what = error.message;
    loaded.problems.push_back({std::move(error), std::move(what)});
}

ConfigSources process_sources() {
    ConfigSources sources;
    sources.executable = own_program().path;
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
        const std::string_view entry = *one;
        sources.variables.emplace_back(entry.substr(0, entry.find('=')));
    }
    return sources;
}

bool is_replaced() {
    return own_program().is_replaced;
}

std::vector<Schedule> schedules_of(const Config& config) {
    std::vector<Schedule> schedules;
    if (!config.schedule.times.empty()) schedules.push_back({{}, config.schedule.times});
    for (const ConnectorSettings& one : config.connectors) {
        if (!one.schedule.empty()) schedules.push_back({one.name, one.schedule});
    }
    return schedules;
}

Result<Agenda> make_agenda(const Config& config) {
    auto zone = TimeZone::load(config.schedule.time_zone);
    if (!zone.ok()) return zone.error().with_context("schedule.time-zone");
    std::vector<Schedule> schedules = schedules_of(config);
    if (schedules.empty()) {
        return Error{ErrorCode::invalid_input, "there is no schedule",
                     R"(set times = "0 2 * * *" below [schedule] in gup-agent.toml)"};
    }
    return Agenda(std::move(schedules), std::move(zone).value(), [range = config.delay]() -> UnixTime {
        return std::chrono::ceil<std::chrono::seconds>(random_delay(range)).count();
    });
}

}  // namespace gup
