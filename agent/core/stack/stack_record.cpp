// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_record.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "util/json.hpp"

namespace gup {
namespace {

using nlohmann::json;
using Texts = std::map<std::string, std::string>;

struct UnitText {
    const char* name;
    std::string StackUnit::*member;
};
constexpr UnitText unit_texts[] = {
    {"name", &StackUnit::name},       {"file", &StackUnit::file},       {"stack", &StackUnit::stack},
    {"service", &StackUnit::service}, {"image", &StackUnit::image},     {"digest", &StackUnit::digest},
    {"local", &StackUnit::local},     {"content", &StackUnit::content},
};

json unit_json(const StackUnit& unit) {
    json value{{"has_health", unit.has_health}, {"is_oneshot", unit.is_oneshot}};
    for (const UnitText& one : unit_texts) value[one.name] = unit.*one.member;
    return value;
}

StackUnit unit_from(const json& value) {
    StackUnit unit;
    for (const UnitText& one : unit_texts) unit.*one.member = text_member(value, one.name);
    unit.has_health = flag_member(value, "has_health");
    unit.is_oneshot = flag_member(value, "is_oneshot");
    return unit;
}

Texts texts_from(const json& value) {
    Texts texts;
    for (const auto& [name, text] : value.items()) {
        if (text.is_string()) texts.emplace(name, text.get<std::string>());
    }
    return texts;
}

json network_json(const StackNetwork& network) {
    return {{"file", network.file},
            {"name", network.name},
            {"is_explicit", network.is_explicit},
            {"content", network.content}};
}

}  // namespace

std::vector<std::string> StackRecord::unit_names() const {
    std::vector<std::string> names;
    names.reserve(units.size());
    for (const StackUnit& unit : units) names.push_back(unit.name);
    return names;
}

std::string stack_target(const std::string& connector) {
    return stack_folder_name(connector) + ".target";
}

std::string stack_folder_name(const std::string& connector) {
    return "gup-" + connector;
}

std::string stack_secret_prefix(const std::string& connector) {
    return stack_folder_name(connector) + "-SECRET-";
}

std::string format_stack_record(const StackRecord& record) {
    json value{{"schema", 1},
               {"key", record.key},
               {"generation", record.generation},
               {"is_rootless", record.is_rootless},
               {"images", record.images},
               {"volumes", record.volumes},
               {"secrets", record.secrets},
               {"powers", record.powers},
               {"kept", record.kept},
               {"claims", claims_json(record.claims)},
               {"units", json::array()},
               {"networks", json::array()},
               {"stacks", json::object()}};
    for (const StackUnit& unit : record.units) value["units"].push_back(unit_json(unit));
    for (const StackNetwork& network : record.networks) value["networks"].push_back(network_json(network));
    for (const auto& [stack, inputs] : record.stacks) {
        value["stacks"][stack] = {{"files", inputs.files}, {"variables", inputs.variables}};
    }
    return value.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<StackRecord> parse_stack_record(std::string_view text) {
    const auto parsed = parse_json(text);
    const json value = parsed.ok() ? *parsed : json();
    if (number_member(value, "schema") != 1) {
        return Error{ErrorCode::corrupt, "the record of its stacks is damaged, or of another version", {}};
    }
    StackRecord record;
    record.key = text_member(value, "key");
    record.generation = text_member(value, "generation");
    record.is_rootless = flag_member(value, "is_rootless");
    record.images = texts_from(member_of(value, "images"));
    record.volumes = text_members(value, "volumes");
    record.secrets = text_members(value, "secrets");
    record.powers = text_members(value, "powers");
    record.claims = claims_from(array_member(value, "claims"));
    record.kept = texts_from(member_of(value, "kept"));
    for (const json& unit : array_member(value, "units")) record.units.push_back(unit_from(unit));
    for (const json& one : array_member(value, "networks")) {
        record.networks.push_back({text_member(one, "file"), text_member(one, "name"), flag_member(one, "is_explicit"),
                                   text_member(one, "content")});
    }
    for (const auto& [stack, inputs] : member_of(value, "stacks").items()) {
        record.stacks[stack] = {texts_from(member_of(inputs, "files")), texts_from(member_of(inputs, "variables"))};
    }
    return record;
}

}  // namespace gup
