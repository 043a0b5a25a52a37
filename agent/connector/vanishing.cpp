// SPDX-License-Identifier: Apache-2.0
#include "connector/vanishing.hpp"

#include <fmt/format.h>

#include "util/sys/mounts.hpp"

namespace gup {

std::optional<Error> vanishing_updates(const UpdateSettings& settings) {
    for (const fs::path& path : {settings.root, settings.state}) {
        const auto place = memory_place(path);
        // A root file system in memory may be a container's, which no boot undoes: doctor tells of it.
        if (!place || place->kind != MemoryKind::overlay || !place->looks_lasting()) continue;
        return Error{
            ErrorCode::unsupported,
            fmt::format("the next boot would undo an update: {} is on an overlay that keeps its changes in memory",
                        path.string()),
            "overlayroot-chroot gup-agent now updates below the overlay; raspi-config nonint do_overlayfs 1 and a "
            "reboot remove it"};
    }
    return std::nullopt;
}

}  // namespace gup
