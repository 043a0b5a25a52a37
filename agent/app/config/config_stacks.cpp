// SPDX-License-Identifier: Apache-2.0
#include "app/config/config_stacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "core/compose/text/interpolate.hpp"
#include "util/json.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::uint64_t values_limit = 1U << 20U;  // bytes of a file with variables or secrets

Error stacks_need(std::string what) {
    return {ErrorCode::invalid_input, "it must be " + std::move(what), {}};
}

Result<std::vector<std::string>> texts_in(const ConfigValue& value, std::string_view what) {
    if (const auto* text = std::get_if<std::string>(&value)) return std::vector<std::string>{*text};
    const auto* texts = std::get_if<std::vector<std::string>>(&value);
    if (texts == nullptr) return stacks_need(std::string(what));
    return *texts;
}

Result<std::map<std::string, std::string>> read_values(const fs::path& file, const std::string& text) {
    const auto parsed = parse_json(text);
    if (!parsed.ok() || !parsed->is_object()) {
        return Error{ErrorCode::invalid_input, fmt::format("{} is not a JSON object", file.string()),
                     R"(write {"NAME": "value"})"};
    }
    std::map<std::string, std::string> values;
    for (const auto& [name, one] : parsed->items()) {
        if (one.is_object() || one.is_array()) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{}: the value of {} is not a text", file.string(), name),
                         "each value is a text, a number, true or false"};
        }
        values[name] = one.is_string() ? one.get<std::string>() : one.is_null() ? std::string() : one.dump();
    }
    return values;
}

Result<fs::path> file_named(const ConfigValue& value, const fs::path& folder) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) return stacks_need("the path of a JSON file");
    return (folder / *text).lexically_normal();
}

}  // namespace

Status set_containers(StackSettings& stacks, const ConfigValue& value) {
    constexpr std::array<std::string_view, 4> words{"auto", "off", "rootless", "rootful"};
    const auto* text = std::get_if<std::string>(&value);
    const auto* const found = text == nullptr ? words.end() : std::ranges::find(words, std::string_view(*text));
    if (found == words.end()) return stacks_need(R"("auto", "off", "rootless" or "rootful")");
    stacks.containers = static_cast<Containers>(found - words.begin());
    return {};
}

Status set_allowed_powers(StackSettings& stacks, const ConfigValue& value) {
    GUP_TRY(stacks.allow, texts_in(value, R"(an array such as ["device:/dev/ttyUSB0", "host-network"])"));
    return {};
}

Status set_stack_profiles(StackSettings& stacks, const ConfigValue& value) {
    GUP_TRY(stacks.profiles, texts_in(value, R"(an array of profiles such as ["gateway"])"));
    return {};
}

Status set_stack_variables(StackSettings& stacks, const ConfigValue& value) {
    constexpr std::string_view what = R"(an array of variables such as ["TAG=1.2"])";
    GUP_TRY(const auto lines, texts_in(value, what));
    for (const std::string& line : lines) {
        const std::size_t equals = line.find('=');
        if (equals == std::string::npos || !compose::is_variable_name(std::string_view(line).substr(0, equals))) {
            return stacks_need(std::string(what));
        }
        stacks.variables[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return {};
}

Status set_variables_file(StackSettings& stacks, const ConfigValue& value, const fs::path& folder) {
    GUP_TRY(const fs::path file, file_named(value, folder));
    GUP_TRY(const std::string text, read_file(file, values_limit));
    GUP_TRY(const auto values, read_values(file, text));
    for (const auto& [name, one] : values) {
        if (!compose::is_variable_name(name)) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{}: {} is not the name of a variable", file.string(), name),
                         "a name has letters, digits and _, and does not begin with a digit"};
        }
        stacks.variables.emplace(name, one);
    }
    return {};
}

Status set_secrets_file(StackSettings& stacks, const ConfigValue& value, const fs::path& folder) {
    GUP_TRY(const fs::path file, file_named(value, folder));
    GUP_TRY(const auto info, file_info(file));
    constexpr std::uint32_t others = 0077;
    if (info && (info->mode & others) != 0) {
        return Error{ErrorCode::invalid_input, fmt::format("others may read {}", file.string()),
                     fmt::format("chmod 600 {}", file.string())};
    }
    GUP_TRY(const std::string text, read_file(file, values_limit));
    GUP_TRY(const auto values, read_values(file, text));
    for (const auto& [name, one] : values) stacks.secrets[name] = Secret(one);
    return {};
}

}  // namespace gup
