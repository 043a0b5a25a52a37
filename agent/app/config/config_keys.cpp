// SPDX-License-Identifier: Apache-2.0
#include "app/config/config_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <limits>
#include <optional>

#include "core/declaration/unit_name.hpp"
#include "util/text.hpp"
#include "util/units.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

std::optional<std::string> text_of(const ConfigValue& value) {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::nullopt : std::optional(*text);
}

std::optional<bool> flag_of(const ConfigValue& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    const auto text = text_of(value);
    if (text == "true" || text == "1" || text == "yes") return true;
    if (text == "false" || text == "0" || text == "no") return false;
    return std::nullopt;
}

std::optional<std::int64_t> number_of(const ConfigValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    const auto text = text_of(value);
    return text ? number_in<std::int64_t>(*text) : std::nullopt;
}

// Seconds as a number, or text with a unit.
std::optional<Milliseconds> duration_of(const ConfigValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return parse_duration(std::to_string(*number));
    const auto text = text_of(value);
    return text ? parse_duration(*text) : std::nullopt;
}

std::optional<std::uint64_t> size_of(const ConfigValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) return parse_size(std::to_string(*number));
    const auto text = text_of(value);
    return text ? parse_size(*text) : std::nullopt;
}

template <class T>
bool assign(T& target, const std::optional<T>& value) {
    if (value) target = *value;
    return value.has_value();
}

template <class T>
bool assign_number(T& target, const ConfigValue& value, std::int64_t least, std::int64_t most) {
    const auto number = number_of(value);
    if (!number || *number < least || *number > most) return false;
    target = static_cast<T>(*number);
    return true;
}

bool assign_path(fs::path& target, const ConfigValue& value, const fs::path& folder) {
    const auto text = text_of(value);
    if (!text) return false;
    target = text->empty() ? fs::path() : (folder / *text).lexically_normal();
    return true;
}

bool set_delay(Config& config, const ConfigValue& value, const fs::path&) {
    const auto single = duration_of(value);
    if (single) {
        config.delay = {*single, *single};
        return true;
    }
    const auto text = text_of(value);
    if (!text) return false;
    const std::size_t dots = text->find("..");
    if (dots == std::string::npos) return false;
    const auto shortest = parse_duration(text->substr(0, dots));
    const auto longest = parse_duration(text->substr(dots + 2));
    if (!shortest || !longest || *shortest > *longest) return false;
    config.delay = {*shortest, *longest};
    return true;
}

// An array, or text with spaces between the words.
std::vector<std::string> words_of(const ConfigValue& value) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return *list;
    const std::string text = text_of(value).value_or("");
    const auto words = words_in(text);
    return {words.begin(), words.end()};
}

bool set_writable(Config& config, const ConfigValue& value, const fs::path& folder) {
    config.update.writable.clear();
    for (const std::string& word : words_of(value)) {
        if (word.empty()) return false;
        config.update.writable.push_back((folder / word).lexically_normal());
    }
    return true;
}

bool set_reboot(Config& config, const ConfigValue& value, const fs::path&) {
    if (text_of(value) == "auto") {
        config.reboot.wish = RebootWish::when_needed;
        return true;
    }
    const auto flag = flag_of(value);
    if (flag) config.reboot.wish = *flag ? RebootWish::always : RebootWish::never;
    return flag.has_value();
}

bool set_reboot_command(Config& config, const ConfigValue& value, const fs::path&) {
    std::vector<std::string> words = words_of(value);
    if (words.empty() || words.front().empty()) return false;
    config.reboot.command = std::move(words);
    return true;
}

// `words`: the choices in the order of their enumerators.
template <class Choice>
bool assign_choice(Choice& target, const ConfigValue& value, std::initializer_list<std::string_view> words) {
    const auto found = std::find(words.begin(), words.end(), text_of(value));
    if (found != words.end()) target = static_cast<Choice>(found - words.begin());
    return found != words.end();
}

bool set_installer(Config& config, const ConfigValue& value, const fs::path&) {
    return assign_choice(config.update.installer.choice, value, {"auto", "pip", "uv"});
}

