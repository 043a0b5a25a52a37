// SPDX-License-Identifier: Apache-2.0
#include "deploy/install_pins.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "core/drift.hpp"
#include "core/satisfied.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// Each repository is asked once for the tags of a version, for all pins.
class Revisions {
public:
    explicit Revisions(GitUser user) : user_(std::move(user)) {}

    // The text for pip after '@'; nullopt if the repository has no such tag. A pin without a repository needs none.
    Result<std::optional<std::string>> find(const Requirement& pin) {
        const std::string url = git_url_of(pin.source);
        if (url.empty() || pin.version.empty()) return std::optional(pin.revision);
        if (is_commit_id(pin.version)) return std::optional(pin.version);
        const auto key = std::pair(url, pin.version);
        if (refs_.find(key) == refs_.end()) {
            refs_.emplace(key, list_remote(url, user_, tags_of_version(pin.version)));
        }
        const auto& refs = refs_.at(key);
        if (!refs.ok()) return refs.error();
        std::string revision = revision_for_version(*refs, pin.version);
        return revision.empty() ? std::nullopt : std::optional(std::move(revision));
    }

private:
    GitUser user_;
    std::map<std::pair<std::string, std::string>, Result<std::vector<RemoteRef>>> refs_;
};

PinFailure to_failure(const Requirement& pin, const Error& error) {
    auto kind = is_worth_a_retry(error) ? PinFailureKind::network : PinFailureKind::unknown;
    if (is_machine_failure(error)) kind = PinFailureKind::machine;
    return {pin, kind, error.message, error.hint};
}

std::string folder_of(const Requirement& pin, const VirtualenvOwner& owner) {
    return is_own_folder(pin) ? owner.code.string() : std::string();
}

std::vector<InstallRequest> make_requests(const InstallPins& step, const VirtualenvOwner& owner,
                                          std::vector<PinFailure>& failures) {
    Revisions revisions(GitUser{owner.home});
    std::vector<InstallRequest> requests;
    for (const Drift& drift : step.pins) {
        const Requirement& pin = drift.requirement;
        auto revision = revisions.find(pin);
        if (!revision.ok()) {
            failures.push_back(to_failure(pin, revision.error()));
        } else if (!*revision) {
            const std::string url = mask_secrets(git_url_of(pin.source));
            failures.push_back({pin, PinFailureKind::not_available,
                                fmt::format("{} has neither a tag {} nor v{}", url, pin.version, pin.version)});
        } else {
            requests.push_back({pin, **std::move(revision), drift.reinstall, folder_of(pin, owner)});
        }
    }
    return requests;
}

// In place, new code is there only after the switch.
void take_out_folders(std::vector<InstallRequest>& requests, std::vector<PinFailure>& failures) {
    std::erase_if(requests, [&](const InstallRequest& one) {
        const fs::path folder = one.folder;
        if (folder.empty() || is_file(folder / "pyproject.toml") || is_file(folder / "setup.py")) return false;
        failures.push_back({one.requirement, PinFailureKind::unknown,
                            fmt::format("{} has neither a pyproject.toml nor a setup.py", folder.string()),
                            "if new code brings one, the next run installs it"});
        return true;
    });
}

const Drift* find_pin(const std::vector<Drift>& drifts, const Requirement& pin) {
    const auto found =
        std::find_if(drifts.begin(), drifts.end(), [&](const Drift& drift) { return drift.requirement == pin; });
    return found == drifts.end() ? nullptr : &*found;
}

void call_installer(std::vector<InstallRequest> requests, const InstallTarget& place, const InstallerSettings& settings,
                    const RunEvents& events, std::vector<PinFailure>& failures) {
    const InstallJob job = install_job(std::move(requests), place.gupfile, place.virtualenv);
    const std::string& name = place.owner.connector;
    InstallerSettings installer = settings;
    installer.home = place.owner.home;
    auto report = install_pins(place.virtualenv, job, installer,
                               [&](std::string_view line) { events.tell(name, "installing: " + mask_secrets(line)); });
    if (!report.ok()) {
        for (const InstallRequest& request : job.requests)
            failures.push_back(to_failure(request.requirement, report.error()));
        return;
    }
    failures.insert(failures.end(), report->failures.begin(), report->failures.end());
    for (const std::string& warning : report->warnings) {
        log::warning(name, fmt::format("the installer warns: {}", warning));
    }
    if (!report->last_output.empty()) {
        log::record(log::Level::warning, name, "the installer's last lines:\n" + report->last_output);
    }
}

std::string installed_version(const Requirement& pin, const ObservedVirtualenv& virtualenv) {
    for (const Distribution& one : virtualenv.distributions) {
        if (is_same_name(one.name, pin.name)) return one.version;
    }
    return {};
}

