// SPDX-License-Identifier: Apache-2.0
#include "util/result.hpp"

#include <array>
#include <cerrno>
#include <cstring>

namespace gup {

std::string_view to_string(ErrorCode code) noexcept {
    constexpr std::array<std::string_view, 16> names{
        "invalid_input",  "not_found", "conflict", "io",        "no_space", "permission",  "unreachable", "timeout",
        "authentication", "protocol",  "server",   "cancelled", "busy",     "unsupported", "corrupt",     "failed"};
    static_assert(static_cast<std::size_t>(ErrorCode::failed) == names.size() - 1);
    return names[static_cast<std::size_t>(code)];
}

Error Error::with_context(std::string_view context) const {
    Error error = *this;
    error.message.insert(0, std::string(context) + ": ");
    return error;
}

Error Error::with_hint(std::string_view text) const {
    Error error = *this;
    if (hint.empty()) error.hint = text;
    return error;
}

Error errno_error(int number, std::string_view act) {
    ErrorCode code = ErrorCode::io;
    if (number == ENOENT || number == ENOTDIR) code = ErrorCode::not_found;
    if (number == ENOSPC || number == EDQUOT) code = ErrorCode::no_space;
    if (number == EACCES || number == EPERM) code = ErrorCode::permission;
    std::string message(act);
    message += ": ";
    message += std::strerror(number);  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
    return {code, std::move(message), {}};
}

bool is_network_failure(const Error& error) noexcept {
    return error.code == ErrorCode::unreachable || error.code == ErrorCode::timeout;
}

bool is_worth_a_retry(const Error& error) noexcept {
    if (error.retry_after == never_again) return false;
    return is_network_failure(error) || error.code == ErrorCode::server;
}

}  // namespace gup
