// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/requirement.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <tuple>

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {

bool is_commit_id(std::string_view text) {
    return text.size() == 40 && std::all_of(text.begin(), text.end(), [](char c) { return hex_value(c) >= 0; });
}

std::vector<std::string> normalized_extras(const std::vector<std::string>& extras) {
    std::vector<std::string> names;
    names.reserve(extras.size());
    for (const std::string& extra : extras) names.push_back(normalized_name(extra));
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool is_own_folder(const Requirement& requirement) {
    return requirement.is_editable && requirement.source.empty();
}

bool is_same_requirement(const Requirement& one, const Requirement& other) {
    const auto facts = [](const Requirement& it) {
        return std::tie(it.version, it.range, it.marker, it.revision, it.is_editable);
    };
    return is_same_name(one.name, other.name) && facts(one) == facts(other) &&
           normalized_extras(one.extras) == normalized_extras(other.extras) &&
           mask_secrets(one.source) == mask_secrets(other.source);
}

std::string wanted_version(const Requirement& requirement) {
    if (!requirement.version.empty()) return requirement.version;
    if (!requirement.revision.empty()) return requirement.revision;
    return requirement.range.empty() ? "any version" : requirement.range;
}

std::string display(const Requirement& requirement) {
    std::string out = requirement.name;
    if (!requirement.extras.empty()) out += fmt::format("[{}]", fmt::join(requirement.extras, ","));
    out += requirement.version.empty() ? requirement.range : "==" + requirement.version;
    if (requirement.source.empty()) return out;
    const std::string revision = requirement.revision.empty() ? "" : "@" + requirement.revision;
    return fmt::format("{} ({}{})", out, mask_secrets(requirement.source), revision);
}

std::string git_url_of(std::string_view source) {
    constexpr std::string_view prefix = "git+";
    if (!source.starts_with(prefix)) return {};
    source.remove_prefix(prefix.size());
    return std::string(source.substr(0, source.find('#')));
}

}  // namespace gup
