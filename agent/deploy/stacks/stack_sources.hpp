// SPDX-License-Identifier: Apache-2.0
// The files that stacks are made of, in a revision's code, and the copies of units that generations keep.
#pragma once

#include <memory>
#include <vector>

#include "connector/observe.hpp"
#include "core/stack/stack_files.hpp"
#include "core/stack/stack_record.hpp"
#include "host/units/unit_folder.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct StackRevision;

// Fails as reading the repository or the folder does.
[[nodiscard]] Result<std::shared_ptr<const StackFiles>> stack_files(const StackRevision& source,
                                                                    const Observation& observation);

// As the connector's owner. A copy has the mode 0600 for each file.
[[nodiscard]] Status write_kept_units(const fs::path& folder, const std::vector<UnitFolderFile>& files);
[[nodiscard]] Result<std::vector<UnitFolderFile>> read_kept_units(const fs::path& folder);
// The records of all generations in `generations` that kept their units.
[[nodiscard]] std::vector<StackRecord> kept_records(const fs::path& generations);

}  // namespace gup
