#include "connector/observe.hpp"

#include <algorithm>
#include <functional>
#include <thread>

#include "connector/connector_owner.hpp"
#include "connector/layout.hpp"
#include "connector/upstream.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"

namespace gup {
namespace {

// The question goes out before the virtualenv is read, so that the network works meanwhile.
Status look(Observation& observation, const ScanSettings& settings, UpstreamQuestion* question) {
    const Connector& connector = observation.connector;
    observation.owner = owner_with(nobody_id);  // never root by mistake
    GUP_TRY(observation.owner, find_owner(settings, connector.name));
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(observation.owner));
    observation.place = find_virtualenv(settings.root, connector.name, observation.owner.home);
    GUP_CHECK(check_belongings(settings, connector.name, observation.owner, observation.place));
    observation.release = enabled_release(settings.root, connector.name);
    const bool is_in_releases = observation.is_declared() || !observation.release.empty();
    observation.layout = is_in_releases ? Layout::releases : Layout::in_place;
    GUP_CHECK(make_upstream(observation)->observe(observation, question));
    observation.virtualenv.path = observation.place.path.string();
    if (observation.place.present) {
        auto virtualenv = inspect_virtualenv(observation.place);
        if (!virtualenv.ok()) return virtualenv.error().with_context("cannot read the virtualenv");
        observation.virtualenv = *std::move(virtualenv);
    }
    return {};
}

bool can_be_asked(const Observation& observation) {
    return !observation.error && observation.code.condition == CodeCondition::ready;
}

// All connectors at once, in three steps. One thread per core reads local facts, and sends each question as soon as it
// is known. Waiting threads ask remotes that need more than one request (ssh, paths). Then the answers are collected,
// and temporary failures are asked again together.
class Observer {
public:
    Observer(const std::vector<Connector>& connectors, const ObserveSettings& settings, const RunEvents& events)
        : connectors_(connectors),
          settings_(settings),
          events_(events),
          observations_(connectors.size()),
          questions_(connectors.size()) {}

    std::vector<Observation> make() {
        const std::size_t cores = std::max(2U, std::thread::hardware_concurrency());
        parallel_for(connectors_.size(), std::min(settings_.parallel, cores), [&](std::size_t i) { look_at(i); });
        std::vector<std::size_t> unasked;
        for (std::size_t i = 0; i < connectors_.size(); ++i) {
            if (can_be_asked(observations_[i]) && !questions_[i]) unasked.push_back(i);
        }
        for_each(unasked, [&](std::size_t i) { ask(i); });
        collect();
        return std::move(observations_);
    }

private:
    void for_each(const std::vector<std::size_t>& which, const std::function<void(std::size_t)>& act) {
        parallel_for(which.size(), settings_.parallel, [&](std::size_t i) { act(which[i]); });
    }

    void look_at(std::size_t i) {
        Observation& observation = observations_[i];
        observation.connector = connectors_[i];
        const log::ConnectorScope scope(connectors_[i].name);
        events_.tell(connectors_[i].name, "asking its remote");
        auto status = look(observation, settings_, &questions_[i]);
        if (!status.ok()) observation.error = std::move(status).error();
        if (observation.error) questions_[i].reset();
        if (!can_be_asked(observation)) events_.tell(connectors_[i].name, "waiting for its turn");
    }

    // Another connector may have found out the server's protocol meanwhile.
    void ask(std::size_t i) {
        Observation& observation = observations_[i];
        as_owner(i, [&] { return make_upstream(observation)->ask(observation, settings_.network, questions_[i]); });
        if (!questions_[i]) events_.tell(connectors_[i].name, "waiting for its turn");
    }

    void collect() {
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < questions_.size(); ++i) {
            if (questions_[i]) open.push_back(i);
        }
        const RetryPolicy& policy = settings_.network.retry;
        for (int retry = 1; !open.empty(); ++retry) {
            for_each(open, [&](std::size_t i) { receive(i); });
            const auto is_done = [&](std::size_t i) {
                const auto& error = observations_[i].upstream.error;
                return retry > policy.retries || !error || !is_worth_a_retry(*error);
            };
            for (const std::size_t i : open) {
                if (!is_done(i)) continue;
                questions_[i].reset();
                events_.tell(connectors_[i].name, "waiting for its turn");
            }
            open.erase(std::remove_if(open.begin(), open.end(), is_done), open.end());
            if (open.empty() || !wait_before_retry(policy, retry)) break;
            for_each(open, [&](std::size_t i) { as_owner(i, [&] { return questions_[i]->send_again(); }); });
        }
    }

    void receive(std::size_t i) {
        as_owner(i, [&]() -> Status {
            take_answer(observations_[i], questions_[i]->answer());
            return {};
        });
    }

    void as_owner(std::size_t i, const std::function<Status()>& act) {
        const log::ConnectorScope scope(connectors_[i].name);
        const auto acting = EffectiveUser::begin(observations_[i].owner);
        auto status = acting.ok() ? act() : Status(acting.error());
        if (!status.ok()) observations_[i].upstream.error = std::move(status).error();
    }

    const std::vector<Connector>& connectors_;
    const ObserveSettings& settings_;
    const RunEvents& events_;
    std::vector<Observation> observations_;
    std::vector<UpstreamQuestion> questions_;
};

}  // namespace

bool Observation::unreachable() const {
    return upstream.error && is_network_failure(*upstream.error);
}

const std::string& Observation::latest_id() const {
    static const std::string none;
    return upstream.latest ? upstream.latest->id : none;
}

std::vector<Observation> observe_all(const std::vector<Connector>& connectors, const ObserveSettings& settings,
                                     const RunEvents& events) {
    return Observer(connectors, settings, events).make();
}

Observation observe_here(const Connector& connector, const ScanSettings& settings) {
    Observation observation;
    observation.connector = connector;
    auto status = look(observation, settings, nullptr);
    if (!status.ok()) observation.error = std::move(status).error();
    return observation;
}

bool nothing_reachable(const std::vector<Observation>& observations) {
    const auto asked = [](const Observation& one) { return one.upstream.error || one.upstream.latest; };
    const auto dead = [&](const Observation& one) { return !asked(one) || one.unreachable(); };
    return std::any_of(observations.begin(), observations.end(), asked) &&
           std::all_of(observations.begin(), observations.end(), dead);
}

}  // namespace gup
