// SPDX-License-Identifier: Apache-2.0
// Checks that an installation is complete, by its RECORD.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/observed.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// A stamp of each dist-info's RECORD, by the dist-info's path. Another stamp means another installation.
using RecordStamps = std::map<std::string, std::string>;
[[nodiscard]] RecordStamps record_stamps(const ObservedVirtualenv& virtualenv);

struct IncompleteDistribution {
    std::string name;
    std::string version;
    std::string problem;      // all of them, with the names of the files
    bool is_certain = false;  // a RECORD that is not read, or an empty file instead of content, as after a power cut
    friend bool operator==(const IncompleteDistribution&, const IncompleteDistribution&) = default;
};
// The distributions that were installed since `before` and have a defect (no METADATA, no INSTALLER row), or a file of
// RECORD that is missing or has another size. Does not read the files. Leaves out older distributions, because an
// operator may have changed them.
[[nodiscard]] std::vector<IncompleteDistribution> find_incomplete(const ObservedVirtualenv& virtualenv,
                                                                  const RecordStamps& before);

// The files that a failed installer removed: distributions of `before` (the same virtualenv before the call), and files
// of a RECORD that still exist in `live`, from which `before` was copied. One sentence each. An installer only replaces
// files; a killed one has moved old files away and not yet written the new ones.
[[nodiscard]] std::vector<std::string> find_missing_files(const ObservedVirtualenv& before,
                                                          const ObservedVirtualenv& after, const fs::path& live);

}  // namespace gup
