#include "core/installed_packages.hpp"

#include <fmt/format.h>

#include "core/packaging/version.hpp"

namespace gup {
namespace {

constexpr const char* first_pip_with_origins = "20.1";

Lack several(const std::vector<const Distribution*>& found) {
    std::string versions;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i > 0) versions += i + 1 == found.size() ? " and " : ", ";
        versions += found[i]->version.empty() ? "a broken one" : found[i]->version;
    }
    return {found.size() == 2 ? fmt::format("installed twice: {}", versions)
                              : fmt::format("installed {} times: {}", found.size(), versions),
            true};
}

}  // namespace

InstalledPackages::InstalledPackages(const ObservedVirtualenv& virtualenv) {
    for (const Distribution& distribution : virtualenv.distributions) {
        Named& same = packages_[normalized_name(distribution.name)];
        (distribution.system ? same.system : same.own).push_back(&distribution);
    }
    const Distribution* pip = find("pip");
    const auto version = pip == nullptr ? std::nullopt : Version::parse(pip->version);
    if (version && *version < *Version::parse(first_pip_with_origins)) origins_ = Origins::not_recorded;
}

const InstalledPackages::Named& InstalledPackages::named(const std::string& name) const {
    static const Named none;
    const auto found = packages_.find(normalized_name(name));
    return found == packages_.end() ? none : found->second;
}

// A distribution of the virtualenv hides the system's one of that name.
std::optional<Lack> InstalledPackages::lack_of(const Requirement& requirement) const {
    const auto& [own, system] = named(requirement.name);
    if (own.size() > 1) return several(own);
    if (own.size() == 1) return gup::lack_of(requirement, *own.front(), origins_);
    std::optional<Lack> first;
    for (const Distribution* distribution : system) {
        auto lack = gup::lack_of(requirement, *distribution, origins_);
        if (!lack) return std::nullopt;
        // An installer adds one to the virtualenv; it cannot replace the system's one.
        if (!first && distribution->defect.empty()) first = Lack{lack->installed, lack->reinstall};
    }
    return first ? first : Lack{std::string(not_installed), false};
}

const Distribution* InstalledPackages::find(const std::string& name) const {
    const auto& [own, system] = named(name);
    if (!own.empty()) return own.front();
    return system.empty() ? nullptr : system.front();
}

}  // namespace gup
