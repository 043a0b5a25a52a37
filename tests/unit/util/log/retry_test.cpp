// SPDX-License-Identifier: Apache-2.0
#include "util/log/retry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using gup::Milliseconds;

namespace {

struct Attempts {
    std::vector<gup::Status> answers;  // the last one is repeated
    std::size_t made = 0;
    std::vector<Milliseconds> sleeps{};
    bool go_on = true;

    gup::Status run(const gup::RetryPolicy& policy) {
        return gup::with_retries(
            policy,
            [this] {
                const std::size_t index = std::min(made++, answers.size() - 1);
                return answers[index];
            },
            [this](Milliseconds duration) {
                sleeps.push_back(duration);
                return go_on;
            });
    }
};

gup::Status failure(gup::ErrorCode code) {
    return gup::Error{code, "no", {}};
}

}  // namespace

TEST_CASE("retry_delay: doubles from the first delay to the longest one") {
    const gup::RetryPolicy policy{10, Milliseconds{1000}, Milliseconds{5000}};
    constexpr double upper = 0.999999999;
    CHECK(gup::retry_delay(policy, 1, upper) == Milliseconds{999});
    CHECK(gup::retry_delay(policy, 2, upper) == Milliseconds{1999});
    CHECK(gup::retry_delay(policy, 3, upper) == Milliseconds{3999});
    CHECK(gup::retry_delay(policy, 4, upper) == Milliseconds{4999});
    CHECK(gup::retry_delay(policy, 1000, upper) == Milliseconds{4999});
}

TEST_CASE("retry_delay: the random factor goes from one half to one") {
    const gup::RetryPolicy policy;
    CHECK(gup::retry_delay(policy, 1, 0.0) == Milliseconds{500});
    CHECK(gup::retry_delay(policy, 1, 0.5) == Milliseconds{750});
}

TEST_CASE("with_retries: success at once makes one attempt and no sleep") {
    Attempts attempts{{gup::Status{}}};
    CHECK(attempts.run({}).ok());
    CHECK(attempts.made == 1);
    CHECK(attempts.sleeps.empty());
}

TEST_CASE("with_retries: tries again after a temporary error, until it succeeds") {
    Attempts attempts{{failure(gup::ErrorCode::unreachable), failure(gup::ErrorCode::server), gup::Status{}}};
    CHECK(attempts.run({}).ok());
    CHECK(attempts.made == 3);
    REQUIRE(attempts.sleeps.size() == 2);
    CHECK(attempts.sleeps[0] >= Milliseconds{500});
    CHECK(attempts.sleeps[0] <= Milliseconds{1000});
    CHECK(attempts.sleeps[1] >= Milliseconds{1000});
    CHECK(attempts.sleeps[1] <= Milliseconds{2000});
}

TEST_CASE("with_retries: a wrong password is not tried twice") {
    Attempts attempts{{failure(gup::ErrorCode::authentication)}};
    const gup::Status status = attempts.run({});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == gup::ErrorCode::authentication);
    CHECK(attempts.made == 1);
}

TEST_CASE("with_retries: gives the last error when the retries are used up") {
    Attempts attempts{{failure(gup::ErrorCode::unreachable), failure(gup::ErrorCode::timeout)}};
    const gup::Status status = attempts.run({.retries = 2});
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == gup::ErrorCode::timeout);
    CHECK(attempts.made == 3);
}

TEST_CASE("with_retries: ends when the sleep is interrupted") {
    Attempts attempts{{failure(gup::ErrorCode::unreachable)}};
    attempts.go_on = false;
    CHECK_FALSE(attempts.run({}).ok());
    CHECK(attempts.made == 1);
}
