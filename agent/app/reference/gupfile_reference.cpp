// SPDX-License-Identifier: Apache-2.0
#include "app/reference/gupfile_reference.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string_view>

#include "app/reference/markdown.hpp"
#include "core/declaration/gupfile_keys.hpp"

namespace gup {
namespace {

std::string longest_of(const GupfileKey& key) {
    constexpr std::chrono::hours day{24};
    const auto days = key.longest / day;
    return days > 1 ? fmt::format("{} days", days) : "one day";
}

std::string value_of(const GupfileKey& key) {
    if (!key.choices.empty()) {
        std::string list;
        for (const std::string_view choice : key.choices) {
            list += (list.empty() ? "" : " or ") + markdown_code(fmt::format("\"{}\"", choice));
        }
        return list;
    }
    switch (key.type) {
        case GupfileType::text:
            return "a text";
        case GupfileType::texts:
            return "an array of texts";
        case GupfileType::words:
            return "a text, which is split at its blanks, or an array of texts";
        case GupfileType::time:
            return fmt::format("a duration with s, m, h or d, or a number of seconds; at most {}", longest_of(key));
    }
    return {};
}

std::string key_lines(std::string_view table, const GupfileKey& key) {
    return fmt::format("#### {}.{}\n\n{}\n\n- Value: {}\n- Example: {}\n\n", table, key.name, markdown_prose(key.about),
                       value_of(key), markdown_code(fmt::format("{} = {}", key.name, key.example)));
}

}  // namespace

std::string gupfile_reference() {
    std::string text = "## Keys\n\n";
    for (const GupfileTable& table : gupfile_tables()) {
        text += fmt::format("### [{}]\n\n{}\n\n", table.name, markdown_prose(table.about));
        for (const GupfileTable::Row& row : table.rows) text += key_lines(table.name, row.key);
        if (!table.rows.empty()) continue;
        text +=
            "- A version: `paho-mqtt = \"1.3.1\"`\n"
            "- A table with the keys below: `paho-mqtt = { version = \"1.3.1\" }`\n\n"
            "A name with a dot or with extras needs quotes: `\"requests[socks]\" = \"2.31.0\"`.\n\n";
        for (const GupfileKey& key : gupfile_pin_keys()) text += key_lines(std::string(table.name) + ".NAME", key);
    }
    text.pop_back();
    return text;
}

}  // namespace gup
