// The virtualenv's place is made to lead to another virtualenv, under the connector's journal.
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
    fs::path aside;  // where the one that is there goes when it is a folder still: <generation>/.venv
};

enum class Displaced : std::uint8_t { link, folder };

// Returns what was at the place. A folder is there the first time: it changes places with a link, still with its old
// path in its scripts, as that one leads to it whenever it is the one that runs. Fails with conflict when something
// else is there.
[[nodiscard]] Result<Displaced> switch_virtualenv(const VirtualenvSwitch& wanted, Transaction& transaction);

}  // namespace gup
