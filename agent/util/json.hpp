// SPDX-License-Identifier: Apache-2.0
// JSON that others may have written. Every reader of JSON uses this one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"

namespace gup {

// No document of the agent, pip or a cloud is deeper. nlohmann::json copies and destroys a value recursively.
inline constexpr std::size_t deepest_json = 32;
// A value takes up to 16 times the memory of its text.
inline constexpr std::size_t longest_json = std::size_t{4} << 20U;

// Fails with invalid_input: `text` is not JSON, is longer than `longest` bytes, is nested deeper than deepest_json, or has a
// number beyond 9.2e18: the members that are read as integers would be undefined.
[[nodiscard]] Result<nlohmann::json> parse_json(std::string_view text, std::size_t longest = longest_json);

// The member `key` of `object`, not copied; an empty array if there is no such array.
[[nodiscard]] const nlohmann::json& array_member(const nlohmann::json& object, const char* key);

// The members `key` of `object`: the text, number, flag or texts; empty, 0, false if there is no such member.
[[nodiscard]] std::string text_member(const nlohmann::json& object, const char* key);
[[nodiscard]] std::int64_t number_member(const nlohmann::json& object, const char* key);
[[nodiscard]] bool flag_member(const nlohmann::json& object, const char* key);
[[nodiscard]] std::vector<std::string> text_members(const nlohmann::json& object, const char* key);
// Any of them, not copied; null if there is none.
[[nodiscard]] const nlohmann::json& member_of(const nlohmann::json& object, const char* key);

}  // namespace gup
