// The meaning of single lines of pip, uv and git. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "python/installer/installer.hpp"

namespace gup {

// Why no pin can be installed now: the index cannot be reached, the disk is full. Only for lines of a call that failed.
struct Hopeless {
    PinFailureKind kind = PinFailureKind::unknown;
    std::string reason;
};
[[nodiscard]] std::optional<Hopeless> read_hopeless(std::string_view line);

// git's message about one repository.
struct GitFailure {
    PinFailureKind kind = PinFailureKind::unknown;
    std::string reason;
};
[[nodiscard]] std::optional<GitFailure> read_git_failure(std::string_view line);

}  // namespace gup
