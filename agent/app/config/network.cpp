#include "app/config/network.hpp"

#include <algorithm>
#include <utility>

#include "commands/add.hpp"
#include "source/git/initialize.hpp"
#include "source/git/repository.hpp"

namespace gup {

Result<Network> Network::start(const Config& config, DataBudget::Keep keep) {
    HttpOptions http = config.http;
    http.receive_rate = static_cast<std::int64_t>(config.data.rate);
    http.connections_per_host = std::min(http.connections_per_host, static_cast<int>(config.update.parallel));
    GUP_TRY(auto pool, HttpPool::make(http));
    GitSettings settings;
    settings.http = pool;
    settings.connect_timeout = config.http.connect_timeout;
    settings.idle_timeout = config.http.low_speed_time;
    settings.total_timeout = config.http.total_timeout;
    settings.retry = config.retry;
    settings.keys = keys_folder(config.update.state);
    settings.known_hosts = known_hosts_file(config.update.state);
    settings.disk_reserve = config.update.disk_reserve;
    settings.budget = std::make_shared<DataBudget>(config.data, config.update.state / "data", keep);
    GUP_CHECK(git_initialize(settings));
    const NetworkAccess& access = settings;
    return Network(access);
}

Network::Network(Network&& other) noexcept
    : access_(std::move(other.access_)), started_(std::exchange(other.started_, false)) {}

UpdateSettings Network::settings(const Config& config) const {
    UpdateSettings settings = config.update;
    settings.network = access_;
    settings.health_http = &http();
    return settings;
}

void Network::lift_data_limit() const {
    access_.budget->lift();
}

Network::~Network() {
    if (started_) git_shutdown();
}

}  // namespace gup
