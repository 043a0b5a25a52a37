// SPDX-License-Identifier: Apache-2.0
// Values of the merged model as C++ types. A null is a value that is not given.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/compose/tree/findings.hpp"
#include "core/yaml/node.hpp"

namespace gup::compose {

using KeyList = std::vector<std::string_view>;

// An error for each key that is neither in `known` nor begins with "x-". `what`: "a service". False: it is no mapping,
// which is an error, too.
bool check_keys(const yaml::Node& node, const KeyList& known, std::string_view what, Findings& findings);
// "did you mean image?", or empty.
[[nodiscard]] std::string did_you_mean(std::string_view word, const KeyList& known);

// All of these tell what is wrong, and then answer as if nothing were given. `what` is the key.
[[nodiscard]] std::optional<std::string> text_in(const yaml::Node& node, std::string_view what, Findings& findings);
[[nodiscard]] std::string text_or_empty(const yaml::Node& node, std::string_view what, Findings& findings);
[[nodiscard]] bool flag_in(const yaml::Node& node, std::string_view what, Findings& findings);
[[nodiscard]] std::optional<std::int64_t> integer_in(const yaml::Node& node, std::string_view what, Findings& findings);
[[nodiscard]] std::optional<std::chrono::milliseconds> duration_in(const yaml::Node& node, std::string_view what,
                                                                   Findings& findings);
// Digits, or "-1" where `allows_unlimited`.
[[nodiscard]] std::string bytes_in(const yaml::Node& node, std::string_view what, bool allows_unlimited,
                                   Findings& findings);
// A list, or one text.
[[nodiscard]] std::vector<std::string> texts_in(const yaml::Node& node, std::string_view what, Findings& findings);
// A mapping, or a list of K=V. Numbers are as docker spells them, with a warning where that is another text.
[[nodiscard]] std::map<std::string, std::string> text_map_in(const yaml::Node& node, std::string_view what,
                                                             Findings& findings);
// A scalar for a place that wants a text, as docker spells it.
[[nodiscard]] std::string respelled(const yaml::Node& node, Findings& findings);
// A text in the words of a shell, or a list of words.
[[nodiscard]] std::optional<std::vector<std::string>> command_in(const yaml::Node& node, std::string_view what,
                                                                 Findings& findings);

// The path in the repository of a file that a node names with a relative path. Nullopt: it is absolute, or an error was
// told.
[[nodiscard]] std::optional<std::string> repository_path(const yaml::Node& node, std::string_view what,
                                                         Findings& findings);

}  // namespace gup::compose
