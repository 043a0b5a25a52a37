#include "app/network.hpp"

#include <utility>

#include "source/git.hpp"

namespace gup {

Result<Network> Network::start(const Config& config, Learned learned) {
    GUP_TRY(auto pool, HttpPool::make(config.http));
    GitSettings settings;
    settings.http = std::move(pool);
    settings.connect_timeout = config.http.connect_timeout;
    settings.idle_timeout = config.http.low_speed_time;
    settings.total_timeout = config.http.total_timeout;
    settings.retry = config.retry;
    settings.servers = config.update.state / "servers";
    settings.writes_servers = learned == Learned::keep;
    GUP_CHECK(git_initialize(settings));
    return Network();
}

Network::Network(Network&& other) noexcept : started_(std::exchange(other.started_, false)) {}

Network::~Network() {
    if (started_) git_shutdown();
}

}  // namespace gup
