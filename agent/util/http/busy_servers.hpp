// SPDX-License-Identifier: Apache-2.0
// Servers that asked to be left alone for a while (429 and 503 with Retry-After, RFC 9110 10.2.3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "util/clock.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup {

// The wait of a Retry-After header, in seconds or as a date; nullopt: there is none that can be read. `now` is this
// machine's time, and is not used when the answer has its own Date.
[[nodiscard]] std::optional<Milliseconds> retry_after(const HttpHead& head, UnixTime now);

// The longest wait for a server, of the whole process.
void set_longest_wait(Milliseconds longest) noexcept;

// `error` of a refusal by the server of `url`, with the wait that it asked for: in the message, and in Error::retry_after
// when it is short enough and the server was not waited for yet. Else the error is not worth a retry.
[[nodiscard]] Error with_asked_wait(Error error, const HttpHead& head, std::string_view url,
                                    const Clock& clock = system_clock());

// Drops what the process remembers; for tests.
void forget_busy_servers();

}  // namespace gup
