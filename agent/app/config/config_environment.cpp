// SPDX-License-Identifier: Apache-2.0
#include "app/config/config_environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "app/config/config_connectors.hpp"
#include "app/config/config_keys.hpp"
#include "core/declaration/nearest.hpp"

namespace gup {
namespace {

// Not keys of the configuration: the file itself, what hooks get, what an agent gives to its successor, and what tests of this
// project use.
constexpr std::array other_variables{"GUP_CONFIG",     "GUP_CONNECTOR",   "GUP_FROM", "GUP_TO",
                                     "GUP_GENERATION", stand_in_variable, "GUP_AGENT"};

bool is_known(const std::string& name, const std::vector<std::string>& of_keys) {
    return std::find(of_keys.begin(), of_keys.end(), name) != of_keys.end() ||
           std::find(other_variables.begin(), other_variables.end(), name) != other_variables.end() ||
           name.starts_with("GUP_E2E_");
}

void warn_of_unknown_variables(Config& config, const ConfigSources& sources) {
    std::vector<std::string> of_keys;
    for (const ConfigKey& key : config_keys()) of_keys.push_back(environment_name(key.name));
    std::vector<std::string_view> known(of_keys.begin(), of_keys.end());
    known.emplace_back("GUP_CONFIG");
    for (const std::string& name : sources.variables) {
        if (!name.starts_with("GUP_") || is_known(name, of_keys)) continue;
        const std::string near = nearest(name, known);
        config.warnings.push_back({ErrorCode::invalid_input,
                                   fmt::format("unknown variable ${}: it has no effect", name),
                                   near.empty() ? "gup-agent.toml(5) lists the keys; GUP_RUN_DELAY is run.delay"
                                                : fmt::format("did you mean ${}?", near)});
    }
}

}  // namespace

void read_environment(LenientConfig& loaded, const ConfigSources& sources) {
    std::error_code gone;
    const fs::path here = fs::current_path(gone);
    for (const ConfigKey& key : config_keys()) {
        const std::string name = environment_name(key.name);
        const auto value = sources.environment(name);
        if (!value || value->empty()) continue;
        if (!set_config_key(key, loaded.config, ConfigValue(*value), here)) {
            const Error why = key.explain == nullptr ? Error{} : key.explain(ConfigValue(*value));
            const std::string message =
                fmt::format("${} must be {}{}{}", name, key.wanted, why.message.empty() ? "" : ": ", why.message);
            add_general_problem(loaded, {ErrorCode::invalid_input, message, why.hint});
        }
    }
    warn_of_unknown_variables(loaded.config, sources);
}

}  // namespace gup
