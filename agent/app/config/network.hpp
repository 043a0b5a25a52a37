// SPDX-License-Identifier: Apache-2.0
// The set-up for network access: the connection pool, and git on top of it.
#pragma once

#include <memory>

#include "app/config/config.hpp"
#include "util/http/data_budget.hpp"
#include "util/http/network_access.hpp"
#include "util/http/remote_pool.hpp"
#include "util/result.hpp"

namespace gup {

// The network of one process: of a worker, for the remotes of its connectors.
class Network {
public:
    // `keep`: whether what is downloaded is added to the day's data. `ca_text`: see HttpOptions. Fails when curl or
    // libgit2 cannot be set up.
    [[nodiscard]] static Result<Network> start(const Config& config, DataBudget::Keep keep,
                                               const std::string& ca_text = {});
    Network(Network&& other) noexcept;
    Network& operator=(Network&&) = delete;
    ~Network();

    [[nodiscard]] HttpPool& http() const { return *access_.http; }
    [[nodiscard]] const NetworkAccess& access() const { return access_; }

private:
    explicit Network(NetworkAccess access) : access_(std::move(access)) {}
    NetworkAccess access_;
    bool started_ = true;
};

// What is downloaded: added to the day's data, and limited by it; or not, for commands that look, and for connectors that
// a person names.
struct DataUse {
    DataBudget::Keep keep = DataBudget::Keep::no;
    bool is_limited = false;
};
// The configuration's settings, with which each worker starts a network of its own. `config` outlives them.
[[nodiscard]] UpdateSettings worker_settings(const Config& config, DataUse use);

// For the agent's own requests, made by another process.
[[nodiscard]] std::shared_ptr<HttpPool> agent_http(const Config& config, WhileWaiting while_waiting = {});

}  // namespace gup
