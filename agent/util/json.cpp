// SPDX-License-Identifier: Apache-2.0
#include "util/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>

namespace gup {
namespace {

// Looks at brackets outside of texts. Whether they match is the parser's question.
bool is_too_deep(std::string_view text) {
    std::size_t depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest_json) return true;
        } else if ((c == ']' || c == '}') && depth > 0) {
            --depth;
        }
    }
    return false;
}

// A number outside of 64 bits is kept as a floating-point number. Its conversion to an integer, by value() and get(), is undefined.
bool has_too_large_number(const nlohmann::json& value) {
    if (value.is_structured()) return std::ranges::any_of(value, has_too_large_number);
    constexpr double limit = 9.2e18;  // below 2^63
    return value.is_number_float() && std::fabs(value.get<double>()) > limit;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text, std::size_t longest) {
    if (text.size() > longest) {
        return Error{ErrorCode::invalid_input, fmt::format("it is longer than {} bytes", longest), {}};
    }
    if (is_too_deep(text)) {
        return Error{ErrorCode::invalid_input, fmt::format("it is nested deeper than {} levels", deepest_json), {}};
    }
    auto document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_discarded()) return Error{ErrorCode::invalid_input, "it is not JSON", {}};
    if (has_too_large_number(document)) {
        return Error{ErrorCode::invalid_input, "a number in it is larger than 9.2e18",
                     "write it as a text, in quotation marks"};
    }
    return document;
}

const nlohmann::json& member_of(const nlohmann::json& object, const char* key) {
    static const nlohmann::json none;
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

const nlohmann::json& array_member(const nlohmann::json& object, const char* key) {
    static const nlohmann::json none = nlohmann::json::array();
    const nlohmann::json& value = member_of(object, key);
    return value.is_array() ? value : none;
}

std::string text_member(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = member_of(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

std::int64_t number_member(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = member_of(object, key);
    return value.is_number_integer() ? value.get<std::int64_t>() : 0;
}

bool flag_member(const nlohmann::json& object, const char* key) {
    const nlohmann::json& value = member_of(object, key);
    return value.is_boolean() && value.get<bool>();
}

std::vector<std::string> text_members(const nlohmann::json& object, const char* key) {
    std::vector<std::string> texts;
    for (const nlohmann::json& one : array_member(object, key)) {
        if (one.is_string()) texts.push_back(one.get<std::string>());
    }
    return texts;
}

}  // namespace gup
