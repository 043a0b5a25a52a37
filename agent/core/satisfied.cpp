// SPDX-License-Identifier: Apache-2.0
#include "core/satisfied.hpp"

#include <fmt/format.h>

#include <string_view>

#include "core/packaging/marker.hpp"
#include "core/packaging/specifier.hpp"
#include "core/packaging/version.hpp"
#include "core/short_id.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

std::string_view without_v(std::string_view version) {
    return version.starts_with('v') || version.starts_with('V') ? version.substr(1) : version;
}

std::string_view without_fragment(std::string_view url) {
    return url.substr(0, url.find('#'));
}

bool is_git_source(const Requirement& requirement) {
    return !git_url_of(requirement.source).empty();
}

std::string where_from(const Distribution& distribution, std::string_view revision) {
    std::string out = distribution.version;
    if (!distribution.url.empty()) out += fmt::format(" from {}", mask_secrets(distribution.url));
    if (!revision.empty()) out += fmt::format(" at {}", revision);
    return out;
}

// The tag or branch that was asked for, or else the commit.
std::string revision_of(const Distribution& distribution) {
    const std::string& revision = distribution.requested_revision;
    return revision.empty() ? short_id(distribution.commit_id) : revision;
}

// A pin to a commit: the version in the metadata does not matter.
std::optional<Lack> lack_of_commit(const Requirement& pin, const Distribution& distribution) {
    const bool same_place =
        pin.source.empty() || distribution.url.empty() || same_repository(git_url_of(pin.source), distribution.url);
    if (same_place && equals_ignoring_case(distribution.commit_id, pin.version)) return std::nullopt;
    return Lack{where_from(distribution, short_id(distribution.commit_id)), true};
}

bool is_of_place(const Requirement& requirement, const Distribution& distribution) {
    const std::string repository = git_url_of(requirement.source);
    return same_repository(repository.empty() ? without_fragment(requirement.source) : repository,
                           without_fragment(distribution.url));
}

std::optional<Lack> lack_of_source(const Requirement& pin, const Distribution& distribution) {
    if (pin.source.empty() || distribution.url.empty()) return std::nullopt;
    if (!is_of_place(pin, distribution)) return Lack{where_from(distribution, {}), true};
    if (!is_git_source(pin)) return std::nullopt;
    if (without_v(distribution.requested_revision) == without_v(pin.version)) return std::nullopt;
    return Lack{where_from(distribution, revision_of(distribution)), true};
}

// Without a revision any commit of the repository satisfies it.
bool is_of_revision(const Requirement& requirement, const Distribution& distribution) {
    if (requirement.revision.empty() || distribution.requested_revision == requirement.revision) return true;
    return is_commit_id(requirement.revision) && equals_ignoring_case(distribution.commit_id, requirement.revision);
}

// "name @ URL", or "name @ git+URL@revision": the origin decides, not the version in the metadata.
std::optional<Lack> lack_of_direct(const Requirement& requirement, const Distribution& distribution, Origins origins) {
    if (distribution.url.empty()) {
        if (origins == Origins::not_recorded) return std::nullopt;
        return Lack{fmt::format("{} from the package index", distribution.version), true};
    }
    if (!is_of_place(requirement, distribution)) return Lack{where_from(distribution, {}), true};
    if (!is_git_source(requirement) || is_of_revision(requirement, distribution)) return std::nullopt;
    return Lack{where_from(distribution, revision_of(distribution)), true};
}

}  // namespace

bool satisfies_version(const Requirement& requirement, const std::string& version) {
    if (!requirement.version.empty()) return satisfies_pin(requirement.version, version);
    if (requirement.range.empty()) return true;
    const auto range = SpecifierSet::parse(requirement.range);
    return range.ok() && range->contains(version, Prereleases::allowed);
}

std::optional<Lack> lack_of(const Requirement& requirement, const Distribution& distribution, Origins origins) {
    if (!distribution.defect.empty()) return Lack{distribution.defect, true};
    if (distribution.form == DistributionForm::egg) {
        return Lack{fmt::format("{} is an .egg, which cannot be managed", distribution.version), true};
    }
    const bool is_direct = requirement.version.empty() && !requirement.source.empty();
    if (is_direct) return lack_of_direct(requirement, distribution, origins);
    if (!distribution.editable && is_commit_id(requirement.version)) return lack_of_commit(requirement, distribution);
    if (!satisfies_version(requirement, distribution.version)) return Lack{distribution.version, false};
    return distribution.editable ? std::nullopt : lack_of_source(requirement, distribution);
}

bool applies(const Requirement& requirement, const ObservedVirtualenv& virtualenv) {
    if (requirement.marker.empty() || virtualenv.markers.sys_platform.empty()) return true;
    const bool needs_python = contains(requirement.marker, "python") || contains(requirement.marker, "implementation");
    if (needs_python && virtualenv.markers.python_version.empty()) return true;
    const auto marker = Marker::parse(requirement.marker);
    return !marker.ok() || marker->evaluate(virtualenv.markers);
}

}  // namespace gup
