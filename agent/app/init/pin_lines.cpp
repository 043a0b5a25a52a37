// SPDX-License-Identifier: Apache-2.0
#include "app/init/pin_lines.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <set>

#include "core/declaration/toml_guard.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/pep508.hpp"
#include "core/packaging/specifier.hpp"
#include "python/virtualenv.hpp"
#include "util/printable.hpp"
#include "util/url.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

std::string quoted_list(const std::vector<std::string>& texts) {
    std::vector<std::string> quoted;
    quoted.reserve(texts.size());
    for (const std::string& text : texts) quoted.push_back(fmt::format("\"{}\"", text));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
}

// A name as a key of TOML: `requests`, `"ruamel.yaml"`.
std::string key_of(const std::string& name) {
    return name.find('.') == std::string::npos ? name : fmt::format("\"{}\"", name);
}

void add_comment(PinLines& lines, std::string_view what, std::string_view why) {
    lines.lines.push_back(fmt::format("# {}: {}", printable(what), why));
    ++lines.comments;
}

void add_pin_line(PinLines& lines, const Requirement& pin) {
    std::string value = fmt::format("\"{}\"", pin.version);
    if (!pin.source.empty() || !pin.extras.empty() || !pin.hashes.empty()) {
        value = fmt::format("{{ version = {}", value);
        if (!pin.source.empty()) value += fmt::format(", source = \"{}\"", pin.source);
        if (!pin.extras.empty()) value += fmt::format(", extras = {}", quoted_list(pin.extras));
        if (!pin.hashes.empty()) value += fmt::format(", hashes = {}", quoted_list(pin.hashes));
        value += " }";
    }
    lines.lines.push_back(fmt::format("{} = {}", key_of(pin.name), value));
    ++lines.pins;
}

// As a person would write it in a requirements.txt.
std::string shown(const Requirement& requirement) {
    std::string text = display(requirement);
    if (!requirement.marker.empty()) text += fmt::format(" ; {}", requirement.marker);
    return text;
}

Requirement requirement_of(const Pep508& parsed) {
    Requirement requirement;
    requirement.name = parsed.name.text;
    for (const Pep508Part& extra : parsed.extras) requirement.extras.push_back(extra.text);
    requirement.marker = parsed.marker.text;
    requirement.range = parsed.specifier.text;
    const auto set = SpecifierSet::parse(parsed.specifier.text);
    if (const auto exact = set.ok() ? set->exact() : std::nullopt) {
        requirement.version = *exact;
        requirement.range.clear();
    }
    if (parsed.url.empty()) return requirement;
    const std::string_view url = parsed.url.text;
    const auto at = url.rfind('@');
    const bool has_revision = at != std::string_view::npos && at > url.rfind('/');
    requirement.source = url.substr(0, has_revision ? at : url.size());
    if (has_revision) requirement.revision = url.substr(at + 1, url.find('#', at) - at - 1);
    return requirement;
}

// The version by which a gupfile names a commit: its tag, or the commit itself.
std::string version_of_commit(const Distribution& distribution) {
    const std::string& revision = distribution.requested_revision;
    const bool is_tag = revision == distribution.version || revision == "v" + distribution.version;
    return is_tag ? distribution.version : distribution.commit_id;
}

// Names that other distributions require.
std::set<std::string> required_names(const ObservedVirtualenv& virtualenv) {
    std::set<std::string> names;
    for (const Distribution& distribution : virtualenv.distributions) {
        for (const std::string& dependency : distribution.dependencies) {
            const auto parsed = parse_pep508(dependency);
            if (parsed.ok()) names.insert(normalized_name(parsed->name.text));
        }
    }
    return names;
}

