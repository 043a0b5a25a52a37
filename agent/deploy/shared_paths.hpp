// What a connector writes lives beside its releases, in <root>/.gup/<name>/shared, and each release has links to it.
#pragma once

#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "transaction/transaction.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// What lies at a persisted path of the release itself, when the shared one is there too.
enum class OwnFiles : std::uint8_t {
    are_defaults,  // came with the code: the shared one counts
    are_data,      // written by the connector: they count, and the shared one goes aside
};

// Puts links at `paths` (as check_persisted gives them) of the folder `release`. What lies there moves to the shared
// place when there is nothing yet.
[[nodiscard]] Status link_persisted(Transaction& transaction, const ConnectorLayout& site, const fs::path& release,
                                    const std::vector<std::string>& paths, OwnFiles own);

// The way back: what is shared moves into the folder `release`, in place of the links to it.
[[nodiscard]] Status unlink_persisted(Transaction& transaction, const ConnectorLayout& site, const fs::path& release,
                                      const std::vector<std::string>& paths);

}  // namespace gup
