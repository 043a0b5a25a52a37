// The first half of a run: what is there, and where each remote stands. Changes nothing on disk.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/scan.hpp"
#include "connector/settings.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/observed.hpp"
#include "host/owner.hpp"
#include "python/virtualenv.hpp"
#include "source/git/repository.hpp"
#include "source/source.hpp"

namespace gup {

struct Observation {
    Connector connector;
    Owner owner;
    std::string release;  // the enabled one, in the releases layout; empty: the code is in place
    Gupfile gupfile;      // as it lies in the work tree, or in the release
    ObservedCode code;    // of a release: the commit that it was made of, in the repository that it came from
    VirtualenvLocation place;
    ObservedVirtualenv virtualenv;
    Generation made;                         // of a declared connector: the release that is enabled, if there is one
    std::optional<SourceVersion> available;  // of a declared connector: what its source has, or what came of it
    std::optional<Generation> installed;     // the release that is of it already, which was left once
    std::string latest_commit;               // what the upstream is at; empty when it was not asked or did not answer
    std::optional<Error> remote_error;       // why it did not answer
    std::optional<Error> fetch_error;        // why that commit could not be brought here (update/decide.hpp)
    std::optional<Error> error;  // the connector could not be looked at at all; then the rest is not filled in

    [[nodiscard]] bool unreachable() const;
    // What the source of a declared connector has: from now on it is the remote's commit, and its branch.
    void take(SourceVersion version);
    // Whether its code is in releases: it is, or is to be.
    [[nodiscard]] bool is_in_releases() const { return !release.empty() || connector.declared != nullptr; }
};

// Each of them as its owner: gupfile, repository, virtualenv, one request to the remote; in the order of `connectors`.
// Local reading goes on while the network works, and all questions are under way at once.
[[nodiscard]] std::vector<Observation> observe_all(const std::vector<Connector>& connectors,
                                                   const UpdateSettings& settings, const RunEvents& events);

// One of them, without a question to its remote.
[[nodiscard]] Observation observe_here(const Connector& connector, const UpdateSettings& settings);

// Whether at least one remote was asked and none could be reached.
[[nodiscard]] bool nothing_reachable(const std::vector<Observation>& observations);

// Where the repository of a connector is: in its folder, or the one that was adopted with it, which need not be there.
[[nodiscard]] fs::path repository_folder(const Observation& observation);
// It, opened for its owner. Only while acting as that owner.
[[nodiscard]] Result<GitRepository> open_repository(const Observation& observation);
// Whose git configuration and which deploy key count for it.
[[nodiscard]] GitUser git_user(const Observation& observation);

}  // namespace gup
