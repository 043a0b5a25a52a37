// SPDX-License-Identifier: Apache-2.0
#include "app/reference/config_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "app/config/config_connectors.hpp"
#include "app/config/config_keys.hpp"
#include "app/reference/markdown.hpp"
#include "app/schema/config_about.hpp"
#include "host/hooks.hpp"

namespace gup {
namespace {

// Defaults that differ between the two installs.
struct InstallDefault {
    std::string_view name;
    std::string_view text;
};
constexpr InstallDefault install_defaults[] = {
    {"root", "portable: the folder that contains the agent's folder; packaged: none, it must be set"},
    {"state", "portable: `state` next to the agent; packaged: `/var/lib/gup-agent`"},
    {"log", "portable: `gup.log` next to the agent; packaged: `/var/log/gup-agent/gup.log`"},
};

std::string default_of(std::string_view name, std::string_view standard) {
    const auto* const found = std::find_if(std::begin(install_defaults), std::end(install_defaults),
                                           [&](const InstallDefault& one) { return one.name == name; });
    if (found != std::end(install_defaults)) return std::string(found->text);
    if (name == "hooks.pre-update") return markdown_code(HookSettings{}.pre_update.string());
    if (name == "hooks.post-update") return markdown_code(HookSettings{}.post_update.string());
    return standard.empty() ? "none" : markdown_code(standard);
}

std::string unit_of(std::string_view wanted) {
    const bool is_size = wanted.starts_with("a size") || wanted.starts_with("bytes");
    return is_size ? "; a number without a unit is in bytes" : "";
}

std::string key_lines(std::string_view name, std::string_view wanted, bool has_variable) {
    const ConfigAbout about = about_config_key(name);
    std::string text = fmt::format("#### {}\n\n{}\n\n- Value: {}{}\n- Default: {}\n", name, markdown_prose(about.text),
                                   markdown_prose(wanted), unit_of(wanted), default_of(name, about.standard));
    if (has_variable) text += fmt::format("- Environment: {}\n", markdown_code(environment_name(name)));
    return text + "\n";
}

std::string_view table_of(std::string_view name) {
    const auto dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view() : name.substr(0, dot);
}

}  // namespace

std::string config_reference() {
    std::string text = "## Keys\n\n### Top level\n\n";
    std::vector<std::string_view> tables;
    for (const ConfigKey& key : config_keys()) {
        const std::string_view own = table_of(key.name);
        if (std::find(tables.begin(), tables.end(), own) == tables.end()) tables.push_back(own);
    }
    std::stable_sort(tables.begin(), tables.end(),
                     [](auto left, auto right) { return left.empty() && !right.empty(); });
    for (const std::string_view own : tables) {
        if (!own.empty()) text += fmt::format("### [{}]\n\n", own);
        for (const ConfigKey& key : config_keys()) {
            if (table_of(key.name) == own) text += key_lines(key.name, key.wanted, true);
        }
    }
    text +=
        fmt::format("### [[connector]]\n\n{} One table for each connector.\n\n", about_config_key("connector").text);
    for (const ConnectorKeyWords& key : connector_key_words()) {
        text += key_lines("connector." + std::string(key.name), key.wanted, false);
    }
    text.pop_back();
    return text;
}

}  // namespace gup
