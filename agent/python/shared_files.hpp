// SPDX-License-Identifier: Apache-2.0
// Files that two distributions own: an installer that replaces one of them removes or overwrites the other's.
#pragma once

#include <string>
#include <vector>

#include "core/observed.hpp"
#include "python/installed_record.hpp"
#include "python/virtualenv_prefix.hpp"
#include "python/virtualenv_verify.hpp"
#include "util/sys/file.hpp"

namespace gup {

// A file of a distribution that the installer did not mean to change.
struct HurtFile {
    const Distribution* distribution = nullptr;  // of the virtualenv that was given
    fs::path path;
    RecordRow row;
    std::string by;  // of an overwritten one: "foo 2.0", whose RECORD has the file, too
};
struct HurtFiles {
    std::vector<HurtFile> lost;
    std::vector<HurtFile> overwritten;  // with another content than the distribution's
};
// What distributions that have kept their RECORD since `before` have lost of what they have in `live`, the virtualenv
// that this one was copied from. A file with the same content in both is no loss, nor is a .pyc.
[[nodiscard]] HurtFiles find_hurt_files(const ObservedVirtualenv& virtualenv, const RecordStamps& before,
                                        const fs::path& live);

// The first file of each distribution that its RECORD has and the virtualenv has not.
[[nodiscard]] std::vector<HurtFile> find_files_gone(const ObservedVirtualenv& virtualenv);

// Takes the lost files from `live` whose content is as the distribution's own RECORD says. Returns the others.
[[nodiscard]] std::vector<HurtFile> restore_files(std::vector<HurtFile> lost, const fs::path& live,
                                                  const PrefixChange& change);

}  // namespace gup
