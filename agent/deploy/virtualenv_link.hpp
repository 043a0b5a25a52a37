// SPDX-License-Identifier: Apache-2.0
// Makes the virtualenv's path lead to another virtualenv, under the connector's journal.
#pragma once

#include <string>

#include "connector/observe.hpp"
#include "transaction/transaction.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct VirtualenvSwitch {
    const Observation& observation;
    std::string to;  // the virtualenv
    fs::path aside;  // the new path of the current one, if it is still a folder: <generation>/.venv
};

// Makes relative links that leave the virtualenv absolute, before it is moved to another depth: they lead to the same
// place before and after the move.
[[nodiscard]] Status anchor_links(const fs::path& virtualenv, Transaction& transaction);

enum class Displaced : std::uint8_t { link, folder };

// Returns what was at the path. The first time it is a folder, which is exchanged with a link. Its scripts keep the old
// path, which leads to it whenever it is active. Fails with conflict for anything else.
[[nodiscard]] Result<Displaced> switch_virtualenv(const VirtualenvSwitch& wanted, Transaction& transaction);

}  // namespace gup
