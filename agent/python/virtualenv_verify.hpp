// Whether what an installer put into a virtualenv is really all there, as its RECORD says.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/observed.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// What identifies each dist-info's RECORD, by the dist-info's path: another one means another install.
using RecordStamps = std::map<std::string, std::string>;
[[nodiscard]] RecordStamps record_stamps(const ObservedVirtualenv& virtualenv);

// What is wrong with the distributions that were installed since `before`, one sentence each with the file's name: a
// defect (no METADATA, no INSTALLER row), a file of RECORD that is missing, or of another size. Files are looked at,
// not read. Those that were there before are left out: an operator may have changed them.
[[nodiscard]] std::vector<std::string> verify_installed(const ObservedVirtualenv& virtualenv,
                                                        const RecordStamps& before);

// What an installer that failed has taken away: distributions that `before` had (the same virtualenv as it was), and
// files of a RECORD that are still there in `live`, which `before` was copied from. One sentence each. An installer
// only ever replaces; one that was killed in the middle has moved the old files out of the way and brought no new ones.
[[nodiscard]] std::vector<std::string> find_missing_files(const ObservedVirtualenv& before,
                                                          const ObservedVirtualenv& after, const fs::path& live);

}  // namespace gup
