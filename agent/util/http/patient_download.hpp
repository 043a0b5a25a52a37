// SPDX-License-Identifier: Apache-2.0
// A download with the retries and limits of a run.
#pragma once

#include "util/http/download.hpp"
#include "util/http/network_access.hpp"

namespace gup {

// As download(), in as many attempts as bring the file nearer: one that received bytes is followed by another, however
// many retries there are. Spends the network's budget, writes it down at the end, and leaves the disk reserve free.
// `request.admit` is replaced. A part that cannot be resumed is removed, and so is one that fills the disk. Fails as
// download() does, and with the budget's refusal.
[[nodiscard]] Result<Download> download_patiently(const NetworkAccess& network, DownloadRequest request);

}  // namespace gup
