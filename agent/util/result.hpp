// SPDX-License-Identifier: Apache-2.0
// The one result type: a value, or an error with a code, a message and a hint.
//
// Exceptions of libraries and error codes of C become a Result at the edge of the module that calls them. No function
// of agent/ throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gup {

enum class ErrorCode : std::uint8_t {
    invalid_input,   // a person wrote a wrong file or argument
    not_found,       // the named object does not exist
    conflict,        // to continue would overwrite a person's work
    io,              // a system call on local files failed, EROFS too
    no_space,        // ENOSPC, EDQUOT
    permission,      // EACCES, EPERM
    unreachable,     // no name, no route, refused, reset: the network or the host is down
    timeout,         // the peer was reached, then stalled or took too long
    authentication,  // the peer refused the credentials, or needs some and there are none
    protocol,        // the peer's answer is malformed
    server,          // the peer cannot answer now (HTTP 429, 5xx)
    cancelled,       // ended by a signal or the operator
    busy,            // another process has the lock
    unsupported,     // valid, but not supported by this program
    corrupt,         // local data is damaged
    failed,          // a child process or a library failed
};

// The cause behind a code, for callers that act on it. It is set where the error is made.
enum class Cause : std::uint8_t {
    none,
    name_lookup,       // a host's name has no address
    tls,               // no TLS connection: the certificate, the handshake, or the file of CAs
    host_key,          // the host shows another key than the known one, or a revoked one
    unknown_host_key,  // no key of the host is known
    missing_branch,    // the repository is there, the branch is not
    limit,             // more than the agent takes: of a file, an object, an answer
    format,            // a repository of a kind that is valid for git, but not read here
    not_ours,          // a repository belongs to another user, or leads to another place
    data_budget,       // what may be downloaded on one day is used
    git_config,        // a mistake in a person's git configuration
    worker_died,       // the process that worked for the connector did not report its end
};

// The code's name in logs and in --json, e.g. "unreachable".
[[nodiscard]] std::string_view to_string(ErrorCode code) noexcept;

inline constexpr std::chrono::milliseconds never_again{-1};

// An error names the object, the act and the reason; the hint says what a person can do.
struct Error {
    ErrorCode code = ErrorCode::failed;
    std::string message;
    std::string hint;
    Cause cause = Cause::none;
    std::chrono::milliseconds retry_after{0};  // the server's wish; 0: none, never_again: not in this run

    // The same error with the attempted act in front: "cannot fetch x: <message>".
    [[nodiscard]] Error with_context(std::string_view context) const;
    // The same error with this hint, unless it already has one.
    [[nodiscard]] Error with_hint(std::string_view text) const;
};

// An error for errno `number`: "<act>: <strerror>"; ENOSPC, EACCES and similar numbers get their code.
[[nodiscard]] Error errno_error(int number, std::string_view act);

// True when the peer could not be reached, or stalled.
[[nodiscard]] bool is_network_failure(const Error& error) noexcept;

// True when the same act may succeed a moment later without any change.
[[nodiscard]] bool is_worth_a_retry(const Error& error) noexcept;

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT(*-explicit-*)
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(*-explicit-*)

    [[nodiscard]] bool ok() const noexcept { return state_.index() == 0; }
    explicit operator bool() const noexcept { return ok(); }

    // Only when ok().
    [[nodiscard]] T& value() & { return std::get<0>(state_); }
    [[nodiscard]] const T& value() const& { return std::get<0>(state_); }
    [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T&& operator*() && { return std::get<0>(std::move(state_)); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }
    [[nodiscard]] T value_or(T fallback) const { return ok() ? value() : std::move(fallback); }

    // Only when not ok().
    [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }
    [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}  // NOLINT(*-explicit-*)

    [[nodiscard]] bool ok() const noexcept { return !error_.has_value(); }
    explicit operator bool() const noexcept { return ok(); }
    // Only when not ok().
    [[nodiscard]] const Error& error() const& { return *error_; }
    [[nodiscard]] Error&& error() && { return *std::move(error_); }

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace gup

#define GUP_CONCAT_INNER(a, b) a##b
#define GUP_CONCAT(a, b) GUP_CONCAT_INNER(a, b)

// GUP_TRY(auto x, f()): x is f()'s value, or the enclosing function returns f()'s error.
#define GUP_TRY(declaration, expression) GUP_TRY_INNER(GUP_CONCAT(gup_result_, __LINE__), declaration, expression)
#define GUP_TRY_INNER(result, declaration, expression)    \
    auto result = (expression);                           \
    if (!(result).ok()) return std::move(result).error(); \
    declaration = std::move(result).value()

// GUP_CHECK(f()): the enclosing function returns f()'s error if it has one.
#define GUP_CHECK(expression) \
    if (auto gup_status = (expression); !gup_status.ok()) return std::move(gup_status).error()
