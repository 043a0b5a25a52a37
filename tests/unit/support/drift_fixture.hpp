// SPDX-License-Identifier: Apache-2.0
// Distributions and requirements for the tests of drift.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "core/drift.hpp"
#include "plan_fixture.hpp"

namespace gup {

inline Distribution library_from(const std::string& url, const std::string& revision, const std::string& commit = {}) {
    Distribution distribution = installed("client_connector_lib", "5.0.0");
    distribution.url = url;
    distribution.requested_revision = revision;
    distribution.commit_id = commit;
    return distribution;
}

// The one drift of `pin` among `distributions`.
inline Drift only_drift(const Requirement& pin, std::vector<Distribution> distributions) {
    const auto drift = find_drift(pinned({pin}), virtualenv(std::move(distributions)));
    REQUIRE(drift.size() == 1);
    CHECK(drift.front().requirement == pin);
    return drift.front();
}

inline bool satisfied(const Requirement& pin, std::vector<Distribution> distributions) {
    return find_drift(pinned({pin}), virtualenv(std::move(distributions))).empty();
}

inline Distribution with_dependencies(Distribution distribution, std::vector<std::string> dependencies,
                                      std::vector<std::string> extras = {}) {
    distribution.dependencies = std::move(dependencies);
    distribution.extras = std::move(extras);
    return distribution;
}

inline Requirement ranged(const std::string& name, const std::string& range, std::vector<std::string> extras = {}) {
    Requirement requirement{name, "", "", 1};
    requirement.range = range;
    requirement.extras = std::move(extras);
    return requirement;
}

inline Requirement direct(const std::string& source, const std::string& revision = {}) {
    Requirement requirement{"client-connector-lib", "", source, 1};
    requirement.revision = revision;
    return requirement;
}

inline ObservedVirtualenv with_python(std::vector<Distribution> distributions, const std::string& version) {
    ObservedVirtualenv observed = virtualenv(std::move(distributions));
    observed.markers.sys_platform = "linux";
    observed.markers.platform_machine = "aarch64";
    observed.markers.python_version = version;
    observed.markers.python_full_version = version + ".2";
    return observed;
}

// "requests: 2.31.0, but …" of each drift.
inline std::vector<std::string> drift_of(const Gupfile& gupfile, const ObservedVirtualenv& observed) {
    std::vector<std::string> texts;
    for (const Drift& one : find_drift(gupfile, observed)) {
        texts.push_back(one.requirement.name + ": " + one.installed + (one.reinstall ? " (again)" : ""));
    }
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace gup
