// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/project_name.hpp"

#include <toml++/toml.h>

#include <optional>
#include <string_view>
#include <utility>

#include "core/declaration/toml_guard.hpp"
#include "core/packaging/names.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup::detail {
namespace {

std::optional<std::string> name_in_pyproject(std::string_view text) {
    if (find_toml_flaw(text)) return std::nullopt;
    try {
        const toml::table root = toml::parse(text);
        if (auto name = root.at_path("project.name").value<std::string>()) return name;
        return root.at_path("tool.poetry.name").value<std::string>();
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

// `name = x` below [metadata].
std::optional<std::string> name_in_setup_cfg(std::string_view text) {
    bool is_in_metadata = false;
    while (!text.empty()) {
        const std::string_view line = trimmed(take_until(text, '\n'));
        if (line.starts_with('[')) is_in_metadata = line == "[metadata]";
        const auto equals = line.find_first_of("=:");
        if (!is_in_metadata || equals == std::string_view::npos) continue;
        if (lower(trimmed(line.substr(0, equals))) == "name") return std::string(trimmed(line.substr(equals + 1)));
    }
    return std::nullopt;
}

// `name="x"`, if the file has it once.
std::optional<std::string> name_in_setup_py(std::string_view text) {
    std::optional<std::string> found;
    for (auto at = text.find("name"); at != std::string_view::npos; at = text.find("name", at + 4)) {
        const bool begins = at == 0 || (!is_letter_or_digit(text[at - 1]) && text[at - 1] != '_');
        std::string_view rest = trimmed(text.substr(at + 4, 200));
        if (!begins || !rest.starts_with('=')) continue;
        rest = trimmed(rest.substr(1));
        if (rest.empty() || (rest[0] != '"' && rest[0] != '\'')) continue;
        const auto end = rest.find(rest[0], 1);
        if (end == std::string_view::npos || found) return std::nullopt;
        found = rest.substr(1, end - 1);
    }
    return found;
}

}  // namespace

std::string own_project_name(const DeclarationFiles& files, DeclarationTexts& texts) {
    constexpr std::pair<const char*, std::optional<std::string> (*)(std::string_view)> places[] = {
        {"pyproject.toml", name_in_pyproject}, {"setup.cfg", name_in_setup_cfg}, {"setup.py", name_in_setup_py}};
    for (const auto& [path, name_in] : places) {
        auto text = files.read(path);
        if (!text.ok() || !text->has_value()) continue;
        const auto plain = without_byte_order_mark(**text);
        const std::optional<std::string> name = plain ? name_in(*plain) : std::nullopt;
        texts.emplace(path, std::move(**text));
        if (name && is_distribution_name(*name)) return *name;
    }
    return {};
}

}  // namespace gup::detail