void add_distribution(PinLines& lines, const Distribution& distribution) {
    const std::string what = fmt::format("{}=={}", distribution.name, distribution.version);
    if (!distribution.defect.empty()) return add_comment(lines, what, distribution.defect);
    if (distribution.editable) return add_comment(lines, what, "it is installed from a folder (-e)");
    Requirement pin{distribution.name, distribution.version, {}, 0};
    if (!distribution.commit_id.empty()) {
        pin.version = version_of_commit(distribution);
        pin.source = "git+" + distribution.url;
        if (mask_secrets(pin.source) != pin.source) {
            return add_comment(lines, what, "the URL of its repository has a password");
        }
    } else if (!distribution.url.empty()) {
        return add_comment(lines, what, "it is not from a package index; pin it by hand");
    }
    add_pin_line(lines, pin);
}

}  // namespace

void add_requirement(PinLines& lines, const Requirement& requirement) {
    Requirement pin = requirement;
    const bool is_git = pin.source.starts_with("git+");
    if (is_git && pin.version.empty()) pin.version = pin.revision;
    if (pin.is_editable || pin.name.empty()) return add_comment(lines, shown(requirement), "a gupfile has no -e");
    if (!pin.marker.empty()) {
        return add_comment(lines, shown(requirement), "a gupfile has no markers; pin it if it is for this gateway");
    }
    if (!pin.source.empty() && !is_git) return add_comment(lines, shown(requirement), "a source is a git repository");
    if (mask_secrets(pin.source) != pin.source) {
        return add_comment(lines, shown(requirement), "the URL of its repository has a password");
    }
    if (pin.version.empty()) {
        return add_comment(lines, shown(requirement),
                           fmt::format("write one version: {} = \"VERSION\"", key_of(pin.name)));
    }
    add_pin_line(lines, pin);
}

Result<PinLines> pins_of_pyproject(std::string_view text) {
    const auto plain = without_byte_order_mark(text);
    if (!plain || first_wrong_byte(*plain) != plain->size() || find_toml_flaw(*plain)) {
        return Error{ErrorCode::invalid_input, "it is not valid TOML", {}};
    }
    PinLines lines;
    try {
        const toml::table root = toml::parse(*plain);
        const toml::array* dependencies = root["project"]["dependencies"].as_array();
        if (dependencies == nullptr) return lines;
        for (const toml::node& node : *dependencies) {
            const std::string dependency = node.value_or(std::string());
            const auto parsed = parse_pep508(dependency);
            if (parsed.ok()) {
                add_requirement(lines, requirement_of(*parsed));
            } else {
                add_comment(lines, mask_secrets(dependency), "this is no requirement");
            }
        }
    } catch (const toml::parse_error& error) {
        return Error{ErrorCode::invalid_input,
                     fmt::format("line {}: {}", error.source().begin.line, std::string_view(error.description())),
                     {}};
    }
    return lines;
}

Result<PinLines> pins_of_virtualenv(const fs::path& virtualenv) {
    GUP_TRY(const ObservedVirtualenv observed, inspect_virtualenv({true, virtualenv}));
    const auto& all = observed.distributions;
    const auto is_requested = [](const Distribution& one) {
        return one.editable || !one.commit_id.empty() || is_file(fs::path(one.location) / "REQUESTED");
    };
    const std::set<std::string> required = required_names(observed);
    // Old installers do not say what was asked for: then it is what nothing else requires.
    const bool is_recorded = std::any_of(all.begin(), all.end(), is_requested);
    const std::set<std::string> tools{"pip", "setuptools", "wheel"};
    PinLines lines;
    std::vector<const Distribution*> brought;
    for (const Distribution& one : all) {
        const std::string name = normalized_name(one.name);
        if (one.system) continue;
        const bool is_asked_for = is_recorded ? is_requested(one) : !required.contains(name);
        if (is_asked_for && !tools.contains(name)) {
            add_distribution(lines, one);
        } else {
            brought.push_back(&one);
        }
    }
    if (!brought.empty()) lines.lines.emplace_back("# Installed with the others:");
    for (const Distribution* one : brought) {
        lines.lines.push_back(fmt::format("# {} = \"{}\"", key_of(printable(one->name)), printable(one->version)));
    }
    return lines;
}

}  // namespace gup
