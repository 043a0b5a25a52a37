// SPDX-License-Identifier: Apache-2.0
#include "python/installer/broken_distributions.hpp"

#include <algorithm>

#include "core/satisfied.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

namespace gup {
namespace {

bool is_record(const Distribution& distribution) {
    return distribution.form == DistributionForm::dist_info || distribution.form == DistributionForm::egg_info;
}

bool is_unmanageable(const Distribution& distribution, const ObservedVirtualenv& virtualenv) {
    const fs::path location = distribution.location;
    for (const std::string& file : virtualenv.unreadable) {
        if (is_below(file, location)) return true;
    }
    if (distribution.form == DistributionForm::dist_info) {
        return !is_file(location / "METADATA") || !is_file(location / "RECORD");
    }
    return distribution.form == DistributionForm::egg_info && is_file(location);
}

// The one of several that is kept: pip then finds it, and uninstalls or keeps it.
const Distribution* best_of(const std::vector<const Distribution*>& candidates, const Requirement& requirement) {
    for (const Distribution* candidate : candidates) {
        if (satisfies_version(requirement, candidate->version)) return candidate;
    }
    return candidates.back();
}

Status remove_record(const Distribution& distribution, const ObservedVirtualenv& virtualenv) {
    if (!is_below(distribution.location, virtualenv.path)) return {};
    return remove_tree(distribution.location);
}

}  // namespace

Status remove_leftovers(const ObservedVirtualenv& virtualenv) {
    for (const std::string& leftover : virtualenv.leftovers) {
        const fs::path path = leftover;
        if (!path.filename().string().starts_with('~') || !is_below(path, virtualenv.path)) continue;
        const Status removed = remove_tree(path);
        if (!removed.ok()) return removed.error().with_context("cannot remove what an interrupted pip left");
    }
    return {};
}

Status remove_unmanageable(const ObservedVirtualenv& virtualenv, const std::vector<InstallRequest>& requests) {
    for (const InstallRequest& request : requests) {
        const std::string name = normalized_name(request.requirement.name);
        std::vector<const Distribution*> managed;
        for (const Distribution& distribution : virtualenv.distributions) {
            if (distribution.system || !is_record(distribution) || normalized_name(distribution.name) != name) continue;
            if (is_unmanageable(distribution, virtualenv)) {
                GUP_CHECK(remove_record(distribution, virtualenv));
            } else {
                managed.push_back(&distribution);
            }
        }
        if (managed.size() < 2) continue;
        const Distribution* kept = best_of(managed, request.requirement);
        for (const Distribution* distribution : managed) {
            if (distribution != kept) GUP_CHECK(remove_record(*distribution, virtualenv));
        }
    }
    return {};
}

}  // namespace gup
