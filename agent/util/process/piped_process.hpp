// SPDX-License-Identifier: Apache-2.0
// A child process that is talked with through pipes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "util/clock.hpp"
#include "util/process/process.hpp"
#include "util/result.hpp"

namespace gup {

// A child with an input and an output pipe: for ssh. Same set-up as run_process; stderr is kept (last 16 KiB).
class PipedProcess {
public:
    struct Timeouts {
        Milliseconds idle{60'000};  // no byte in either direction for so long: timeout
        Milliseconds total{3'600'000};
    };
    // Uses only argv, set_env, unset_env and folder of the request.
    [[nodiscard]] static Result<PipedProcess> start(const ProcessRequest& request, Timeouts timeouts);
    PipedProcess(PipedProcess&& other) noexcept;
    PipedProcess& operator=(PipedProcess&& other) noexcept;
    ~PipedProcess();  // ends the group if it still runs, and reaps it

    // Up to `size` bytes; 0 at the end of its output. Fails with timeout, cancelled, io.
    [[nodiscard]] Result<std::size_t> read(char* buffer, std::size_t size);
    [[nodiscard]] Status write(std::string_view bytes);
    // Closes its input, waits for its end (at most `patience`, then the group is ended) and returns its exit code.
    [[nodiscard]] int finish(Milliseconds patience = Milliseconds{5000});
    // Its stderr so far.
    [[nodiscard]] std::string error_output() const;

private:
    struct State;
    explicit PipedProcess(State* state) : state_(state) {}
    State* state_ = nullptr;
};

}  // namespace gup
