// The set-up for network access: the connection pool, and git on top of it.
#pragma once

#include <memory>

#include "app/config/config.hpp"
#include "util/http/data_budget.hpp"
#include "util/http/network_access.hpp"
#include "util/result.hpp"

namespace gup {

class Network {
public:
    // `keep`: whether what is downloaded is added to the day's data. Fails when the CA file of the configuration cannot
    // be used.
    [[nodiscard]] static Result<Network> start(const Config& config, DataBudget::Keep keep);
    // Disables the daily data limit, for connectors that a person names.
    void lift_data_limit() const;
    Network(Network&& other) noexcept;
    Network& operator=(Network&&) = delete;
    ~Network();

    [[nodiscard]] HttpPool& http() const { return *access_.http; }
    // The configuration's settings of a run, with this network. It outlives the run.
    [[nodiscard]] UpdateSettings settings(const Config& config) const;

private:
    explicit Network(NetworkAccess access) : access_(std::move(access)) {}
    NetworkAccess access_;
    bool started_ = true;
};

}  // namespace gup
