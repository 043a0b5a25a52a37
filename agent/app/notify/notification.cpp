// SPDX-License-Identifier: Apache-2.0
#include "app/notify/notification.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "util/url.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr Milliseconds longest_request{30'000};

// `part` goes behind the path of the URL, before its query.
HttpRequest post(const NotifySettings& settings, const std::string& part, std::string body, const char* type) {
    HttpRequest request;
    request.method = "POST";
    if (const auto url = parse_url(settings.url); url.ok()) {
        std::string path = url->without_credentials();
        while (!part.empty() && path.ends_with('/')) path.pop_back();
        request.url = path + part + (url->query.empty() ? "" : "?" + url->query);
        request.credentials = {url->user, url->password};
    }
    request.headers.push_back(fmt::format("Content-Type: {}", type));
    if (!settings.token.empty()) {
        request.secret_headers.push_back({"Authorization", Secret("Bearer " + settings.token.reveal())});
    }
    request.body = std::move(body);
    request.timeout = longest_request;
    request.follow_redirects = false;
    return request;
}

std::string escaped_for_slack(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (c == '&') {
            escaped += "&amp;";
        } else if (c == '<') {
            escaped += "&lt;";
        } else if (c == '>') {
            escaped += "&gt;";
        } else {
            escaped += c;
        }
    }
    return escaped;
}

std::string dumped(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

bool is_told(const NotifySettings& settings, RunResult result) {
    if (settings.url.empty()) return false;
    NotifyOn on = settings.on;
    if (on == NotifyOn::automatic) {
        on = settings.format == NotifyFormat::healthchecks ? NotifyOn::always : NotifyOn::failed;
    }
    return on == NotifyOn::always || result == RunResult::failed ||
           (on == NotifyOn::changed && result == RunResult::changed);
}

bool only_the_newest(const NotifySettings& settings) {
    return settings.format == NotifyFormat::healthchecks;
}

HttpRequest request_about(const NotifySettings& settings, const json& document) {
    if (settings.format == NotifyFormat::json) {
        return post(settings, {}, dumped(document), "application/json");
    }
    const RunMessage message = message_of(document);
    const bool failed = message.result == RunResult::failed;
    const std::string text = fmt::format("{}\n{}", message.title, message.text);
    if (settings.format == NotifyFormat::slack) {
        return post(settings, {}, dumped({{"text", escaped_for_slack(text)}}), "application/json");
    }
    constexpr const char* plain = "text/plain; charset=utf-8";
    if (settings.format == NotifyFormat::healthchecks) {
        return post(settings, failed ? "/fail" : "", text, plain);
    }
    HttpRequest request = post(settings, {}, message.text.empty() ? message.title : message.text, plain);
    request.headers.push_back("Title: " + message.title);
    request.headers.emplace_back(failed ? "Priority: high" : "Priority: default");
    request.headers.emplace_back(failed ? "Tags: warning" : "Tags: white_check_mark");
    return request;
}

HttpRequest start_request(const NotifySettings& settings) {
    return post(settings, "/start", {}, "text/plain; charset=utf-8");
}

std::string shown_server(const NotifySettings& settings) {
    const auto url = parse_url(settings.url);
    if (!url.ok()) return "its URL";
    const std::string host = url->host.find(':') == std::string::npos ? url->host : fmt::format("[{}]", url->host);
    const std::string port = url->port == 0 ? "" : fmt::format(":{}", url->port);
    return fmt::format("{}://{}{}", url->scheme, host, port);
}

}  // namespace gup
