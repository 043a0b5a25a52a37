// From what a declared connector's source has to what is to be deployed: brought here, and its gupfile read.
#pragma once

#include <optional>
#include <string>

#include "connector/observe.hpp"
#include "core/plan.hpp"
#include "update/decide.hpp"
#include "util/result.hpp"

namespace gup {

// Whether the release that runs is what the source has.
[[nodiscard]] bool is_at_source(const Observation& observation);

// Finds or brings what the source has, beside the releases, where nothing runs of it. Only while acting as the owner.
[[nodiscard]] Status fetch_source(Observation& observation, const RunEvents& events);

// What a crash left of a download whose release runs.
void sweep_source(const Observation& observation);

struct SourceTarget {
    CodeTarget code;
    std::string gupfile;  // of the version that is to be deployed; unless code.relation is same
};

// What is to be: nobody works in a release, so that whatever the source has takes the place of what runs. In place it
// has come already (fetch_source); aside it is brought into a temporary folder. Only while acting as the owner.
[[nodiscard]] Result<SourceTarget> find_source_target(const Observation& observation, FetchMode mode,
                                                      const RunEvents& events);

}  // namespace gup
