// SPDX-License-Identifier: Apache-2.0
// An image that the agent downloads itself: within the data budget and the rate, and going on after a cut. podman then
// takes it from a folder.
#pragma once

#include "connector/settings.hpp"
#include "connector/stacks.hpp"
#include "core/stack/stack_record.hpp"
#include "host/owner.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The folder next to a connector's generations.
inline constexpr const char* downloads_name = ".images";

struct ImageSite {
    const StackSite& stacks;
    const Owner& owner;
    fs::path downloads;  // the owner's: DIGEST/ has the parts of an image, as an OCI layout
};

// Brings the image into the storage under unit.local. False: podman must pull it, because the agent may not or does not know
// how to. Then nothing is left of the download. Fails with unreachable and timeout, with the budget's refusal, no_space and
// cancelled: then the parts stay, and the next call goes on. Fails with protocol when a registry sends something else.
[[nodiscard]] Result<bool> download_image(const StackUnit& unit, const ImageSite& site, const UpdateSettings& settings,
                                          const RunEvents& events);

// Removes the parts of images that no unit of `record` has, and that no run asked for in the last two days: a commit that
// waits and the one that runs may take turns.
void sweep_downloads(const StackRecord& record, const fs::path& downloads);

}  // namespace gup
