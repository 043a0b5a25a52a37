// SPDX-License-Identifier: Apache-2.0
#include "core/installed_packages.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/packaging/version.hpp"
#include "util/url.hpp"

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

InstalledPackages::InstalledPackages(const ObservedVirtualenv& virtualenv) : virtualenv_(virtualenv) {
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

// "-e .": the distribution has to lead to the folder of this connector, not to that of another release.
std::optional<Lack> InstalledPackages::lack_of_own(const Requirement& requirement, const Distribution& found) const {
    if (!found.editable) return Lack{fmt::format("{} as a copy", found.version), true};
    const std::string folder = path_of_file_url(found.url);
    const auto& own = virtualenv_.own_folders;
    const auto leads_to = [&](const std::string& one) { return folder == one || folder.starts_with(one + "/"); };
    if (own.empty() || std::any_of(own.begin(), own.end(), leads_to)) {
        return found.defect.empty() ? std::nullopt : gup::lack_of(requirement, found, origins_);
    }
    return Lack{fmt::format("{} from {}", found.version, folder.empty() ? "another folder" : folder), true};
}

// A distribution of the virtualenv hides the system's one of that name.
std::optional<Lack> InstalledPackages::lack_of(const Requirement& requirement) const {
    const auto& [own, system] = named(requirement.name);
    if (own.size() > 1) return several(own);
    if (own.size() == 1 && is_own_folder(requirement)) return lack_of_own(requirement, *own.front());
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
