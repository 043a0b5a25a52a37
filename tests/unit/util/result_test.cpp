// SPDX-License-Identifier: Apache-2.0
#include "util/result.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

namespace gup {
namespace {

Result<int> half_of(int number) {
    if (number % 2 != 0) return Error{ErrorCode::invalid_input, "it is odd", {}};
    return number / 2;
}

Result<int> quarter_of(int number) {
    GUP_TRY(const int half, half_of(number));
    GUP_CHECK(Status{});
    return half_of(half);
}

}  // namespace

TEST_CASE("Error: context goes before the message, and the rest stays") {
    const Error error{ErrorCode::unreachable, "no name", "is it right?", Cause::name_lookup};
    const Error more = error.with_context("cannot fetch x");
    CHECK(more.message == "cannot fetch x: no name");
    CHECK(more.code == ErrorCode::unreachable);
    CHECK(more.hint == "is it right?");
    CHECK(more.cause == Cause::name_lookup);
}

TEST_CASE("Error: a hint is added if there is none, and the rest stays") {
    const Error error{ErrorCode::authentication, "no key", {}, Cause::host_key};
    const Error hinted = error.with_hint("add one");
    CHECK(hinted.hint == "add one");
    CHECK(hinted.with_hint("another").hint == "add one");
    CHECK(hinted.message == "no key");
    CHECK(hinted.code == ErrorCode::authentication);
    CHECK(hinted.cause == Cause::host_key);
}

TEST_CASE("errno_error: the numbers that people can act on have their own codes") {
    struct Case {
        int number;
        ErrorCode code;
    };
    for (const Case& one :
         {Case{ENOENT, ErrorCode::not_found}, Case{ENOTDIR, ErrorCode::not_found}, Case{ENOSPC, ErrorCode::no_space},
          Case{EDQUOT, ErrorCode::no_space}, Case{EACCES, ErrorCode::permission}, Case{EPERM, ErrorCode::permission},
          Case{EIO, ErrorCode::io}, Case{EROFS, ErrorCode::io}}) {
        CHECK(errno_error(one.number, "cannot open x").code == one.code);
    }
    CHECK(errno_error(ENOENT, "cannot open x").message == "cannot open x: No such file or directory");
}

TEST_CASE("to_string: every code has its own name") {
    std::string before;
    for (int code = 0; code <= static_cast<int>(ErrorCode::failed); ++code) {
        const std::string name(to_string(static_cast<ErrorCode>(code)));
        CHECK_FALSE(name.empty());
        CHECK(name != before);
        before = name;
    }
    CHECK(to_string(ErrorCode::unreachable) == "unreachable");
    CHECK(to_string(ErrorCode::failed) == "failed");
}

TEST_CASE("is_network_failure and is_worth_a_retry: by the code alone") {
    CHECK(is_network_failure({ErrorCode::unreachable, "x", {}}));
    CHECK(is_network_failure({ErrorCode::timeout, "x", {}}));
    CHECK_FALSE(is_network_failure({ErrorCode::server, "x", {}}));
    CHECK(is_worth_a_retry({ErrorCode::server, "x", {}}));
    CHECK(is_worth_a_retry({ErrorCode::timeout, "x", {}}));
    CHECK_FALSE(is_worth_a_retry({ErrorCode::not_found, "x", {}}));
}

TEST_CASE("GUP_TRY and GUP_CHECK: the first error is the function's") {
    CHECK(quarter_of(8).value() == 2);
    CHECK(quarter_of(3).error().message == "it is odd");
    CHECK(quarter_of(6).error().code == ErrorCode::invalid_input);
    CHECK(half_of(3).value_or(7) == 7);
}

}  // namespace gup