bool set_level(Config& config, const ConfigValue& value, const fs::path&) {
    return assign_choice(config.log.file_level, value, {"debug", "info", "warning", "error"});
}

// An http or https URL, or that of an empty text.
std::optional<Url> web_url_of(const ConfigValue& value) {
    const auto text = text_of(value);
    if (!text) return std::nullopt;
    if (text->empty()) return Url{};
    const auto url = parse_url(*text);
    return url.ok() && (url->scheme == "https" || url->scheme == "http") ? std::optional(*url) : std::nullopt;
}

bool set_manifest_url(Config& config, const ConfigValue& value, const fs::path&) {
    const auto url = web_url_of(value);
    if (!url || !url->query.empty() || !url->fragment.empty()) return false;
    return assign(config.self_update.url, text_of(value));
}

bool set_times(Config& config, const ConfigValue& value, const fs::path&) {
    auto times = cron_expressions_of(value);
    if (!times.ok()) return false;
    config.schedule.times = *std::move(times);
    return true;
}

bool set_allowed_services(Config& config, const ConfigValue& value, const fs::path&) {
    auto services = services_of(value);
    if (!services.ok()) return false;
    config.update.systemd.policy.allowed = *std::move(services);
    return true;
}

bool set_public_keys(Config& config, const ConfigValue& value, const fs::path&) {
    if (!std::holds_alternative<std::vector<std::string>>(value) && !text_of(value)) return false;
    std::vector<MinisignKey> keys;
    for (const std::string& word : words_of(value)) {
        const auto key = parse_minisign_key(word);
        if (!key.ok()) return false;
        keys.push_back(*key);
    }
    config.self_update.keys = std::move(keys);
    return true;
}

constexpr const char* a_path = "a path";
constexpr const char* a_duration = R"(a duration such as "20s", "2m", "1h", or a number of seconds)";
constexpr const char* a_flag = "true or false";

using Value = const ConfigValue&;
using Folder = const fs::path&;

// The agent itself, and the network.
std::vector<ConfigKey> keys_of_runs() {
    return {
        {"root", a_path, [](Config& c, Value v, Folder f) { return assign_path(c.update.root, v, f); }},
        {"state", a_path, [](Config& c, Value v, Folder f) { return assign_path(c.update.state, v, f); }},
        {"log", a_path, [](Config& c, Value v, Folder f) { return assign_path(c.log.file, v, f); }},
        {"run.delay", R"(a duration or a range such as "10s..120s")", set_delay},
        {"run.reboot", R"("auto", true or false)", set_reboot},
        {"run.reboot-delay", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.reboot.delay, duration_of(v)); }},
        {"run.reboot-command", R"(an array of words such as ["systemctl", "reboot"])", set_reboot_command},
        {"schedule.times", R"(a cron expression such as "0 2 * * *", or an array of them)", set_times,
         [](Value v) { return cron_expressions_of(v).error(); }},
        {"schedule.time-zone", R"(the name of a time zone such as "Europe/Berlin")",
         [](Config& c, Value v, Folder) { return assign(c.schedule.time_zone, text_of(v)); }},
        {"network.ca-file", a_path, [](Config& c, Value v, Folder f) { return assign_path(c.http.ca_file, v, f); }},
        {"network.proxy", "a URL", [](Config& c, Value v, Folder) { return assign(c.http.proxy, text_of(v)); }},
        {"network.connect-timeout", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.http.connect_timeout, duration_of(v)); }},
        {"network.low-speed-time", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.http.low_speed_time, duration_of(v)); }},
        {"network.low-speed-limit", "bytes a second, from 1 to 1000000000",
         [](Config& c, Value v, Folder) { return assign_number(c.http.low_speed_limit, v, 1, 1'000'000'000); }},
        {"network.total-timeout", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.http.total_timeout, duration_of(v)); }},
        {"network.retries", "a number from 0 to 20",
         [](Config& c, Value v, Folder) { return assign_number(c.retry.retries, v, 0, 20); }},
        {"network.retry-delay", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.retry.first_delay, duration_of(v)); }},
        {"network.max-rate", R"(bytes a second, such as "200KiB"; 0: no limit)",
         [](Config& c, Value v, Folder) { return assign(c.data.rate, size_of(v)) && c.data.rate <= 1'000'000'000; }},
        {"network.max-bytes-per-day", R"(a size such as "50MB"; 0: no limit)",
         [](Config& c, Value v, Folder) { return assign(c.data.per_day, size_of(v)); }},
        {"network.patience", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.update.patience, duration_of(v)); }},
        {"network.max-bytes-per-run", R"(a size such as "512MiB"; 0: no limit)",
         [](Config& c, Value v, Folder) { return assign(c.data.per_run, size_of(v)); }},
        {"network.max-object-size", R"(a size such as "128MiB"; 0: no limit)",
         [](Config& c, Value v, Folder) { return assign(c.max_object_size, size_of(v)); }},
        {"network.parallel", "a number from 1 to 64",
         [](Config& c, Value v, Folder) { return assign_number(c.update.parallel, v, 1, 64); }},
    };
}

