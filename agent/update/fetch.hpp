// SPDX-License-Identifier: Apache-2.0
// Fetches the latest revisions of the upstreams, and compares them with what runs: all that decide() has to know of them,
// as plain values.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "connector/observe.hpp"
#include "core/plan.hpp"
#include "source/code_tree.hpp"

namespace gup {

class MaintenanceWindow;

struct Fetched {
    CodeTarget target;                    // the latest revision, seen from what runs
    std::optional<Revision> revision;     // of a source, that came: of an archive maybe a newer one than it announced
    std::optional<Generation> installed;  // a release of that revision, which was left once
    std::optional<Gupfile> gupfile;       // of that revision, if it is not the one here
    std::optional<Deferral> deferred;     // why it has to wait: nothing was fetched
    std::optional<Error> error;           // why it could not be brought here
    // What would change in its stacks: tags of images that moved, for fetch_aside all of it. Empty: nothing, or unknown.
    std::string stacks;
    std::string moved;        // of the images whose tags moved: another text for other images
    bool has_stacks = false;  // its latest revision has a folder of stacks, or may have one
    std::string damage;       // why the plain folder does not have the files of the running release
};

// For one connector. The tree is of the process that fetched: open, checked, and to be written by its deployment.
struct FetchResult {
    Fetched fetched;
    std::shared_ptr<const CodeTree> tree;  // of a source's new revision; may be empty
};

// True if something has to be downloaded, or compared with what is here already.
[[nodiscard]] bool needs_fetch(const Observation& observation);
// True if registries are asked whether the tags of its images have moved: its gupfile says images = "nightly".
[[nodiscard]] bool asks_registries(const Observation& observation);
// Any thread. What changes a repository has the connector's journal. `gate` is asked before anything is downloaded.
[[nodiscard]] FetchResult fetch(const Observation& observation, MaintenanceWindow& gate, const UpdateSettings& settings,
                                const RunEvents& events);

// The same for `check`: into a temporary folder, so that nothing here changes.
[[nodiscard]] Fetched fetch_aside(const Observation& observation, const UpdateSettings& settings,
                                  const RunEvents& events);

}  // namespace gup
