// SPDX-License-Identifier: Apache-2.0
#include "source/archive/s3_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/declaration/declared_connector.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::size_t text_shown = 200;

// Of the first element of that name that has no attributes; two or three elements of a known document do not need a
// parser.
std::string element(std::string_view document, std::string_view name) {
    const std::string open = fmt::format("<{}>", name);
    const auto begin = document.find(open);
    if (begin == std::string_view::npos) return {};
    const std::string_view rest = document.substr(begin + open.size());
    const auto end = rest.find('<');
    if (end == std::string_view::npos) return {};
    std::string text = printable(mask_secrets(rest.substr(0, std::min(end, text_shown))));
    if (end > text_shown) text += "…";
    for (const auto& [escape, character] :
         {std::pair{"&quot;", "\""}, {"&apos;", "'"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}}) {
        for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape, at + 1)) {
            text.replace(at, std::string_view(escape).size(), character);
        }
    }
    return text;
}

Error clock_error(const S3Refusal& refusal, const S3Asked& asked) {
    std::string skew = "is wrong";
    if (refusal.time >= 0) {
        // In whole minutes, so that the same wrong clock gives the same text every night.
        const UnixTime ahead = asked.now - refusal.time;
        skew = fmt::format("is {} min {} that of the server", (std::abs(ahead) + 30) / 60,
                           ahead < 0 ? "behind" : "ahead of");
    }
    return {ErrorCode::authentication,
            fmt::format("{}: the clock of this machine {} ({})", asked.shown, skew, refusal.code),
            "S3 accepts signatures of the last 15 minutes: check the time synchronisation (timedatectl)"};
}

struct Explanation {
    std::string_view code;
    ErrorCode kind;
    std::string_view message;  // {0}: where the credentials are from, {1}: the bucket
    std::string_view hint;
};

constexpr Explanation explanations[] = {
    {"InvalidAccessKeyId", ErrorCode::authentication, "the access key of {0} is not known there",
     "it was deleted, or belongs to another server"},
    {"SignatureDoesNotMatch", ErrorCode::authentication, "the secret key of {0} does not belong to its access key",
     "copy both once more, without blanks at the end"},
    {"ExpiredToken", ErrorCode::authentication, "the session token of {0} has expired",
     "log in again, or use a permanent key"},
    {"TokenRefreshRequired", ErrorCode::authentication, "the session token of {0} has expired",
     "log in again, or use a permanent key"},
    {"InvalidToken", ErrorCode::authentication, "the session token of {0} is not one of this server",
     "copy access key, secret key and token of the same log-in"},
    {"AccessDenied", ErrorCode::authentication, "the access key of {0} may not read it",
     "allow s3:GetObject; without the right to list the bucket, S3 also answers this for a missing key"},
    {"AllAccessDisabled", ErrorCode::authentication, "the bucket {1} is closed", "ask its owner"},
    {"NoSuchBucket", ErrorCode::not_found, "there is no bucket {1}", "check the source and the endpoint"},
    {"NoSuchKey", ErrorCode::not_found, "there is no such key in the bucket {1}",
     "check the source; keys are case sensitive"},
};

}  // namespace

std::string s3_url(const std::string& endpoint, const std::string& region, const std::string& bucket,
                   std::string_view key) {
    const std::string path = "/" + percent_encoded(key, "-._~/");
    if (!endpoint.empty()) {
        const auto end = endpoint.find_last_not_of('/');
        return fmt::format("{}/{}{}", endpoint.substr(0, end + 1), bucket, path);
    }
    const std::string_view domain = region.starts_with("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const bool is_host = std::all_of(bucket.begin(), bucket.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (is_host) return fmt::format("https://{}.s3.{}.{}{}", bucket, region, domain, path);
    return fmt::format("https://s3.{}.{}/{}{}", region, domain, bucket, path);
}

S3Refusal parse_s3_refusal(const HttpHead& head, std::string_view document) {
    S3Refusal refusal;
    refusal.status = head.status;
    refusal.time = parse_http_date(std::string(head.header("date")));
    refusal.code = element(document, "Code");
    refusal.message = element(document, "Message");
    refusal.region = head.header("x-amz-bucket-region");
    if (refusal.region.empty()) refusal.region = element(document, "Region");
    if (!is_s3_region(refusal.region)) refusal.region.clear();
    return refusal;
}

Error s3_error(const S3Refusal& refusal, const S3Asked& asked) {
    if (refusal.code == "RequestTimeTooSkewed") return clock_error(refusal, asked);
    for (const Explanation& one : explanations) {
        if (one.code != refusal.code) continue;
        const std::string message = fmt::format(fmt::runtime(one.message), asked.origin, asked.bucket);
        return {one.kind, fmt::format("{}: {} ({})", asked.shown, message, one.code), std::string(one.hint)};
    }
    if (!refusal.region.empty() && refusal.region != asked.region) {
        return {ErrorCode::protocol,
                fmt::format("{}: the bucket is in {}, not in {}", asked.shown, refusal.region, asked.region),
                fmt::format("set region = \"{}\" for this connector", refusal.region)};
    }
    HttpHead head;
    head.status = refusal.status;
    Error error = refusal_of(head, asked.shown);
    if (!refusal.code.empty()) error.message += fmt::format(" ({}: {})", refusal.code, refusal.message);
    return error;
}

}  // namespace gup::detail