// Settings for git and Python.
std::vector<ConfigKey> keys_of_updates() {
    return {
        {"git.depth", "a number of commits from 0 (all) to 1000000",
         [](Config& c, Value v, Folder) { return assign_number(c.update.clone.depth, v, 0, 1'000'000); }},
        {"git.single-branch", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.clone.single_branch, flag_of(v)); }},
        {"python.installer", R"("auto", "pip" or "uv")", set_installer},
        {"python.uv", a_path,
         [](Config& c, Value v, Folder f) { return assign_path(c.update.installer.uv_path, v, f); }},
        {"python.create-venv", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.create_virtualenv, flag_of(v)); }},
        {"python.interpreter", "a program",
         [](Config& c, Value v, Folder) {
             return assign(c.update.interpreter, text_of(v)) && !c.update.interpreter.empty();
         }},
        {"python.timeout", a_duration,
         [](Config& c, Value v, Folder) { return assign(c.update.installer.timeout, duration_of(v)); }},
        {"python.temporary-folder", a_path,
         [](Config& c, Value v, Folder f) { return assign_path(c.update.installer.temporary_folder, v, f); }},
        {"python.allow-ranges", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.rules.allow_ranges, flag_of(v)); }},
        {"python.allow-index-options", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.rules.allow_index_options, flag_of(v)); }},
        {"python.prune", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.installer.prune, flag_of(v)); }},
    };
}

