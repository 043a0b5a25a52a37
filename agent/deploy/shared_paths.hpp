// SPDX-License-Identifier: Apache-2.0
// Files that a connector writes are in <root>/.gup/<name>/shared, and each release has links to them.
#pragma once

#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "transaction/transaction.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The release's own file or folder at a persisted path, when a shared one is there, too.
enum class OwnFiles : std::uint8_t {
    are_defaults,  // came with the code: the shared one is used
    are_data,      // written by the connector: they are used, and the shared one is moved aside
};

// Puts links at `paths` (as check_persisted gives them) of the folder `release`. A file or folder there moves to the
// shared place when there is none yet.
[[nodiscard]] Status link_persisted(Transaction& transaction, const ConnectorLayout& site, const fs::path& release,
                                    const std::vector<std::string>& paths, OwnFiles own);

// The inverse: shared files move into the folder `release` and replace the links.
[[nodiscard]] Status unlink_persisted(Transaction& transaction, const ConnectorLayout& site, const fs::path& release,
                                      const std::vector<std::string>& paths);

}  // namespace gup
