#include "update/install.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "util/log.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// The refs of each repository are asked for once, whatever number of pins come from it.
class Revisions {
public:
    explicit Revisions(GitUser user) : user_(std::move(user)) {}

    Result<std::string> find(const Requirement& pin) {
        if (pin.source.empty() || is_commit_id(pin.version)) return pin.source.empty() ? std::string{} : pin.version;
        const std::string url = git_url_of(pin.source);
        if (refs_.find(url) == refs_.end()) refs_.emplace(url, list_remote(url, user_));
        const auto& refs = refs_.at(url);
        if (!refs.ok()) return refs.error();
        std::string revision = revision_for_version(*refs, pin.version);
        if (!revision.empty()) return revision;
        return Error{ErrorCode::not_found,
                     fmt::format("{} has neither a tag {} nor v{}", mask_secrets(url), pin.version, pin.version),
                     {}};
    }

private:
    GitUser user_;
    std::map<std::string, Result<std::vector<RemoteRef>>> refs_;
};

PinFailure to_failure(const Requirement& pin, const Error& error) {
    const auto kind = is_worth_a_retry(error) ? PinFailureKind::network : PinFailureKind::unknown;
    return {pin, kind, error.message};
}

std::vector<InstallRequest> make_requests(const InstallPins& step, const Observation& observation,
                                          std::vector<PinFailure>& failures) {
    Revisions revisions(GitUser{observation.owner.home});
    std::vector<InstallRequest> requests;
    for (const Drift& drift : step.pins) {
        auto revision = revisions.find(drift.requirement);
        if (revision.ok()) {
            requests.push_back({drift.requirement, *revision, drift.reinstall});
        } else {
            failures.push_back(to_failure(drift.requirement, revision.error()));
            const bool gone = revision.error().code == ErrorCode::not_found;
            if (gone) failures.back().kind = PinFailureKind::not_available;
        }
    }
    return requests;
}

const Drift* find_pin(const std::vector<Drift>& drifts, const Requirement& pin) {
    const auto found =
        std::find_if(drifts.begin(), drifts.end(), [&](const Drift& drift) { return drift.requirement == pin; });
    return found == drifts.end() ? nullptr : &*found;
}

void call_installer(const std::vector<InstallRequest>& requests, const Observation& observation,
                    const ObservedEnvironment& environment, const UpdateSettings& settings, const RunEvents& events,
                    std::vector<PinFailure>& failures) {
    const std::string& name = observation.connector.name;
    InstallerSettings installer = settings.installer;
    installer.home = observation.owner.home;
    auto report = install_pins(environment, requests, installer,
                               [&](std::string_view line) { events.tell(name, mask_secrets(line)); });
    if (!report.ok()) {
        for (const InstallRequest& request : requests)
            failures.push_back(to_failure(request.requirement, report.error()));
        return;
    }
    failures.insert(failures.end(), report->failures.begin(), report->failures.end());
    if (!report->last_output.empty()) {
        log::record(log::Level::warning, name, "the installer's last lines:\n" + report->last_output);
    }
}

// Success is what is installed, not what the installer said.
void compare(const InstallPins& step, const std::vector<Drift>& left, std::vector<PinFailure> said,
             Installed& installed) {
    for (const Drift& drift : step.pins) {
        const Drift* still = find_pin(left, drift.requirement);
        if (still == nullptr) {
            installed.actions.push_back(display(Step{InstallPins{{drift}}}));
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
             fmt::format("the installer reported no failure, but what is there now is: {}", still->installed)});
    }
}

}  // namespace

Installed install(const InstallPins& step, const Gupfile& gupfile, const Observation& observation,
                  const ObservedEnvironment& environment, const UpdateSettings& settings, const RunEvents& events) {
    Installed installed;
    installed.environment = environment;
    std::vector<PinFailure> failures;
    events.tell(observation.connector.name, "looking up its pins");
    const auto requests = make_requests(step, observation, failures);
    if (!requests.empty()) {
        call_installer(requests, observation, environment, settings, events, failures);
        auto now = inspect_environment({true, environment.path});
        if (!now.ok()) {
            for (const Drift& drift : step.pins)
                installed.failures.push_back(to_failure(drift.requirement, now.error()));
            return installed;
        }
        installed.environment = *std::move(now);
        // pip flushes hardly anything itself.
        if (auto status = sync_file_system(environment.path); !status.ok()) {
            log::warning(observation.connector.name, status.error().message);
        }
    }
    compare(step, find_drift(gupfile, installed.environment), std::move(failures), installed);
    return installed;
}

}  // namespace gup
