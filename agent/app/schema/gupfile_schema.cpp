// SPDX-License-Identifier: Apache-2.0
#include "app/schema/gupfile_schema.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "core/declaration/gupfile_keys.hpp"
#include "util/json.hpp"

namespace gup {
namespace {

using json = nlohmann::ordered_json;

constexpr std::string_view not_blank = R"(\S)";

json text_schema(const GupfileKey& key) {
    if (!key.choices.empty()) return {{"type", "string"}, {"enum", key.choices}};
    return {{"type", "string"}, {"pattern", key.pattern.empty() ? not_blank : key.pattern}};
}

json value_schema(const GupfileKey& key) {
    switch (key.type) {
        case GupfileType::text:
            return text_schema(key);
        case GupfileType::texts: {
            json array{{"type", "array"}, {"items", text_schema(key)}};
            if (key.name == "hashes") array["minItems"] = 1;  // none would mean that every archive is accepted
            return array;
        }
        case GupfileType::words:
            return {{"anyOf", json::array({text_schema(key),
                                           {{"type", "array"}, {"items", text_schema(key)}, {"minItems", 1}}})}};
        case GupfileType::time:
            return {{"anyOf", json::array({{{"type", "string"}, {"pattern", R"(^\s*0*[1-9][0-9]*\s*[smhd]?\s*$)"}},
                                           {{"type", "integer"}, {"minimum", 1}, {"maximum", key.longest.count()}}})}};
    }
    return {};
}

json key_schema(const GupfileKey& key) {
    json schema{{"description", key.about}};
    schema.update(value_schema(key));
    schema["examples"] = json::array({json(*parse_json(key.example))});  // these values of TOML are JSON, too
    return schema;
}

json object_schema(std::string_view about) {
    return {
        {"description", about}, {"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
}

json pins_schema(const GupfileTable& table) {
    json pin = object_schema("One exact version, with its source, extras or hashes.");
    for (const GupfileKey& key : gupfile_pin_keys()) pin["properties"][std::string(key.name)] = key_schema(key);
    pin["required"] = json::array({"version"});
    pin["not"] = {{"required", json::array({"source", "hashes"})}};  // a git repository has no hashes
    json pins = object_schema(table.about);
    pins.erase("properties");
    pins["propertyNames"] = {{"pattern", gupfile_name_pattern}};
    pins["additionalProperties"] = {
        {"anyOf", json::array({{{"type", "string"}, {"pattern", gupfile_version_pattern}}, std::move(pin)})}};
    return pins;
}

}  // namespace

json gupfile_schema() {
    json schema{{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "gupfile"}};
    schema.update(object_schema("The declaration of a client connector, in TOML. See gupfile(5)."));
    for (const GupfileTable& table : gupfile_tables()) {
        json one = table.rows.empty() ? pins_schema(table) : object_schema(table.about);
        for (const auto& row : table.rows) one["properties"][std::string(row.key.name)] = key_schema(row.key);
        schema["properties"][std::string(table.name)] = std::move(one);
    }
    return schema;
}

}  // namespace gup
