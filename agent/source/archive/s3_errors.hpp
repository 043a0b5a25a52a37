// SPDX-License-Identifier: Apache-2.0
// URLs of objects in S3, and its errors: an XML document with a code and a message
// (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
#pragma once

#include <string>
#include <string_view>

#include "util/clock.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup::detail {

// With an endpoint always https://endpoint/bucket/key. At Amazon the bucket is a part of the host's name, unless it
// cannot be a host name, or has dots, which certificates do not cover. The key is percent-encoded as signatures need
// it.
[[nodiscard]] std::string s3_url(const std::string& endpoint, const std::string& region, const std::string& bucket,
                                 std::string_view key);

struct S3Refusal {
    int status = 0;
    std::string code;     // "NoSuchKey"; empty: the answer is not such a document
    std::string message;  // for people, one line
    std::string region;   // the bucket's region, if the answer has it
    UnixTime time = -1;   // the server's, by its Date
};

// `document`: the answer's body, or as much of it as was read.
[[nodiscard]] S3Refusal parse_s3_refusal(const HttpHead& head, std::string_view document);

struct S3Asked {
    std::string shown;  // "s3://bucket/key"
    std::string bucket;
    std::string origin;  // of the credentials
    std::string region;  // that was asked
    UnixTime now = 0;
};

// authentication for wrong credentials or a wrong clock, not_found, server, protocol; each with a hint.
[[nodiscard]] Error s3_error(const S3Refusal& refusal, const S3Asked& asked);

}  // namespace gup::detail
