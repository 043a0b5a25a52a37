// SPDX-License-Identifier: Apache-2.0
// Where the plain folder of a connector is, and whether it can be kept there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "deploy/mirror/mirror.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// In the name of a folder's next content, before the release's id.
inline constexpr const char* next_mark = ".gup-";

// The plain folder of the site's connector, for its move from one release to another ("": from none); nullopt when it
// has none. Fails with conflict when it and root, or the plain folder of another connector, are one in the other, and
// when it is a mount point or no folder. Fails with permission when nothing can be made next to it. As the owner.
[[nodiscard]] Result<std::optional<Mirror>> find_mirror(const UpdateSettings& settings, const ConnectorLayout& site,
                                                        const std::string& id, const std::string& before);
// Why the plain folder of the site's connector does not have the files of the enabled release, which has to be enabled
// again then; empty: it has them, or none is wanted. As the owner.
[[nodiscard]] std::string mirror_damage(const std::vector<DeclaredConnector>& declared, const ConnectorLayout& site,
                                        const Generation& release);

// True when a file system begins at that folder: another one than `device`, or the same, mounted there once more.
[[nodiscard]] bool is_mount_point(const fs::path& path, std::uint64_t device, const FileInfo& info);

}  // namespace gup
