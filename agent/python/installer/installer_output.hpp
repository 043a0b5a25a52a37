// SPDX-License-Identifier: Apache-2.0
// The meaning of a failed call of pip or uv, read from its output. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "python/installer/installer.hpp"

namespace gup {

struct InstallerCause {
    PinFailureKind kind = PinFailureKind::unknown;
    std::string reason;
};

// Why no pin can be installed now: the index cannot be reached, the disk is full. Only for lines of a call that failed.
[[nodiscard]] std::optional<InstallerCause> read_hopeless(std::string_view line);
// git's message about one repository.
[[nodiscard]] std::optional<InstallerCause> read_git_failure(std::string_view line);

// A warning about what was installed: a yanked release, or distributions that do not fit together.
[[nodiscard]] bool is_told_warning(std::string_view line);
// The second line of pip's warning of a yanked release.
[[nodiscard]] bool is_reason_of_yanking(std::string_view line);

struct Blame : InstallerCause {
    std::size_t pin = 0;  // index into the call's pins
};

struct Verdict {
    // An error that no pin has caused and that another call would meet again: no network, no space.
    std::optional<InstallerCause> hopeless;
    std::vector<Blame> blames;  // each pin at most once; empty: the output does not tell
};

// `pins` in the order of the requirement file, a line each; `lines` in the order of output, stdout and stderr mixed. A
// call for one pin blames this pin for its output. A call for several pins blames only pins that exclude each other.
[[nodiscard]] Verdict read_verdict(const std::vector<std::string>& lines, const std::vector<Requirement>& pins);

// In a failed call for several pins: the one that the output names because the index does not have it. Only where the
// name cannot be that of a pin's dependency.
[[nodiscard]] std::vector<Blame> read_named_missing(const std::vector<std::string>& lines,
                                                    const std::vector<Requirement>& pins);

}  // namespace gup
