// SPDX-License-Identifier: Apache-2.0
// Health checks that did not come to an end: the run was stopped or killed, or the machine lost its power. A release that
// causes this must not do so every night. Kept in the agent's state, which no connector's owner can change.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "core/quarantine.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

class HealthStrikes {
public:
    // So many interrupted health checks of one release, one after the other, put it into quarantine.
    static constexpr int limit = 3;

    explicit HealthStrikes(const fs::path& state) : folder_(state / "health") {}

    // Before a health check: one more strike for `release`, on disk; another release begins at one. A worker asks the
    // agent, as for end().
    [[nodiscard]] Status begin(const std::string& connector, const Release& release) const;
    // It came to a verdict: none of its strikes is left.
    void end(const std::string& connector) const;
    // The agent's answer to a worker's question, whose connector is the worker's.
    [[nodiscard]] Status answer(const nlohmann::json& with) const;
    // The entry for the release that has all its strikes; nullopt if there is none.
    [[nodiscard]] std::optional<QuarantinedRelease> struck_out(const std::string& connector) const;

private:
    struct Record;
    [[nodiscard]] fs::path file_of(const std::string& connector) const { return folder_ / (connector + ".json"); }
    [[nodiscard]] Record read(const std::string& connector) const;

    fs::path folder_;
};

}  // namespace gup
