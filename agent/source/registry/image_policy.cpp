// SPDX-License-Identifier: Apache-2.0
#include "source/registry/image_policy.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "util/json.hpp"

namespace gup {
namespace {

constexpr std::uint64_t longest_policy = 1U << 20U;

bool accepts_any(const nlohmann::json& value) {
    const auto type = value.is_object() ? value.find("type") : value.end();
    if (value.is_object() && type != value.end()) return *type == "insecureAcceptAnything";
    return !value.is_structured() || std::all_of(value.begin(), value.end(), accepts_any);
}

}  // namespace

bool detail::is_policy_for_any(std::string_view text) {
    const auto value = parse_json(text);
    return value.ok() && !array_member(*value, "default").empty() && accepts_any(*value);
}

// The user's, else the system's.
bool accepts_any_image(const RegistryAccess& access) {
    const fs::path own = access.home / ".config/containers/policy.json";
    const auto text = read_file(is_there(own) ? own : access.system / "policy.json", longest_policy);
    return text.ok() && detail::is_policy_for_any(*text);
}

}  // namespace gup
