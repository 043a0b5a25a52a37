// SPDX-License-Identifier: Apache-2.0
#include "util/http/busy_servers.hpp"

#include <doctest/doctest.h>

namespace gup::test {
namespace {

class HandClock final : public Clock {
public:
    [[nodiscard]] UnixTime now() const override { return 1'795'000'000 + at.count() / 1000; }
    [[nodiscard]] Milliseconds monotonic() const override { return at; }
    Milliseconds at{1'000'000};
};

HttpHead busy(const std::string& after, int status = 429) {
    HttpHead head;
    head.status = status;
    head.headers = {{"retry-after", after}};
    return head;
}

Error refused(const HttpHead& head, const char* url, const Clock& clock) {
    return with_asked_wait({ErrorCode::server, "x answered", {}}, head, url, clock);
}

}  // namespace

TEST_CASE("retry_after: seconds, or a date against the server's own clock") {
    CHECK(retry_after(busy("120"), 0) == Milliseconds{120'000});
    CHECK(retry_after(busy(" 0 "), 0) == Milliseconds{0});
    CHECK(retry_after(busy("99999999999999999"), 0) == Milliseconds{366LL * 86400 * 1000});
    for (const char* bad : {"", "-1", "soon", "1.5", "Sat, 21 Nov 2026", "120s"})
        CHECK_MESSAGE(!retry_after(busy(bad), 0), bad);
    HttpHead dated = busy("Sat, 21 Nov 2026 02:00:13 GMT");
    dated.headers.emplace_back("date", "Sat, 21 Nov 2026 02:00:03 GMT");
    CHECK(retry_after(dated, 0) == Milliseconds{10'000});
    dated.headers.back().second = "Sat, 21 Nov 2026 02:01:03 GMT";
    CHECK(retry_after(dated, 0) == Milliseconds{0});
    const UnixTime before = parse_http_date("Sat, 21 Nov 2026 02:00:08 GMT");
    CHECK(retry_after(busy("Sat, 21 Nov 2026 02:00:13 GMT"), before) == Milliseconds{5'000});
}

TEST_CASE("with_asked_wait: a server is waited for once, and all its refusals share the wait") {
    forget_busy_servers();
    set_longest_wait(Milliseconds{60'000});
    HandClock clock;
    const Error first = refused(busy("10"), "https://h/a.git", clock);
    CHECK(first.retry_after == Milliseconds{10'000});
    CHECK(first.message == "x answered, and asks for no other request within 10 s");
    CHECK(is_worth_a_retry(first));
    CHECK(is_worth_a_retry(first.with_context("cannot ask").with_hint("h")));
    clock.at += Milliseconds{4'000};
    CHECK(refused(busy("10", 503), "https://h:443/b.git", clock).retry_after == Milliseconds{6'000});
    CHECK(refused(busy("10"), "https://other/b.git", clock).retry_after == Milliseconds{10'000});
    clock.at += Milliseconds{7'000};
    const Error again = refused(busy("10"), "https://h/a.git", clock);
    CHECK(!is_worth_a_retry(again));
    CHECK(again.hint.find("once in a run") != std::string::npos);
    clock.at += Milliseconds{3'600'000};
    CHECK_MESSAGE(is_worth_a_retry(refused(busy("10"), "https://h/a.git", clock)), "the daemon's next run");
    forget_busy_servers();
}

TEST_CASE("with_asked_wait: a wait beyond the patience is no retry, and other answers stay as they are") {
    forget_busy_servers();
    set_longest_wait(Milliseconds{60'000});
    const HandClock clock;
    CHECK(!is_worth_a_retry(refused(busy("61"), "https://h/a.git", clock)));
    CHECK(is_worth_a_retry(refused(busy("60"), "https://h/a.git", clock)));
    CHECK(refused(busy("5", 500), "https://g/a.git", clock).message == "x answered");
    CHECK(refused(busy("soon", 503), "https://g/a.git", clock).retry_after == Milliseconds{0});
    CHECK(refused(busy("0"), "https://f/a.git", clock).retry_after == Milliseconds{1});
    forget_busy_servers();
    set_longest_wait(HttpOptions{}.patience);
}

}  // namespace gup::test
