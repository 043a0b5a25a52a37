// SPDX-License-Identifier: Apache-2.0
#include "app/schema/config_schema.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/config/config_connectors.hpp"
#include "app/config/config_keys.hpp"
#include "app/schema/config_about.hpp"
#include "util/json.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

using json = nlohmann::ordered_json;

const json any_text{{"type", "string"}};

json text_or_number(std::string_view pattern) {
    return {
        {"anyOf", json::array({{{"type", "string"}, {"pattern", pattern}}, {{"type", "integer"}, {"minimum", 0}}})}};
}

// The words in quotation marks, and true and false: `"auto", true or false`.
json choices_of(std::string_view wanted) {
    json choices = json::array();
    for (auto open = wanted.find('"'); open != std::string_view::npos; open = wanted.find('"', open)) {
        const auto close = wanted.find('"', open + 1);
        choices.push_back(wanted.substr(open + 1, close - open - 1));
        open = close + 1;
    }
    if (contains(wanted, "true or false")) {
        choices.push_back(true);
        choices.push_back(false);
    }
    return {{"enum", std::move(choices)}};
}

// "a number of commits from 0 (all) to 1000000".
json number_between(std::string_view wanted) {
    std::vector<std::int64_t> numbers;
    for (const std::string_view word : words_in(wanted)) {
        if (const auto number = number_in<std::int64_t>(word)) numbers.push_back(*number);
    }
    return {{"type", "integer"}, {"minimum", numbers.front()}, {"maximum", numbers.back()}};
}

json array_of_texts() {
    return {{"type", "array"}, {"items", any_text}};
}

// Adds `schema` as the key "run.delay", below "run".
void add_key(json& properties, std::string_view name, json schema) {
    const auto dot = name.find('.');
    if (dot == std::string_view::npos) {
        properties[std::string(name)] = std::move(schema);
        return;
    }
    json& table = properties[std::string(name.substr(0, dot))];
    if (table.is_null()) table = {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
    table["properties"][std::string(name.substr(dot + 1))] = std::move(schema);
}

json with_about(const ConfigAbout& about, const json& schema) {
    json result{{"description", about.text}};
    result.update(schema);
    if (!about.standard.empty()) result["default"] = json(*parse_json(about.standard));
    return result;
}

json connector_schema() {
    json one{{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
    for (const ConnectorKeyWords& key : connector_key_words()) {
        const ConfigAbout about = about_config_key("connector." + std::string(key.name));
        one["properties"][std::string(key.name)] = with_about(about, schema_of_wanted(key.wanted));
    }
    one["required"] = json::array({"name"});
    return {{"description", about_config_key("connector").text}, {"type", "array"}, {"items", std::move(one)}};
}

}  // namespace

json schema_of_wanted(std::string_view wanted) {
    if (wanted == "true or false") return {{"type", "boolean"}};
    if (wanted.starts_with('"')) return choices_of(wanted);
    if (contains(wanted, "or an array of")) return {{"anyOf", json::array({any_text, array_of_texts()})}};
    if (wanted.starts_with("an array of")) return {{"anyOf", json::array({array_of_texts(), any_text})}};
    if (contains(wanted, " from ") && contains(wanted, " to ")) return number_between(wanted);
    constexpr std::string_view duration = R"(^[0-9]+ *(ms|s|m|min|h|d)?$)";
    constexpr std::string_view range = R"(^[0-9]+ *(ms|s|m|min|h|d)?(\.\.[0-9]+ *(ms|s|m|min|h|d)?)?$)";
    constexpr std::string_view size = R"(^[0-9]+ *(B|KiB|MiB|GiB|KB|MB|GB)?$)";
    if (wanted.starts_with("a duration or a range")) return text_or_number(range);
    if (wanted.starts_with("a duration")) return text_or_number(duration);
    if (wanted.starts_with("a size") || wanted.starts_with("bytes")) return text_or_number(size);
    if (contains(wanted, "name or number")) return {{"type", json::array({"string", "integer"})}};
    return any_text;
}

json config_schema() {
    json properties = json::object();
    for (const ConfigKey& key : config_keys()) {
        add_key(properties, key.name, with_about(about_config_key(key.name), schema_of_wanted(key.wanted)));
    }
    properties["connector"] = connector_schema();
    return {{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", "gup-agent.toml"},
            {"description", "The configuration of gup-agent. See gup-agent.toml(5)."},
            {"type", "object"},
            {"additionalProperties", false},
            {"properties", std::move(properties)}};
}

}  // namespace gup
