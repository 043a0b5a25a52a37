// SPDX-License-Identifier: Apache-2.0
// The origin of a connector's code: the repository in its folder, the one that was adopted with it, or the source that
// the configuration declares. One interface for what an observation needs of it.
#pragma once

#include <memory>
#include <optional>

#include "connector/observe.hpp"
#include "source/git/repository.hpp"
#include "source/source.hpp"
#include "util/result.hpp"

namespace gup {

// A question to an upstream that is on its way.
using UpstreamQuestion = std::optional<RemoteQuestion>;

// Every call as the connector's owner.
class Upstream {
public:
    Upstream() = default;
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;
    virtual ~Upstream() = default;

    // Fills in repository, gupfile, code and the running revision. Also sends `question`, if it is given, and if it is
    // one small request whose answer can be awaited later.
    [[nodiscard]] virtual Status observe(Observation& observation, UpstreamQuestion* question) const = 0;
    // Sends the question and waits for the answer, or leaves one in `question` that can be waited for.
    [[nodiscard]] virtual Status ask(Observation& observation, const NetworkAccess& network,
                                     UpstreamQuestion& question) const = 0;
};

[[nodiscard]] std::unique_ptr<Upstream> make_upstream(const Observation& observation);

// Records the upstream's answer.
void take_answer(Observation& observation, Result<std::string> commit);

// The source of a declared connector.
[[nodiscard]] std::unique_ptr<Source> source_of(const Observation& observation, const NetworkAccess& network);

// The connector's repository, opened as its owner.
[[nodiscard]] Result<GitRepository> open_repository(const Observation& observation);
// The user whose git configuration and deploy key are used for it.
[[nodiscard]] GitUser git_user(const Observation& observation);

}  // namespace gup
