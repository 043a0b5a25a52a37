// What is needed before anything goes over the network: the connection pool, and git on top of it.
#pragma once

#include "app/config.hpp"
#include "util/result.hpp"

namespace gup {

class Network {
public:
    // What was learned of the servers is used, and only with `keep` kept for the next run.
    enum class Learned : bool { use, keep };
    // Fails when the CA file of the configuration cannot be used.
    [[nodiscard]] static Result<Network> start(const Config& config, Learned learned);
    Network(Network&& other) noexcept;
    Network& operator=(Network&&) = delete;
    ~Network();

private:
    Network() = default;
    bool started_ = true;
};

}  // namespace gup
