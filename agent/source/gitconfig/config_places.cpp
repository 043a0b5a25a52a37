// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/config_places.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "util/text.hpp"
#include "util/worker/sandbox.hpp"

namespace gup::git {
namespace {

constexpr int most_pairs = 1000;

Error bad_variable(std::string_view name, std::string_view reason) {
    return {ErrorCode::invalid_input, fmt::format("the variable {}: {}", name, reason),
            fmt::format("unset {} where the agent is started, or correct it", name), Cause::git_config};
}

// "Section.Sub.Key" with section and key in lower case; empty if it is no name of a key.
std::string canonical_name(std::string_view name) {
    const auto first = name.find('.');
    const auto last = name.rfind('.');
    if (first == std::string_view::npos || first == 0 || last + 1 == name.size()) return {};
    const std::string key = lower(name.substr(last + 1));
    if (!is_letter(key.front()) || name.find('\n') != std::string_view::npos) return {};
    for (const char c : key) {
        if (!is_letter_or_digit(c) && c != '-') return {};
    }
    return lower(name.substr(0, first)) + std::string(name.substr(first, last + 1 - first)) + key;
}

// One word in single quotes, as git writes it: 'it'\''s'. Nullopt if it is malformed.
std::optional<std::string> take_quoted(std::string_view& text) {
    if (!text.starts_with('\'')) return std::nullopt;
    text.remove_prefix(1);
    std::string out;
    for (;;) {
        const auto end = text.find('\'');
        if (end == std::string_view::npos) return std::nullopt;
        out += text.substr(0, end);
        text.remove_prefix(end + 1);
        const bool goes_on =
            text.size() > 2 && text[0] == '\\' && (text[1] == '\'' || text[1] == '!') && text[2] == '\'';
        if (!goes_on) return out;
        out += text[1];
        text.remove_prefix(3);
    }
}

Result<ConfigValues> counted_values(const ConfigVariable& variable) {
    ConfigValues values;
    const auto count = variable("GIT_CONFIG_COUNT");
    if (!count || count->empty()) return values;
    const auto number = number_in<int>(trimmed(*count));
    if (!number || *number < 0 || *number > most_pairs)
        return bad_variable("GIT_CONFIG_COUNT", "it is not a number of pairs");
    for (int i = 0; i < *number; ++i) {
        const std::string key = fmt::format("GIT_CONFIG_KEY_{}", i);
        const std::string value = fmt::format("GIT_CONFIG_VALUE_{}", i);
        const auto name = variable(key.c_str());
        const auto text = variable(value.c_str());
        if (!name || canonical_name(*name).empty())
            return bad_variable(key, name ? "it names no key" : "it is missing");
        if (!text) return bad_variable(value, "it is missing");
        values.push_back({canonical_name(*name), text, value, 0, ConfigScope::command});
    }
    return values;
}

// Git reads its booleans here, too.
bool is_set(const ConfigVariable& variable, const char* name) {
    const auto value = variable(name);
    return value && boolean_of(value).value_or(true);
}

}  // namespace

ConfigVariable variables_for(const fs::path& home) {
    const char* own = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): nobody sets it
    const bool is_own_user = !works_as_another() && own != nullptr && home == own;
    if (!is_own_user) return [](const char*) -> std::optional<std::string> { return std::nullopt; };
    return [](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
        return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
    };
}

Result<ConfigValues> parse_config_parameters(const std::string& given) {
    constexpr const char* name = "GIT_CONFIG_PARAMETERS";
    const Error malformed = bad_variable(name, "it is not 'key'='value' in single quotes");
    ConfigValues values;
    std::string_view text = given;
    for (;;) {
        while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
        if (text.empty()) return values;
        auto key = take_quoted(text);
        if (!key) return malformed;
        std::optional<std::string> value;
        if (text.starts_with('=')) {
            text.remove_prefix(1);
            const bool is_empty = text.empty() || is_blank(text.front());
            value = is_empty ? std::nullopt : take_quoted(text);
            if (!is_empty && !value) return malformed;
        } else if (const auto equals = key->find('='); equals != std::string::npos) {
            value = key->substr(equals + 1);
            key->resize(equals);
        }
        if (canonical_name(*key).empty() || (!text.empty() && !is_blank(text.front()))) return malformed;
        values.push_back({canonical_name(*key), std::move(value), name, 0, ConfigScope::command});
    }
}

Result<ConfigPlaces> find_config(const fs::path& home, const fs::path& system, const ConfigVariable& variable) {
    const std::string xdg = variable("XDG_CONFIG_HOME").value_or("");
    ConfigPlaces places;
    places.home = home;
    places.folder = (xdg.empty() ? home / ".config" : fs::path(xdg)) / "git";
    places.system = variable("GIT_CONFIG_SYSTEM").value_or(system.string());
    if (is_set(variable, "GIT_CONFIG_NOSYSTEM")) places.system.clear();
    if (const auto chosen = variable("GIT_CONFIG_GLOBAL")) {
        if (!chosen->empty()) places.global.emplace_back(*chosen);
    } else if (!home.empty()) {
        places.global = {places.folder / "config", home / ".gitconfig"};
    }
    GUP_TRY(places.command, counted_values(variable));
    if (const auto parameters = variable("GIT_CONFIG_PARAMETERS")) {
        GUP_TRY(const ConfigValues more, parse_config_parameters(*parameters));
        places.command.insert(places.command.end(), more.begin(), more.end());
    }
    return places;
}

}  // namespace gup::git
