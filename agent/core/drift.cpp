#include "core/drift.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "core/packaging/version.hpp"
#include "core/short_id.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

using Installed = std::vector<const Distribution*>;

// Why an installed distribution does not satisfy a pin.
struct Lack {
    std::string installed;
    bool reinstall = false;
};

std::string_view without_v(std::string_view version) {
    return version.starts_with('v') || version.starts_with('V') ? version.substr(1) : version;
}

std::string where_from(const Distribution& distribution, std::string_view revision) {
    std::string out = distribution.version;
    if (!distribution.url.empty()) out += fmt::format(" from {}", mask_secrets(distribution.url));
    if (!revision.empty()) out += fmt::format(" at {}", revision);
    return out;
}

// A pin to a commit: the version in the metadata does not matter.
std::optional<Lack> lack_of_commit(const Requirement& pin, const Distribution& distribution) {
    const bool same_place =
        pin.source.empty() || distribution.url.empty() || same_repository(git_url_of(pin.source), distribution.url);
    if (same_place && equals_ignoring_case(distribution.commit_id, pin.version)) return std::nullopt;
    return Lack{where_from(distribution, short_id(distribution.commit_id)), true};
}

std::optional<Lack> lack_of_source(const Requirement& pin, const Distribution& distribution) {
    if (pin.source.empty() || distribution.url.empty()) return std::nullopt;
    if (!same_repository(git_url_of(pin.source), distribution.url)) return Lack{where_from(distribution, {}), true};
    if (without_v(distribution.requested_revision) == without_v(pin.version)) return std::nullopt;
    const std::string& revision = distribution.requested_revision;
    return Lack{where_from(distribution, revision.empty() ? short_id(distribution.commit_id) : revision), true};
}

std::optional<Lack> lack_of(const Requirement& pin, const Distribution& distribution) {
    if (!distribution.defect.empty()) return Lack{distribution.defect, true};
    if (distribution.form == DistributionForm::egg) {
        return Lack{fmt::format("{} is an .egg, which cannot be managed", distribution.version), true};
    }
    if (distribution.editable) {
        if (satisfies_pin(pin.version, distribution.version)) return std::nullopt;
        return Lack{distribution.version, false};
    }
    if (is_commit_id(pin.version)) return lack_of_commit(pin, distribution);
    if (!satisfies_pin(pin.version, distribution.version)) return Lack{distribution.version, false};
    return lack_of_source(pin, distribution);
}

Lack several(const Installed& found) {
    std::string versions;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i > 0) versions += i + 1 == found.size() ? " and " : ", ";
        versions += found[i]->version.empty() ? "a broken one" : found[i]->version;
    }
    return {found.size() == 2 ? fmt::format("installed twice: {}", versions)
                              : fmt::format("installed {} times: {}", found.size(), versions),
            true};
}

// A distribution of the virtualenv hides the system's one of that name.
std::optional<Lack> lack_of(const Requirement& pin, const Installed& own, const Installed& system) {
    if (own.size() > 1) return several(own);
    if (own.size() == 1) return lack_of(pin, *own.front());
    std::optional<Lack> first;
    for (const Distribution* distribution : system) {
        auto lack = lack_of(pin, *distribution);
        if (!lack) return std::nullopt;
        // An installer adds one to the virtualenv; it cannot replace the system's one.
        if (!first && distribution->defect.empty()) first = Lack{lack->installed, lack->reinstall};
    }
    return first ? first : Lack{"not installed", false};
}

}  // namespace

std::vector<Drift> find_drift(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    std::map<std::string, Installed> own;
    std::map<std::string, Installed> system;
    for (const Distribution& distribution : virtualenv.distributions) {
        (distribution.system ? system : own)[normalized_name(distribution.name)].push_back(&distribution);
    }
    std::vector<Drift> drift;
    for (const Requirement& pin : gupfile.pins) {
        const std::string name = normalized_name(pin.name);
        if (auto lack = lack_of(pin, own[name], system[name]))
            drift.push_back({pin, std::move(lack->installed), lack->reinstall});
    }
    return drift;
}

}  // namespace gup