// Success is decided by the virtualenv, not by the installer's output. Only a new virtualenv tells whether the marker of
// a pin is true.
void compare(const InstallPins& step, const std::vector<Drift>& left, std::vector<PinFailure> said,
             Installed& installed) {
    for (const Drift& drift : step.pins) {
        if (!applies(drift.requirement, installed.virtualenv)) continue;
        const Drift* still = find_pin(left, drift.requirement);
        if (still == nullptr) {
            Drift done = drift;
            std::string& version = done.requirement.version;
            if (version.empty()) version = installed_version(drift.requirement, installed.virtualenv);
            installed.actions.push_back(display_done(Step{InstallPins{{std::move(done)}}}));
            continue;
        }
        const auto found = std::find_if(said.begin(), said.end(),
                                        [&](const PinFailure& one) { return one.requirement == drift.requirement; });
        if (found != said.end()) {
            installed.failures.push_back(*found);
            continue;
        }
        installed.failures.push_back(
            {drift.requirement, PinFailureKind::unknown,
             fmt::format("the installer reported no failure, but the virtualenv has: {}", still->installed)});
    }
}

// The folders of --find-links are those of the repository.
void find_in_folder(std::vector<std::string>& options, const fs::path& folder) {
    for (std::size_t i = 1; i < options.size(); ++i) {
        std::string& place = options[i];
        const bool is_place = options[i - 1] == "--find-links" || options[i - 1] == "-f";
        if (is_place && !place.starts_with('/') && !contains(place, ":")) place = (folder / place).string();
    }
}

}  // namespace

bool is_machine_failure(const Error& error) noexcept {
    return error.code == ErrorCode::no_space || error.code == ErrorCode::io;
}

Status require_all_pins(const std::vector<PinFailure>& failures, const std::string& hint) {
    if (failures.empty()) return {};
    std::vector<std::string> reasons;
    reasons.reserve(failures.size());
    for (const PinFailure& failure : failures) {
        reasons.push_back(fmt::format("{}: {}", display(failure.requirement), failure.reason));
    }
    return Error{ErrorCode::failed, fmt::format("{}", fmt::join(reasons, "; ")), hint};
}

Status check_machine(const std::vector<PinFailure>& failures) {
    for (const PinFailure& failure : failures) {
        if (failure.kind != PinFailureKind::machine) continue;
        return Error{ErrorCode::io, fmt::format("{}: {}", display(failure.requirement), failure.reason), {}};
    }
    return {};
}

VirtualenvOwner virtualenv_owner(const Observation& observation) {
    return {observation.connector.name, observation.owner.home, observation.place.path, observation.connector.path};
}

PreparedInstall prepare_install(const InstallPins& step, const VirtualenvOwner& owner, const RunEvents& events) {
    PreparedInstall prepared;
    events.tell(owner.connector, "looking up its pins");
    prepared.requests = make_requests(step, owner, prepared.failures);
    return prepared;
}

InstallJob install_job(std::vector<InstallRequest> requests, const Gupfile& gupfile,
                       const ObservedVirtualenv& virtualenv) {
    InstallJob job{std::move(requests), {}, gupfile.constraints, gupfile.index_options, gupfile.is_lock};
    if (!virtualenv.own_folders.empty()) find_in_folder(job.index_options, virtualenv.own_folders.front());
    const std::vector<Drift> drift = find_drift(gupfile, virtualenv);
    for (const Requirement& pin : gupfile.pins) {
        const auto is_it = [&](const InstallRequest& request) { return request.requirement == pin; };
        const bool is_asked = std::any_of(job.requests.begin(), job.requests.end(), is_it);
        if (is_asked || find_pin(drift, pin) != nullptr || !applies(pin, virtualenv)) continue;
        job.satisfied.push_back({pin, {}, false});
    }
    return job;
}

Installed install(const InstallPins& step, PreparedInstall prepared, const InstallTarget& place,
                  const InstallerSettings& settings, const RunEvents& events) {
    Installed installed;
    installed.virtualenv = place.virtualenv;
    std::vector<PinFailure>& failures = prepared.failures;
    take_out_folders(prepared.requests, failures);
    if (!prepared.requests.empty()) {
        call_installer(std::move(prepared.requests), place, settings, events, failures);
        auto now = inspect_virtualenv({true, place.virtualenv.path});
        if (!now.ok()) {
            for (const Drift& drift : step.pins)
                installed.failures.push_back(to_failure(drift.requirement, now.error()));
            return installed;
        }
        now->own_folders = place.virtualenv.own_folders;
        installed.virtualenv = *std::move(now);
        // pip flushes almost nothing itself. The kernel reports lost writes only once: a second call would succeed.
        if (auto status = sync_file_system(place.virtualenv.path); !status.ok()) {
            for (const Drift& drift : step.pins)
                installed.failures.push_back(to_failure(drift.requirement, status.error()));
            return installed;
        }
    }
    compare(step, find_drift(place.gupfile, installed.virtualenv), std::move(failures), installed);
    return installed;
}

Installed install(const InstallPins& step, const InstallTarget& place, const InstallerSettings& settings,
                  const RunEvents& events) {
    return install(step, prepare_install(step, place.owner, events), place, settings, events);
}

}  // namespace gup
