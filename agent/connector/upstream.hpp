// Where a connector's code is followed from: the repository in its folder (or the one that was adopted with it), or the
// source that the configuration declares. One interface for what an observation needs of it.
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

// Every call but owner() as the connector's owner.
class Upstream {
public:
    Upstream() = default;
    Upstream(const Upstream&) = delete;
    Upstream& operator=(const Upstream&) = delete;
    virtual ~Upstream() = default;

    [[nodiscard]] virtual Result<Owner> owner(const Connector& connector, const ScanSettings& settings) const = 0;
    // Fills in gupfile, code, and which revision runs. With `question` one is sent, if it is one small request that
    // need not be waited for.
    [[nodiscard]] virtual Status observe(Observation& observation, UpstreamQuestion* question) const = 0;
    // Sends the question and waits for the answer, or leaves one in `question` that can be waited for.
    [[nodiscard]] virtual Status ask(Observation& observation, UpstreamQuestion& question) const = 0;
};

[[nodiscard]] std::unique_ptr<Upstream> make_upstream(const Connector& connector);

// What the upstream answered.
void take_answer(Observation& observation, Result<std::string> commit);
// What the source of a declared connector has: from now on it names the branch, too.
void take_revision(Observation& observation, Revision revision);

// The source of a declared connector.
[[nodiscard]] std::unique_ptr<Source> source_of(const Observation& observation);

// Where the repository of a connector is: in its folder, or the one that was adopted with it, which need not exist.
[[nodiscard]] fs::path repository_folder(const Observation& observation);
// It, opened for its owner. Only while acting as that owner.
[[nodiscard]] Result<GitRepository> open_repository(const Observation& observation);
// Whose git configuration and which deploy key are used for it.
[[nodiscard]] GitUser git_user(const Observation& observation);

}  // namespace gup
