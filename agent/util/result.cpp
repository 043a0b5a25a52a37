#include "util/result.hpp"

#include <cerrno>
#include <cstring>

namespace gup {

std::string_view to_string(ErrorCode code) noexcept {
    switch (code) {
        case ErrorCode::invalid_input:
            return "invalid_input";
        case ErrorCode::not_found:
            return "not_found";
        case ErrorCode::conflict:
            return "conflict";
        case ErrorCode::io:
            return "io";
        case ErrorCode::no_space:
            return "no_space";
        case ErrorCode::permission:
            return "permission";
        case ErrorCode::unreachable:
            return "unreachable";
        case ErrorCode::timeout:
            return "timeout";
        case ErrorCode::authentication:
            return "authentication";
        case ErrorCode::protocol:
            return "protocol";
        case ErrorCode::server:
            return "server";
        case ErrorCode::cancelled:
            return "cancelled";
        case ErrorCode::busy:
            return "busy";
        case ErrorCode::unsupported:
            return "unsupported";
        case ErrorCode::corrupt:
            return "corrupt";
        case ErrorCode::failed:
            return "failed";
    }
    return "failed";
}

Error Error::with_context(std::string_view context) const {
    std::string text(context);
    text += ": ";
    text += message;
    return {code, std::move(text), hint, cause};
}

Error Error::with_hint(std::string_view text) const {
    return {code, message, hint.empty() ? std::string(text) : hint, cause};
}

Error errno_error(int number, std::string_view act) {
    ErrorCode code = ErrorCode::io;
    switch (number) {
        case ENOENT:
        case ENOTDIR:
            code = ErrorCode::not_found;
            break;
        case ENOSPC:
        case EDQUOT:
            code = ErrorCode::no_space;
            break;
        case EACCES:
        case EPERM:
            code = ErrorCode::permission;
            break;
        default:
            break;
    }
    std::string message(act);
    message += ": ";
    message += std::strerror(number);  // NOLINT(concurrency-mt-unsafe): glibc's is per thread
    return {code, std::move(message), {}};
}

bool is_network_failure(const Error& error) noexcept {
    return error.code == ErrorCode::unreachable || error.code == ErrorCode::timeout;
}

bool is_worth_a_retry(const Error& error) noexcept {
    return is_network_failure(error) || error.code == ErrorCode::server;
}

}  // namespace gup
