// SPDX-License-Identifier: Apache-2.0
#include "util/http/redirect.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "util/http/error.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr int redirects_at_most = 10;

struct UrlDeleter {
    void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

// RFC 3986, section 5. Empty if it is malformed, or of a scheme that is neither http nor https.
std::string resolve(const std::string& base, const std::string& reference) {
    const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
    if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK) return {};
    // As curl does it for redirects: servers send unencoded characters.
    constexpr unsigned lenient = CURLU_URLENCODE | CURLU_ALLOW_SPACE;
    if (curl_url_set(url.get(), CURLUPART_URL, reference.c_str(), lenient) != CURLUE_OK) return {};
    curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
    char* text = nullptr;
    if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return {};
    std::string out(text);
    curl_free(text);
    const auto parsed = parse_url(out);
    const bool is_http = parsed.ok() && (parsed->scheme == "http" || parsed->scheme == "https");
    return is_http ? out : std::string();
}

}  // namespace

bool is_redirect(const HttpHead& head) {
    const bool by_status =
        head.status == 301 || head.status == 302 || head.status == 303 || head.status == 307 || head.status == 308;
    return by_status && !head.header("location").empty();
}

Result<std::string> RedirectChain::next(const HttpHead& head) {
    const std::string from = detail::display_url(head.effective_url);
    const std::string location(head.header("location"));
    const std::string shown = mask_secrets(location.substr(0, location.find('?')));
    const auto refused = [&](std::string_view reason) {
        return Error{ErrorCode::protocol, fmt::format("{} redirects to {}: {}", from, shown, reason),
                     "check the URL, and the server's configuration"};
    };
    if (++followed_ > redirects_at_most) return refused(fmt::format("more than {} redirects", redirects_at_most));
    std::string target = resolve(head.effective_url, location);
    if (target.empty()) return refused("it is not an http or https URL");
    if (head.effective_url.starts_with("https:") && target.starts_with("http:")) {
        return refused("a redirect from https to http is not followed");
    }
    return target;
}

}  // namespace gup
