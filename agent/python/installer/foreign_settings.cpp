// SPDX-License-Identifier: Apache-2.0
#include "python/installer/foreign_settings.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "util/sys/environment.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view no_hashes = "the connector's pins have no hashes";

struct Misleading {
    const char* key;
    const char* why;
};
constexpr std::array<Misleading, 5> misleading_keys{{
    {"target", "pip would install outside of the virtualenv"},
    {"prefix", "pip would install outside of the virtualenv"},
    {"root", "pip would install outside of the virtualenv"},
    {"requirement", "pip would install more than the pins"},
    {"editable", "pip would install more than the pins"},
}};

Error refusal(const std::string& place, std::string_view why, std::string hint) {
    return {ErrorCode::unsupported, fmt::format("{}: {}", place, why), std::move(hint)};
}

std::string place_of(const PipSetting& setting, std::string_view key) {
    return fmt::format("{} sets {} in [{}]", setting.file.string(), key, setting.section);
}

Status check_hash_variable(const char* name) {
    if (!is_yes(environment_value(name))) return {};
    return refusal(fmt::format("{} is set", name), no_hashes, fmt::format("unset {} for the agent", name));
}

Status check_pip(const PipConfigPlaces& places, bool has_hashes) {
    if (!has_hashes) GUP_CHECK(check_hash_variable("PIP_REQUIRE_HASHES"));
    const PipSettings settings = read_pip_settings(places);
    for (const auto& [key, why] : misleading_keys) {
        const PipSetting* setting = settings.find(key);
        if (setting == nullptr) continue;
        return refusal(
            place_of(*setting, key), why,
            fmt::format("remove that line; a single command can have it as an option: pip install --{} …", key));
    }
    if (has_hashes) return {};
    const PipSetting* hashes = settings.find("require-hashes");
    if (hashes == nullptr || !is_yes(hashes->value) || !environment_value("PIP_REQUIRE_HASHES").empty()) return {};
    return refusal(place_of(*hashes, "require-hashes"), no_hashes, "remove that line");
}

// The key's value in [pip] of a uv.toml. Only for strings and booleans, which these keys are.
std::optional<std::string> uv_value(std::string_view text, std::string_view key) {
    std::string section;
    while (!text.empty()) {
        const std::string_view line = trimmed(take_until(text, '\n'));
        if (line.starts_with('[')) section = trimmed(line.substr(1, line.find(']') - 1));
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || line.starts_with('#')) continue;
        const std::string_view name = trimmed(line.substr(0, equals));
        const bool is_it = section == "pip" ? name == key : section.empty() && name == fmt::format("pip.{}", key);
        if (!is_it) continue;
        std::string_view value = trimmed(line.substr(equals + 1));
        value = trimmed(value.substr(0, value.find('#')));
        if (!value.empty() && value != "\"\"" && value != "''" && value != "false") return std::string(value);
    }
    return std::nullopt;
}

std::vector<fs::path> uv_files(const PipConfigPlaces& places) {
    if (is_yes(environment_value("UV_NO_CONFIG"))) return {};
    if (const std::string chosen = environment_value("UV_CONFIG_FILE"); !chosen.empty()) return {chosen};
    std::vector<fs::path> files;
    const fs::path config = places.config_home.empty() ? places.home / ".config" : fs::path(places.config_home);
    if (!places.home.empty()) files.push_back(config / "uv/uv.toml");
    const std::string folders = places.config_dirs.empty() ? (places.system / "xdg").string() : places.config_dirs;
    for (std::string_view rest = folders; !rest.empty();) {
        files.push_back(fs::path(take_until(rest, ':')) / "uv/uv.toml");
    }
    files.push_back(places.system / "uv/uv.toml");
    return files;
}

Status check_uv(const PipConfigPlaces& places, bool has_hashes) {
    if (!has_hashes) GUP_CHECK(check_hash_variable("UV_REQUIRE_HASHES"));
    for (const fs::path& file : uv_files(places)) {
        const auto text = read_file(file, 1U << 20U);
        if (!text.ok()) continue;
        const auto place = [&](const char* key) { return fmt::format("{} sets {} in [pip]", file.string(), key); };
        for (const char* key : {"target", "prefix"}) {
            if (!uv_value(*text, key)) continue;
            return refusal(place(key), "uv would install outside of the virtualenv", "remove that line");
        }
        if (!has_hashes && uv_value(*text, "require-hashes")) {
            return refusal(place("require-hashes"), no_hashes, "remove that line");
        }
    }
    return {};
}

}  // namespace

Status check_installer_settings(InstallerKind kind, const PipConfigPlaces& places, bool has_hashes) {
    return kind == InstallerKind::uv ? check_uv(places, has_hashes) : check_pip(places, has_hashes);
}

std::vector<std::pair<std::string, std::string>> neutral_pip_variables(const PipSettings& settings,
                                                                       const std::string& python,
                                                                       const fs::path& folder) {
    std::vector<std::pair<std::string, std::string>> variables{{"PIP_REQUIRE_VIRTUALENV", "1"}};
    for (const char* name : {"PIP_USER", "PIP_IGNORE_INSTALLED", "PIP_DRY_RUN", "PIP_NO_DEPS", "PIP_FORCE_REINSTALL",
                             "PIP_UPGRADE", "PIP_QUIET", "PIP_VERBOSE"}) {
        variables.emplace_back(name, "0");
    }
    // A text cannot be switched off, but another one does no harm.
    if (settings.find("report") != nullptr) variables.emplace_back("PIP_REPORT", (folder / "report.json").string());
    if (settings.find("python") != nullptr) variables.emplace_back("PIP_PYTHON", python);
    return variables;
}

}  // namespace gup
