// SPDX-License-Identifier: Apache-2.0
// The first half of a run: the state of each connector, and of its remote. Changes nothing on disk.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connector/declaration.hpp"
#include "connector/scan.hpp"
#include "connector/settings.hpp"
#include "connector/stacks.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/generation.hpp"
#include "core/observed.hpp"
#include "core/revision.hpp"
#include "host/owner.hpp"
#include "python/virtualenv.hpp"

namespace gup {

// The running revision, and the latest one of its upstream. The upstream is the branch that the repository follows, or
// the source that the configuration declares.
struct ObservedUpstream {
    Generation running;              // of a declared connector: the enabled release, if any
    std::optional<Revision> latest;  // nullopt: it was not asked, or did not answer
    bool is_current = false;         // what runs is of `latest`
    std::optional<Error> error;      // why the remote did not answer
};

// The place of a connector's repository. It need not exist.
struct RepositoryLocation {
    fs::path folder;            // its work tree; without one, the git folder itself
    bool has_work_tree = true;  // false: next to the releases that are made of its commits

    [[nodiscard]] fs::path git_folder() const { return has_work_tree ? folder / ".git" : folder; }
};

// The state of a connector, as plain values.
struct Observation {
    Connector connector;
    Owner owner;
    Layout layout = Layout::in_place;  // of a declared connector: releases, also before the first one
    std::string release;               // the enabled one; empty: none
    RepositoryLocation repository;
    Gupfile gupfile;               // as it is in the work tree, or in the release, with its requirements file
    DeclarationPlace declaration;  // how it is read, also of other revisions
    ObservedCode code;             // of a release: its commit, in the repository of its origin
    ObservedUpstream upstream;
    VirtualenvLocation place;
    ObservedVirtualenv virtualenv;
    ObservedStacks stacks;
    std::optional<Error> error;  // the connector could not be observed; then the rest is not filled in

    [[nodiscard]] bool unreachable() const;
    // The id of the upstream's latest revision; empty when it was not asked, did not answer, or only a download tells.
    [[nodiscard]] const std::string& latest_id() const;
    // True if the configuration declares its source: then nobody works in its folder.
    [[nodiscard]] bool is_declared() const { return connector.declared.has_value(); }
};

// Of each of them: gupfile, repository, virtualenv, one request to the remote; in the order of `connectors`.
// Reads local facts while the network works, and all questions are active at once.
// `on_observed` is called from several threads, once for each, when nothing more follows for it: others may take longer.
// Its reference is valid until observe_all returns.
using ObservedCallback = std::function<void(std::size_t index, Observation& observation)>;
[[nodiscard]] std::vector<Observation> observe_all(const std::vector<Connector>& connectors,
                                                   const ObserveSettings& settings, const RunEvents& events,
                                                   const ObservedCallback& on_observed = {});

// One of them, without a question to its remote.
[[nodiscard]] Observation observe_here(const Connector& connector, const ScanSettings& settings);

// True if at least one remote was asked and none could be reached.
[[nodiscard]] bool nothing_reachable(const std::vector<Observation>& observations);

}  // namespace gup
