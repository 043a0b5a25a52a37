// Versions of Python distributions: equality by PEP 440, and by exact strings for other versions.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// True for a version of PEP 440 (appendix B). Ignores case and white space at the ends.
[[nodiscard]] bool is_pep440(std::string_view text);

// True when a distribution of version `installed` satisfies the pin `==pinned` (PEP 440 "Version matching"): spellings
// folded, release zero-padded, numbers of any size; a pin without a local part ignores the candidate's. If one of them
// is not PEP 440, the two are compared as exact strings, without white space at the ends.
[[nodiscard]] bool satisfies_pin(std::string_view pinned, std::string_view installed);

}  // namespace gup
