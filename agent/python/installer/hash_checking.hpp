// SPDX-License-Identifier: Apache-2.0
// Archives that the installer checks against the hashes of the declaration. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "python/installer/installer.hpp"
#include "python/installer/installer_output.hpp"

namespace gup {

// Whether any requirement of the job has hashes. As for pip, all archives are checked then.
[[nodiscard]] bool has_hashes(const InstallJob& job);

// Git repositories and folders: there is no archive with a hash.
[[nodiscard]] bool is_archive(const InstallRequest& request);

// Why no archive of it can be checked: there is none, it has no hash, or any version would do. nullopt: it can be.
[[nodiscard]] std::optional<InstallerCause> reason_against_checking(const InstallRequest& request);

// Whether a failed call has downloaded an archive that is another one.
[[nodiscard]] bool tells_of_mismatch(const std::vector<std::string>& lines);

// What a failed call tells of hashes: an archive that is another one, or a package that needs one without a hash.
// `pins` as for read_verdict. Empty: the cause is another one.
[[nodiscard]] std::vector<Blame> read_hash_failures(const std::vector<std::string>& lines,
                                                    const std::vector<Requirement>& pins);

}  // namespace gup
