// SPDX-License-Identifier: Apache-2.0
#include "update/gatherer.hpp"

#include <algorithm>
#include <system_error>

#include "update/maintenance_window.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

// Each takes memory for what it unpacks, and more would not make a slow link faster. Those that wait for a slow server
// are not in the way for ever.
constexpr std::size_t downloads_at_once = 4;
constexpr std::size_t most_downloads = 12;
constexpr Milliseconds download_patience{30'000};

}  // namespace

Gatherer::Gatherer(const std::vector<Connector>& connectors, MaintenanceWindow& gate, const UpdateSettings& settings,
                   const RunEvents& events)
    : connectors_(connectors),
      gate_(gate),
      settings_(settings),
      events_(events),
      downloads_({std::min(settings.parallel, downloads_at_once), most_downloads, download_patience}) {
    const SignalsHeld held;  // signals are for the main thread
    const auto observe = [this] {
        observations_ = observe_all(connectors_, settings_, events_,
                                    [this](std::size_t, const Observation& one) { observed(one); });
        downloads_.close();
    };
    downloading_ = std::thread([this] { downloads_.run(); });
    observing_ = std::thread(observe);
}

Gatherer::~Gatherer() {
    if (observing_.joinable()) observing_.join();
    if (downloading_.joinable()) downloading_.join();
}

// `observation` is in observe_all's vector, whose elements stay where they are when it is handed over.
void Gatherer::observed(const Observation& observation) {
    if (!needs_fetch(observation) && !asks_registries(observation)) return add(observation);
    downloads_.add([this, &observation] { add(observation); });
}

void Gatherer::add(const Observation& observation) {
    Gathered gathered{&observation, fetch(observation, gate_, settings_, events_)};
    const std::scoped_lock lock(mutex_);
    ready_.push_back(std::move(gathered));
    changed_.notify_all();
}

std::vector<Gathered> Gatherer::next_batch(Milliseconds patience) {
    std::unique_lock lock(mutex_);
    const auto is_all = [this] { return handed_ + ready_.size() == connectors_.size(); };
    changed_.wait_for(lock, patience, is_all);
    changed_.wait(lock, [&] { return !ready_.empty() || is_all(); });
    handed_ += ready_.size();
    auto batch = std::exchange(ready_, {});
    lock.unlock();
    std::sort(batch.begin(), batch.end(), [](const Gathered& a, const Gathered& b) {
        return a.observation->connector.name < b.observation->connector.name;
    });
    return batch;
}

}  // namespace gup