// Settings for updates, hooks and what is around them.
std::vector<ConfigKey> keys_around_updates() {
    return {
        {"update.keep", "a number from 2 to 100",
         [](Config& c, Value v, Folder) { return assign_number(c.update.keep, v, 2, 100); }},
        {"update.disk-reserve", R"(a size such as "32MiB")",
         [](Config& c, Value v, Folder) { return assign(c.update.disk_reserve, size_of(v)); }},
        {"update.retry-rolled-back", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.retry_rolled_back, flag_of(v)); }},
        {"update.health-at-most", R"(a duration such as "15m", of at least 1s)",
         [](Config& c, Value v, Folder) {
             constexpr Milliseconds shortest{1000};
             return assign(c.update.health_at_most, duration_of(v)) && c.update.health_at_most >= shortest;
         }},
        {"hooks.pre-update", a_path,
         [](Config& c, Value v, Folder f) { return assign_path(c.update.hooks.pre_update, v, f); }},
        {"hooks.post-update", a_path,
         [](Config& c, Value v, Folder f) { return assign_path(c.update.hooks.post_update, v, f); }},
        {"hooks.post-run", a_path,
         [](Config& c, Value v, Folder f) { return assign_path(c.update.hooks.post_run, v, f); }},
        {"hooks.timeout", a_duration,
         [](Config& c, Value v, Folder) {
             return assign(c.update.hooks.timeout, duration_of(v)) && c.update.hooks.timeout.count() > 0;
         }},
        {"hooks.allow-privileges", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.hooks.allow_privileges, flag_of(v)); }},
        {"workers.writable", R"(an array of folders such as ["/srv/git"])", set_writable},
        {"services.allow", R"(an array of units such as ["smart-meter.service"])", set_allowed_services,
         [](Value v) { return services_of(v).error(); }},
        {"self-update.url", "the http or https URL of a manifest", set_manifest_url},
        {"self-update.public-keys", R"(an array of minisign public keys, each as in the .pub file ("RW…"))",
         set_public_keys},
        {"notify.url", "an http or https URL",
         [](Config& c, Value v, Folder) { return web_url_of(v) && assign(c.notify.url, text_of(v)); }},
        {"notify.format", R"("json", "ntfy", "slack" or "healthchecks")",
         [](Config& c, Value v, Folder) {
             return assign_choice(c.notify.format, v, {"json", "ntfy", "slack", "healthchecks"});
         }},
        {"notify.on", R"("auto", "failed", "changed" or "always")",
         [](Config& c, Value v, Folder) {
             return assign_choice(c.notify.on, v, {"auto", "failed", "changed", "always"});
         }},
        {"notify.token", "text",
         [](Config& c, Value v, Folder) {
             const auto text = text_of(v);
             if (text) c.notify.token = Secret(*text);
             return text.has_value();
         }},
        {"logging.max-size", R"(a size such as "1MiB", of at least 4 KiB)",
         [](Config& c, Value v, Folder) { return assign(c.log.max_size, size_of(v)) && c.log.max_size >= 4096; }},
        {"logging.quiet-noop", a_flag,
         [](Config& c, Value v, Folder) { return assign(c.update.quiet_noop, flag_of(v)); }},
        {"logging.max-files", "a number from 1 to 100",
         [](Config& c, Value v, Folder) { return assign_number(c.log.max_files, v, 1, 100); }},
        {"logging.level", R"("debug", "info", "warning" or "error")", set_level},
    };
}

}  // namespace

Result<std::vector<CronExpression>> cron_expressions_of(const ConfigValue& value) {
    std::vector<std::string> texts;
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        texts = *list;
    } else if (const auto text = text_of(value)) {
        texts = {*text};
    } else {
        return Error{ErrorCode::invalid_input, "a schedule is text", R"(write "0 2 * * *", in quotes)"};
    }
    std::vector<CronExpression> times;
    for (const std::string& text : texts) {
        GUP_TRY(CronExpression one, CronExpression::parse(text));
        times.push_back(std::move(one));
    }
    return times;
}

Result<std::vector<std::string>> services_of(const ConfigValue& value) {
    const Error wrong{ErrorCode::invalid_input, "names of units are text", R"(write ["smart-meter.service"])"};
    if (!std::holds_alternative<std::vector<std::string>>(value) && !text_of(value)) return wrong;
    std::vector<std::string> units;
    for (const std::string& word : words_of(value)) {
        const auto unit = unit_name(word);
        if (!unit) {
            return Error{wrong.code, fmt::format("\"{}\" is not the name of a unit", word),
                         R"(write full names without patterns, such as "smart-meter.service" or "meter@1.service")"};
        }
        if (unit->ends_with(".target")) {
            return Error{wrong.code, fmt::format("{} is a target, and the agent restarts no targets", *unit),
                         "list the services that belong to it"};
        }
        units.push_back(*unit);
    }
    return units;
}

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> keys = [] {
        std::vector<ConfigKey> all = keys_of_runs();
        for (const auto& part : {keys_of_updates(), keys_around_updates()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return keys;
}

std::string dashed(std::string_view name) {
    std::string text(name);
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

bool set_config_key(const ConfigKey& key, Config& config, const ConfigValue& value, const fs::path& folder) {
    Config changed = config;
    if (!key.set(changed, value, folder)) return false;
    config = std::move(changed);
    return true;
}

const ConfigKey* find_config_key(std::string_view name) {
    const auto& keys = config_keys();
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& key) { return key.name == dashed(name); });
    return found == keys.end() ? nullptr : &*found;
}

std::string environment_name(std::string_view key) {
    std::string name = "GUP_";
    for (const char letter : key) {
        const bool separator = letter == '.' || letter == '-';
        name += separator ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
    }
    return name;
}

}  // namespace gup
