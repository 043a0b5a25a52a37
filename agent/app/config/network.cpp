// SPDX-License-Identifier: Apache-2.0
#include "app/config/network.hpp"

#include <algorithm>
#include <utility>

#include "commands/add.hpp"
#include "host/owner_sandbox.hpp"
#include "source/git/initialize.hpp"
#include "source/git/repository.hpp"
#include "util/http/ca_bundle.hpp"
#include "util/http/remote_pool.hpp"

namespace gup {
namespace {

HttpOptions http_options(const Config& config) {
    HttpOptions http = config.http;
    http.patience = config.update.patience;
    http.receive_rate = static_cast<std::int64_t>(config.data.rate);
    http.connections_per_host = std::min(http.connections_per_host, static_cast<int>(config.update.parallel));
    return http;
}

// Workers may not be able to read a file that only root may read. The system's bundle is for all.
std::string preloaded_authorities(const Config& config) {
    constexpr std::uint64_t longest = 16U << 20U;
    const fs::path file = ca_bundle_file(config.http.ca_file);
    return file == system_ca_bundle ? std::string() : read_file(file, longest).value_or("");
}

}  // namespace

Result<Network> Network::start(const Config& config, DataBudget::Keep keep, const std::string& ca_text) {
    HttpOptions http = http_options(config);
    http.ca_text = ca_text;
    GUP_TRY(auto pool, HttpPool::make(http));
    GitSettings settings;
    settings.http = pool;
    settings.connect_timeout = config.http.connect_timeout;
    settings.idle_timeout = config.http.low_speed_time;
    settings.total_timeout = config.http.total_timeout;
    settings.retry = config.retry;
    settings.keys = keys_folder(config.update.state);
    settings.known_hosts = known_hosts_file(config.update.state);
    settings.max_object_size = config.max_object_size;
    settings.disk_reserve = config.update.disk_reserve;
    settings.budget = std::make_shared<DataBudget>(config.data, config.update.state / "data", keep);
    settings.state = config.update.state;
    settings.only_looks = keep == DataBudget::Keep::no;
    GUP_CHECK(git_initialize(settings));
    const NetworkAccess& access = settings;
    return Network(access);
}

Network::Network(Network&& other) noexcept
    : access_(std::move(other.access_)), started_(std::exchange(other.started_, false)) {}

Network::~Network() {
    if (started_) git_shutdown();
}

UpdateSettings worker_settings(const Config& config, DataUse use) {
    UpdateSettings settings = config.update;
    settings.connect = [&config, use, authorities = preloaded_authorities(config)](
                           UpdateSettings& own) -> Result<std::shared_ptr<void>> {
        GUP_TRY(Network started, Network::start(config, use.keep, authorities));
        const auto network = std::make_shared<Network>(std::move(started));
        if (!use.is_limited) network->access().budget->lift();
        own.network = network->access();
        own.network.built = own.built;
        own.health_http = &network->http();
        return std::shared_ptr<void>(network);
    };
    return settings;
}

std::shared_ptr<HttpPool> agent_http(const Config& config, WhileWaiting while_waiting) {
    HttpOptions http = http_options(config);
    if (!config.self_update.url.empty() || !config.notify.url.empty()) http.ca_text = preloaded_authorities(config);
    return make_remote_pool(http, worker_sandbox(network_user(), {}), std::move(while_waiting));
}

}  // namespace gup
