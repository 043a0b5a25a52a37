// What is needed before anything goes over the network: the connection pool, and git on top of it.
#pragma once

#include "app/config.hpp"
#include "util/result.hpp"

namespace gup {

class Network {
public:
    // Fails when the CA file of the configuration cannot be used.
    [[nodiscard]] static Result<Network> start(const Config& config);
    Network(Network&& other) noexcept;
    Network& operator=(Network&&) = delete;
    ~Network();

private:
    Network() = default;
    bool started_ = true;
};

}  // namespace gup
