// SPDX-License-Identifier: Apache-2.0
#include "core/dependencies.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/packaging/marker.hpp"
#include "core/packaging/pep508.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// pip evaluates a marker once for each extra.
bool is_needed(const Marker& marker, const std::vector<std::string>& extras, const MarkerEnvironment& markers,
               DependenciesOf which) {
    const bool without_extras = marker.evaluate(markers);
    if (without_extras || extras.empty()) return without_extras && which == DependenciesOf::all;
    return std::any_of(extras.begin(), extras.end(),
                       [&](const std::string& extra) { return marker.evaluate(markers, {extra}); });
}

std::optional<Requirement> requirement_of(const std::string& header, const std::vector<std::string>& extras,
                                          const MarkerEnvironment& markers, DependenciesOf which) {
    if (which == DependenciesOf::only_extras && !contains(header, "extra")) return std::nullopt;
    auto parsed = parse_pep508(header);
    if (!parsed.ok()) return std::nullopt;
    if (parsed->marker.empty()) {
        if (which == DependenciesOf::only_extras) return std::nullopt;
    } else {
        const auto marker = Marker::parse(parsed->marker.text);
        if (!marker.ok() || !is_needed(*marker, extras, markers, which)) return std::nullopt;
    }
    Requirement requirement;
    requirement.name = std::move(parsed->name.text);
    requirement.range = std::move(parsed->specifier.text);
    for (Pep508Part& extra : parsed->extras) requirement.extras.push_back(std::move(extra.text));
    return requirement;
}

// pip looks only at the extras that a wheel says to have. The older forms do not say it.
std::vector<std::string> known_extras(const Distribution& distribution, std::vector<std::string> extras) {
    if (distribution.form != DistributionForm::dist_info) return extras;
    std::erase_if(extras, [&](const std::string& extra) {
        return std::none_of(distribution.extras.begin(), distribution.extras.end(),
                            [&](const std::string& known) { return is_same_name(known, extra); });
    });
    return extras;
}

}  // namespace

std::vector<Requirement> dependencies(const Distribution& distribution, const std::vector<std::string>& extras,
                                      const MarkerEnvironment& markers, DependenciesOf which) {
    std::vector<Requirement> needed;
    const std::vector<std::string> known = known_extras(distribution, extras);
    for (const std::string& header : distribution.dependencies) {
        if (auto requirement = requirement_of(header, known, markers, which)) needed.push_back(*std::move(requirement));
    }
    return needed;
}

}  // namespace gup
