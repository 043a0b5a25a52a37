// A connector whose code has a source of its own: [[connector]] with `source` in the agent's configuration. It is in
// the releases layout, and need not be there yet.
#pragma once

#include <string>
#include <vector>

#include "core/requirement.hpp"
#include "core/source_address.hpp"

namespace gup {

struct DeclaredConnector {
    std::string name;
    SourceAddress source;
    std::string local;              // a plain folder that is kept as the enabled release is; absolute; empty: none
    std::vector<Requirement> pins;  // in the place of the gupfile's of the same name, and besides them
};

}  // namespace gup
