// SPDX-License-Identifier: Apache-2.0
#include "util/http/http.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>

#include "util/http/busy_servers.hpp"
#include "util/http/pool.hpp"

namespace gup {

std::string_view HttpHead::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers) {
        if (key == name) return value;
    }
    return {};
}

Error refusal_of(const HttpHead& head, std::string_view url) {
    const std::string said = fmt::format("{} answered {}", url, head.status);
    if (head.status == 404 || head.status == 410) return {ErrorCode::not_found, said, {}};
    if (head.status == 401 || head.status == 403) return {ErrorCode::authentication, said, {}};
    if (head.status == 429 || head.status >= 500) {
        return with_asked_wait({ErrorCode::server, said, {}}, head, url);
    }
    return {ErrorCode::protocol, said, {}};
}

Result<std::string> HttpStream::read_all(std::uint64_t limit) {
    std::string body;
    std::array<char, 16384> chunk{};
    for (;;) {
        GUP_TRY(const std::size_t size, read(chunk.data(), chunk.size()));
        if (size == 0) return body;
        if (body.size() + size > limit) {
            return Error{ErrorCode::protocol, fmt::format("the answer is longer than {} bytes", limit), {}};
        }
        body.append(chunk.data(), size);
    }
}

Result<std::shared_ptr<HttpPool>> HttpPool::make(const HttpOptions& options) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) {
        return Error{ErrorCode::failed, fmt::format("cannot set up curl: {}", curl_easy_strerror(initialised)), {}};
    }
    set_longest_wait(options.patience);
    auto pool = std::make_shared<detail::CurlPool>(options);
    GUP_CHECK(pool->launch());
    return std::shared_ptr<HttpPool>(std::move(pool));
}

}  // namespace gup
