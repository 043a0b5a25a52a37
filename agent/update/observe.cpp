#include "update/observe.hpp"

#include <algorithm>

#include "util/log.hpp"
#include "util/parallel.hpp"

namespace gup {
namespace {

constexpr std::uint64_t gupfile_limit = 1U << 20U;

// What open() says of a folder without a usable repository, as the condition that the planner knows.
ObservedCode unusable_code(const Error& error) {
    ObservedCode code;
    code.detail = error.message;
    switch (error.code) {
        case ErrorCode::not_found:
            code.condition = CodeCondition::not_a_repository;
            break;
        case ErrorCode::unsupported:
            code.condition = CodeCondition::bare;
            break;
        default:
            code.condition = CodeCondition::corrupt;
            break;
    }
    return code;
}

void observe_code(Observation& observation) {
    const auto repository = open_repository(observation);
    if (!repository.ok()) {
        observation.code = unusable_code(repository.error());
        return;
    }
    auto code = repository->observe(observation.gupfile.branch);
    if (!code.ok()) {
        observation.code = unusable_code(code.error());
        return;
    }
    observation.code = *std::move(code);
    if (observation.code.condition != CodeCondition::ready) return;
    auto commit = repository->ask_remote(observation.code);
    if (commit.ok()) {
        observation.remote_commit = *std::move(commit);
    } else {
        observation.remote_error = commit.error();
    }
}

Status observe_as_owner(Observation& observation, const UpdateSettings& settings) {
    const Connector& connector = observation.connector;
    GUP_TRY(const ActingAs acting, ActingAs::begin(observation.owner));
    auto text = read_file(connector.path / "gupfile", gupfile_limit);
    if (!text.ok()) return text.error().with_context("cannot read the gupfile");
    observation.gupfile = parse_gupfile(*text);
    observation.place = find_environment(settings.root, connector.name, observation.owner.home);
    observation.environment.path = observation.place.path.string();
    if (observation.place.present) {
        auto environment = inspect_environment(observation.place);
        if (!environment.ok()) return environment.error().with_context("cannot read the virtualenv");
        observation.environment = *std::move(environment);
    }
    observe_code(observation);
    return {};
}

}  // namespace

bool Observation::unreachable() const {
    return remote_error && is_network_failure(*remote_error);
}

Result<GitRepository> open_repository(const Observation& observation) {
    return GitRepository::open(observation.connector.path, GitUser{observation.owner.home});
}

Observation observe(const Connector& connector, const UpdateSettings& settings, const RunEvents& events) {
    const log::ConnectorScope scope(connector.name);
    events.tell(connector.name, "asking its remote");
    Observation observation;
    observation.connector = connector;
    auto owner = owner_of(connector.path);
    if (!owner.ok()) {
        observation.error = owner.error();
        return observation;
    }
    observation.owner = *std::move(owner);
    if (auto status = observe_as_owner(observation, settings); !status.ok()) observation.error = status.error();
    events.tell(connector.name, "waiting for its turn");
    return observation;
}

std::vector<Observation> observe_all(const std::vector<Connector>& connectors, const UpdateSettings& settings,
                                     const RunEvents& events) {
    std::vector<Observation> observations(connectors.size());
    parallel_for(connectors.size(), settings.parallel,
                 [&](std::size_t i) { observations[i] = observe(connectors[i], settings, events); });
    return observations;
}

bool nothing_reachable(const std::vector<Observation>& observations) {
    const auto asked = [](const Observation& one) { return one.remote_error || !one.remote_commit.empty(); };
    const auto dead = [&](const Observation& one) { return !asked(one) || one.unreachable(); };
    return std::any_of(observations.begin(), observations.end(), asked) &&
           std::all_of(observations.begin(), observations.end(), dead);
}

}  // namespace gup
