// SPDX-License-Identifier: Apache-2.0
#include "source/archive/s3_backend.hpp"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "source/archive/s3_credentials.hpp"
#include "source/archive/s3_errors.hpp"
#include "source/remote/config.hpp"
#include "source/remote/context.hpp"
#include "util/http/busy_servers.hpp"
#include "util/log/log.hpp"
#include "util/sys/environment.hpp"

namespace gup::detail {
namespace {

constexpr std::uint64_t error_document_limit = 65536;
constexpr int bucket_attempts = 3;  // another region, and a role's new credentials

// S3 reports a bucket of another region by a redirect, or as a signature for another region.
bool tells_region(const S3Refusal& refusal) {
    return !refusal.region.empty() && (refusal.status == 301 || refusal.status == 307 || refusal.status == 400);
}

bool is_expired(const S3Refusal& refusal) {
    return refusal.code == "ExpiredToken" || refusal.code == "TokenRefreshRequired";
}

// curl removes "." and ".." from a path, so the signed path would be another one.
bool has_dot_segment(const std::string& key) {
    const std::string path = "/" + key + "/";
    return path.find("/./") != std::string::npos || path.find("/../") != std::string::npos;
}

class BucketServer final : public ArchiveServer {
public:
    BucketServer(HttpPool& pool, const ArchiveRequest& request)
        : pool_(pool),
          source_(request.connector.source),
          settings_(request.connector.s3),
          where_{pool, request.user.home, environment_value},
          config_(read_config(request.user)),
          region_(find_s3_region(settings_, where_)) {}

    Result<HttpAnswer> get(const std::string& suffix, std::vector<std::string> headers) override {
        for (int attempt = 1;; ++attempt) {
            if (!credentials_) credentials_ = credentials_or_none();
            HttpAnswer answer{{}, pool_.start(make_request(suffix, headers))};
            GUP_TRY(answer.head, answer.body->head());
            const int status = answer.head.status;
            if (status == 200 || status == 206 || status == 304 || status == 416) {
                GUP_CHECK(refuse_page(answer.head, shown(suffix)));
                return answer;
            }
            const auto document = answer.body->read_all(error_document_limit).value_or("");
            const S3Refusal refusal = parse_s3_refusal(answer.head, document);
            if (attempt == bucket_attempts || !adapt_to(refusal)) {
                const Error error = s3_error(
                    refusal, {shown(suffix), source_.bucket, credentials_->origin, region_, system_clock().now()});
                if (missing_ && (status == 400 || status == 401 || status == 403)) return refused_without_signature();
                return with_asked_wait(error, answer.head, shown(suffix));
            }
        }
    }

    [[nodiscard]] std::string shown(const std::string& suffix) const override {
        return fmt::format("s3://{}/{}{}", source_.bucket, source_.key, suffix);
    }

private:
    [[nodiscard]] HttpRequest make_request(const std::string& suffix, std::vector<std::string> headers) const {
        HttpRequest request;
        request.url = s3_url(settings_.endpoint, region_, source_.bucket, source_.key + suffix);
        request.headers = std::move(headers);
        if (!credentials_->access_key.empty()) {
            request.credentials = {credentials_->access_key, credentials_->secret_key};
            request.signature = fmt::format("aws:amz:{}:s3", region_);
        }
        if (!credentials_->session_token.empty()) {
            request.secret_headers = {{"x-amz-security-token", credentials_->session_token}};
        }
        set_network(config_, request.url, {}, request);
        return request;
    }

    // A public bucket answers a request without a signature.
    S3Credentials credentials_or_none() {
        auto found = find_s3_credentials(settings_, where_);
        if (found.ok()) return *std::move(found);
        missing_ = found.error();
        log::debug("", fmt::format("{}: {}; asking without a signature", shown({}), missing_->message));
        return {};
    }

    // Of a bucket that is not public, or has no such key; S3 says the same for both.
    [[nodiscard]] Error refused_without_signature() const {
        return {ErrorCode::authentication,
                fmt::format("{}: {}, and the bucket {} is not public", shown({}), missing_->message, source_.bucket),
                missing_->hint};
    }

    // True if another request may succeed.
    bool adapt_to(const S3Refusal& refusal) {
        if (tells_region(refusal) && refusal.region != region_) {
            log::debug("", fmt::format("the bucket {} is in {}, not in {}", source_.bucket, refusal.region, region_));
            region_ = refusal.region;
            return true;
        }
        if (!is_expired(refusal) || !credentials_->is_of_a_role || std::exchange(is_renewed_, true)) return false;
        forget_s3_roles();
        credentials_.reset();
        return true;
    }

    HttpPool& pool_;
    SourceAddress source_;
    S3Settings settings_;
    S3Surroundings where_;
    RemoteConfig config_;
    std::string region_;
    std::optional<S3Credentials> credentials_;
    std::optional<Error> missing_;  // why there are no credentials
    bool is_renewed_ = false;
};

}  // namespace

Result<std::unique_ptr<ArchiveServer>> make_bucket_server(HttpPool& pool, const ArchiveRequest& request) {
    if (has_dot_segment(request.connector.source.key)) {
        return Error{
            ErrorCode::unsupported,
            fmt::format("{}: a key with . or .. as a name cannot be requested", display(request.connector.source)),
            "copy the archive to another key"};
    }
    return std::unique_ptr<ArchiveServer>(std::make_unique<BucketServer>(pool, request));
}

}  // namespace gup::detail
