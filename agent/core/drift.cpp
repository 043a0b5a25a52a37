// SPDX-License-Identifier: Apache-2.0
#include "core/drift.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/dependencies.hpp"
#include "core/installed_packages.hpp"

namespace gup {
namespace {

// A distribution with the extras that are asked of it.
using Package = std::pair<std::string, std::vector<std::string>>;

Package package_of(const Requirement& requirement) {
    Package package{normalized_name(requirement.name), {}};
    for (const std::string& extra : requirement.extras) package.second.push_back(normalized_name(extra));
    return package;
}

class DriftFinder {
public:
    DriftFinder(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv)
        : gupfile_(gupfile), virtualenv_(virtualenv), packages_(virtualenv) {
        for (const Requirement& pin : gupfile.pins) {
            if (applies(pin, virtualenv)) wanted_.push_back(&pin);
            if (!pin.hashes.empty()) has_hashes_ = true;
        }
        for (const Requirement& constraint : gupfile.constraints) {
            if (!gupfile.is_lock && applies(constraint, virtualenv)) constraints_.push_back(&constraint);
        }
    }

    std::vector<Drift> run() {
        for (const Requirement* pin : wanted_) {
            if (auto lack = packages_.lack_of(*pin)) {
                add(*pin, *std::move(lack));
                continue;
            }
            if (!pin->extras.empty() && !gupfile_.is_lock) {
                seen_.clear();
                if (auto lack = lack_of_extras(*pin)) {
                    add(*pin, *std::move(lack));
                    continue;
                }
            }
            if (auto lack = lack_of_unhashed(*pin)) {
                add(*pin, *std::move(lack));
                continue;
            }
            if (auto lack = lack_of_constraints(*pin)) add(*pin, *std::move(lack));
        }
        return std::move(drift_);
    }

private:
    void add(const Requirement& requirement, Lack lack) {
        drift_.push_back({requirement, std::move(lack.installed), lack.reinstall});
    }

    [[nodiscard]] bool is_wanted(const std::string& name) const {
        return std::any_of(wanted_.begin(), wanted_.end(),
                           [&](const Requirement* pin) { return is_same_name(pin->name, name); });
    }

    [[nodiscard]] bool is_drifting(const Requirement& requirement) const {
        return std::any_of(drift_.begin(), drift_.end(),
                           [&](const Drift& one) { return one.requirement == requirement; });
    }

    // "2.31.0, but requests[socks] lacks PySocks>=1.5.6": what the extras need, and the extras of that.
    std::optional<Lack> lack_of_extras(const Requirement& requirement) {
        const Distribution* distribution = packages_.find(requirement.name);
        if (distribution == nullptr || !seen_.insert(package_of(requirement)).second) return std::nullopt;
        for (Requirement& needed :
             dependencies(*distribution, requirement.extras, virtualenv_.markers, DependenciesOf::only_extras)) {
            if (auto lack = packages_.lack_of(needed)) {
                if (lack->reinstall) {
                    repair(needed, *std::move(lack));
                    continue;
                }
                const std::string instead = lack->installed == not_installed ? "" : " but has " + lack->installed;
                return Lack{fmt::format("{}, but {}[{}] lacks {}{}", distribution->version, distribution->name,
                                        fmt::join(requirement.extras, ","), display(needed), instead),
                            false};
            }
            if (needed.extras.empty()) continue;
            if (auto lack = lack_of_extras(needed)) {
                lack->installed = fmt::format("{}, but {}", distribution->version, after_but(lack->installed));
                return lack;
            }
        }
        return std::nullopt;
    }

    std::optional<Lack> lack_of_unhashed(const Requirement& pin) const {
        if (gupfile_.is_lock || pin.source.empty() || !pin.hashes.empty() || !has_hashes_) return std::nullopt;
        const Distribution* distribution = packages_.find(pin.name);
        if (distribution == nullptr) return std::nullopt;
        for (const Requirement& needed :
             dependencies(*distribution, pin.extras, virtualenv_.markers, DependenciesOf::all)) {
            if (packages_.lack_of(needed)) {
                return Lack{fmt::format("{}, which needs {}, and no pin names it with its hash", distribution->version,
                                        display(needed)),
                            false};
            }
        }
        return std::nullopt;
    }

    static std::string_view after_but(std::string_view text) {
        constexpr std::string_view but = ", but ";
        return text.substr(text.find(but) + but.size());
    }

    // An installer does not see that it is broken.
    void repair(const Requirement& needed, Lack lack) {
        if (!is_wanted(needed.name) && !is_drifting(needed)) add(needed, std::move(lack));
    }

    // Of the distribution, or of one that it depends on and that no requirement before has reached.
    std::optional<Lack> lack_of_constraints(const Requirement& pin) {
        if (constraints_.empty()) return std::nullopt;
        std::vector<Requirement> waiting{pin};
        for (std::size_t next = 0; next < waiting.size(); ++next) {
            const Requirement one = waiting[next];
            const Distribution* distribution = packages_.find(one.name);
            if (distribution == nullptr || !reached_.insert(package_of(one)).second) continue;
            if (const Requirement* violated = violated_by(*distribution)) {
                const std::string version = packages_.find(pin.name)->version;
                if (is_same_name(one.name, pin.name))
                    return Lack{fmt::format("{}, which the constraint {} excludes", version, display(*violated)),
                                false};
                return Lack{fmt::format("{}, but the constraint {} excludes {} {}", version, display(*violated),
                                        distribution->name, distribution->version),
                            false};
            }
            auto further = dependencies(*distribution, one.extras, virtualenv_.markers, DependenciesOf::all);
            std::move(further.begin(), further.end(), std::back_inserter(waiting));
        }
        return std::nullopt;
    }

    [[nodiscard]] const Requirement* violated_by(const Distribution& distribution) const {
        for (const Requirement* constraint : constraints_) {
            if (!distribution.defect.empty() || !is_same_name(constraint->name, distribution.name)) continue;
            if (packages_.lack_of(*constraint)) return constraint;
        }
        return nullptr;
    }

    const Gupfile& gupfile_;
    const ObservedVirtualenv& virtualenv_;
    InstalledPackages packages_;
    std::vector<const Requirement*> wanted_;
    std::vector<const Requirement*> constraints_;
    bool has_hashes_ = false;
    std::set<Package> seen_;     // of one requirement, for its extras
    std::set<Package> reached_;  // of all requirements, for the constraints
    std::vector<Drift> drift_;
};

}  // namespace

std::vector<Drift> find_drift(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    return DriftFinder(gupfile, virtualenv).run();
}

bool is_of_every_virtualenv(const std::string& normalized_name) {
    return normalized_name == "pip" || normalized_name == "setuptools" || normalized_name == "wheel" ||
           normalized_name == "pkg-resources";
}

std::vector<InstalledPackage> find_unnamed(const Gupfile& gupfile, const ObservedVirtualenv& virtualenv) {
    std::vector<InstalledPackage> unnamed;
    if (!gupfile.is_lock) return unnamed;
    for (const Distribution& one : virtualenv.distributions) {
        if (one.system || one.editable || is_of_every_virtualenv(normalized_name(one.name))) continue;
        const bool is_named = std::any_of(gupfile.pins.begin(), gupfile.pins.end(), [&](const Requirement& pin) {
            return is_same_name(pin.name, one.name) && applies(pin, virtualenv);
        });
        if (!is_named) unnamed.push_back({one.name, one.version});
    }
    return unnamed;
}

}  // namespace gup
