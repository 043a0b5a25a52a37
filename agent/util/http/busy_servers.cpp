// SPDX-License-Identifier: Apache-2.0
#include "util/http/busy_servers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr Milliseconds one_run{300'000};  // after that long the daemon is in another run
constexpr std::int64_t longest_seconds = 366LL * 86400;

struct BusyServers {
    std::mutex mutex;
    Milliseconds longest{120'000};
    std::map<std::string, Milliseconds> until;  // on the clock that never goes back
};

BusyServers& busy_servers() {
    static BusyServers instance;
    return instance;
}

std::string server_of(std::string_view text) {
    const auto url = parse_url(text);
    return url.ok() ? fmt::format("{}://{}:{}", url->scheme, url->host, port_of(*url)) : std::string(text);
}

// The first refusal of a server begins its wait. Others share it, until it is over.
Milliseconds wait_for(const std::string& server, Milliseconds asked, const Clock& clock) {
    BusyServers& servers = busy_servers();
    const std::scoped_lock lock(servers.mutex);
    const Milliseconds now = clock.monotonic();
    const auto found = servers.until.find(server);
    const bool is_known = found != servers.until.end() && now < found->second + one_run;
    if (is_known) return now < found->second ? found->second - now : never_again;
    if (asked > servers.longest) return never_again;
    servers.until[server] = now + asked;
    return std::max(asked, Milliseconds{1});
}

}  // namespace

std::optional<Milliseconds> retry_after(const HttpHead& head, UnixTime now) {
    const std::string text(trimmed(head.header("retry-after")));
    if (const auto seconds = number_in<std::int64_t>(text)) {
        if (*seconds < 0) return std::nullopt;
        return Milliseconds{std::min(*seconds, longest_seconds) * 1000};
    }
    const UnixTime when = parse_http_date(text);
    if (when < 0) return std::nullopt;
    const UnixTime theirs = parse_http_date(std::string(head.header("date")));
    const std::int64_t seconds = when - (theirs < 0 ? now : theirs);
    return Milliseconds{std::clamp<std::int64_t>(seconds, 0, longest_seconds) * 1000};
}

void set_longest_wait(Milliseconds longest) noexcept {
    const std::scoped_lock lock(busy_servers().mutex);
    busy_servers().longest = longest;
}

Error with_asked_wait(Error error, const HttpHead& head, std::string_view url, const Clock& clock) {
    if (head.status != 429 && head.status != 503) return error;
    const auto asked = retry_after(head, clock.now());
    if (!asked) {
        return head.status == 429 ? error.with_hint("too many requests: it will be tried again later") : error;
    }
    error.retry_after = wait_for(server_of(url), *asked, clock);
    error.message += fmt::format(", and asks for no other request within {} s", asked->count() / 1000);
    return error.with_hint(
        "the agent waits for a server once in a run, and no longer than network.patience; the next run "
        "asks again");
}

void forget_busy_servers() {
    const std::scoped_lock lock(busy_servers().mutex);
    busy_servers().until.clear();
}

}  // namespace gup
