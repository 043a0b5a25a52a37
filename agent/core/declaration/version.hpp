// Versions of Python distributions: PEP 440 equality, and exact strings for what is not PEP 440.
#pragma once

#include <string>
#include <string_view>

namespace gup {

// Whether `text` is a version as PEP 440 (appendix B) spells them, case and white space at the ends aside.
[[nodiscard]] bool is_pep440(std::string_view text);

// Whether a distribution of version `installed` satisfies the pin `==pinned` (PEP 440 "Version matching"): spellings
// folded, release zero-padded, numbers of any size; a pin without a local part ignores the candidate's.
// When either is not PEP 440 the two are compared as exact strings, white space at the ends aside.
[[nodiscard]] bool satisfies_pin(std::string_view pinned, std::string_view installed);

}  // namespace gup
