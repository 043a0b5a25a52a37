// SPDX-License-Identifier: Apache-2.0
#include "connector/observe.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "connector/connector_owner.hpp"
#include "connector/layout.hpp"
#include "connector/upstream.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/signals.hpp"
#include "util/task_queue.hpp"
#include "util/worker/sandbox.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

// A worker acts for the owner that the agent found. It has no business with a connector of somebody else.
Status check_still_owner(const Owner& owner) {
    const bool is_one_of_many = in_worker() && (works_as_another() || ::geteuid() == 0);
    if (!is_one_of_many || owner.uid == ::geteuid()) return {};
    return Error{ErrorCode::conflict, fmt::format("it became {}'s while it was looked at", owner.name),
                 "the next run asks again for its owner"};
}

// The question goes out before the virtualenv is read, so that the network works meanwhile.
Status look(Observation& observation, const ScanSettings& settings, UpstreamQuestion* question) {
    const Connector& connector = observation.connector;
    observation.owner = owner_with(nobody_id);  // never root by mistake
    GUP_TRY(observation.owner, find_owner(settings, connector.name));
    GUP_CHECK(check_still_owner(observation.owner));
    observation.place = find_virtualenv(settings.root, connector.name, observation.owner.home);
    GUP_CHECK(check_belongings(settings, connector.name, observation.owner, observation.place));
    observation.release = enabled_release(settings.root, connector.name);
    const bool is_in_releases = observation.is_declared() || !observation.release.empty();
    observation.layout = is_in_releases ? Layout::releases : Layout::in_place;
    observation.declaration = declaration_place(settings, connector.name, observation.owner);
    GUP_CHECK(make_upstream(observation)->observe(observation, question));
    auto virtualenv = inspect_virtualenv(observation.place);
    if (!virtualenv.ok()) return virtualenv.error().with_context("cannot read the virtualenv");
    observation.virtualenv = *std::move(virtualenv);
    observation.virtualenv.own_folders = paths_of_folder(connector.path);
    const StackSettings& stacks = stack_settings(settings, connector.name);
    observation.stacks = observe_stacks(connector.name, {stacks, observation.owner, observation.gupfile.services,
                                                         connector.path, observation.code.commit});
    return {};
}

bool can_be_asked(const Observation& observation) {
    return !observation.error && observation.code.condition == CodeCondition::ready;
}

// All connectors at once. One thread per core reads local facts, and sends each question as soon as it is known. Then
// the answers are awaited, and remotes that need more than one request are asked (ssh, paths). A question that failed
// for a moment is sent again after a while, and one that takes long holds up no other.
class Observer {
public:
    Observer(const std::vector<Connector>& connectors, const ObserveSettings& settings, const RunEvents& events,
             const ObservedCallback& on_observed)
        : connectors_(connectors),
          settings_(settings),
          events_(events),
          on_observed_(on_observed),
          observations_(connectors.size()),
          questions_(connectors.size()),
          retries_(connectors.size()),
          queue_({settings.parallel, most_waiting, TaskQueue::Limits{}.patience, stop_requested}) {}

    std::vector<Observation> make() {
        const std::size_t cores = std::max(2U, std::thread::hardware_concurrency());
        parallel_for(connectors_.size(), std::min(settings_.parallel, cores), [&](std::size_t i) { look_at(i); });
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < connectors_.size(); ++i) {
            if (can_be_asked(observations_[i])) {
                open.push_back(i);
            } else {
                end(i);
            }
        }
        if (open.empty()) return std::move(observations_);
        for (const std::size_t i : open) queue_.add([this, i] { questions_[i] ? receive(i) : ask(i); });
        queue_.close();
        queue_.run();
        return std::move(observations_);
    }

private:
    static constexpr std::size_t most_waiting = 64;

    void look_at(std::size_t i) {
        Observation& observation = observations_[i];
        observation.connector = connectors_[i];
        const log::ConnectorScope scope(connectors_[i].name);
        events_.tell(connectors_[i].name, asking_remote);
        auto status = look(observation, settings_, &questions_[i]);
        if (!status.ok()) observation.error = std::move(status).error();
        if (observation.error) questions_[i].reset();
    }

    void ask(std::size_t i) {
        Observation& observation = observations_[i];
        const log::ConnectorScope scope(connectors_[i].name);
        auto status = make_upstream(observation)->ask(observation, settings_.network, questions_[i]);
        const bool is_asked = status.ok() && questions_[i];
        if (!status.ok()) observation.upstream.error = std::move(status).error();
        is_asked ? receive(i) : end(i);
    }

    void receive(std::size_t i) {
        const log::ConnectorScope scope(connectors_[i].name);
        Observation& observation = observations_[i];
        take_answer(observation, questions_[i]->answer());
        const RetryPolicy& policy = settings_.network.retry;
        const auto& error = observation.upstream.error;
        if (!error || !is_worth_a_retry(*error) || retries_[i] >= policy.retries || stop_requested()) return end(i);
        const Milliseconds delay = delay_before_retry(policy, ++retries_[i], *error);
        const char* failure = is_network_failure(*error) ? "no answer" : "no usable answer";
        events_.tell(connectors_[i].name,
                     Activity{fmt::format("{}, try {} of {}", failure, retries_[i] + 1, policy.retries + 1), 0, delay});
        queue_.add([this, i] { send_again(i); }, delay);
    }

    void send_again(std::size_t i) {
        if (stop_requested()) return end(i);
        const log::ConnectorScope scope(connectors_[i].name);
        events_.tell(connectors_[i].name, asking_remote);
        auto status = questions_[i]->send_again();
        if (status.ok()) return receive(i);
        observations_[i].upstream.error = std::move(status).error();
        end(i);
    }

    void end(std::size_t i) {
        questions_[i].reset();
        const ObservedUpstream& upstream = observations_[i].upstream;
        const bool has_news = upstream.latest && !upstream.is_current;
        events_.tell(connectors_[i].name, upstream.error ? "no answer" : has_news ? waiting_for_turn : "");
        if (on_observed_) on_observed_(i, observations_[i]);
    }

    const std::vector<Connector>& connectors_;
    const ObserveSettings& settings_;
    const RunEvents& events_;
    const ObservedCallback& on_observed_;
    std::vector<Observation> observations_;
    std::vector<UpstreamQuestion> questions_;
    std::vector<int> retries_;
    TaskQueue queue_;
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
                                     const RunEvents& events, const ObservedCallback& on_observed) {
    return Observer(connectors, settings, events, on_observed).make();
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
