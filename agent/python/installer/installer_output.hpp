// The meaning of a failed call of pip or uv, read from its output. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "python/installer/installer.hpp"

namespace gup {

struct Blame {
    std::size_t pin = 0;  // index into the call's pins
    PinFailureKind kind = PinFailureKind::unknown;
    std::string reason;
};

struct Verdict {
    // An error that no pin has caused and that another call would meet again: no network, no space.
    bool hopeless = false;
    PinFailureKind kind = PinFailureKind::unknown;  // when hopeless
    std::string reason;                             // when hopeless
    std::vector<Blame> blames;                      // each pin at most once; empty: the output does not tell
};

// `pins` in the order of the requirement file, a line each; `lines` in the order of output, stdout and stderr mixed. A
// call for one pin blames this pin for what it said. A call for several pins blames those that exclude each other, and
// nobody else.
[[nodiscard]] Verdict read_verdict(const std::vector<std::string>& lines, const std::vector<Requirement>& pins);

}  // namespace gup
