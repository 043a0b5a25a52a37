// SPDX-License-Identifier: Apache-2.0
// One call of podman, for the files of this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "host/podman/podman.hpp"

namespace gup::detail {

struct PodmanCall {
    std::vector<std::string> arguments;
    std::string input{};      // for standard input
    Milliseconds timeout{0};  // 0: Podman::question_timeout
};
// A non-zero exit is a result. Fails as run_process does, and with unsupported when podman is not installed.
[[nodiscard]] Result<ProcessResult> run_podman(PodmanCall call, const Podman& podman);
// Any program as Podman's user.
[[nodiscard]] Result<ProcessResult> run_as_user(ProcessRequest request, const Podman& podman);

// The reason in podman's words, and the code that they mean: "cannot pull x: manifest unknown".
[[nodiscard]] Error podman_error(std::string_view act, const ProcessResult& result);
// Fails with podman_error unless the exit code is 0.
[[nodiscard]] Result<std::string> podman_output(std::string_view act, PodmanCall call, const Podman& podman);

// True for a word that is no option: an image, a name.
[[nodiscard]] Status check_word(std::string_view what, const std::string& word);

}  // namespace gup::detail
