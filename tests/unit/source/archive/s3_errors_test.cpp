// SPDX-License-Identifier: Apache-2.0
#include "source/archive/s3_errors.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "fixture.hpp"

namespace gup::test {

TEST_CASE("s3_url: the bucket is a part of the host with Amazon, and of the path with other servers") {
    using detail::s3_url;
    CHECK(s3_url("", "eu-north-1", "code", "a/b.zip") == "https://code.s3.eu-north-1.amazonaws.com/a/b.zip");
    CHECK(s3_url("", "eu-north-1", "my.code", "b.zip") == "https://s3.eu-north-1.amazonaws.com/my.code/b.zip");
    CHECK(s3_url("", "us-east-1", "Old_One", "b.zip") == "https://s3.us-east-1.amazonaws.com/Old_One/b.zip");
    CHECK(s3_url("", "cn-north-1", "code", "b") == "https://code.s3.cn-north-1.amazonaws.com.cn/b");
    CHECK(s3_url("http://minio:9000/", "x", "code", "b") == "http://minio:9000/code/b");
    CHECK(s3_url("http://m", "x", "c", "a b+c=ü%.zip") == "http://m/c/a%20b%2Bc%3D%C3%BC%25.zip");
}

TEST_CASE("s3_error: each refusal has its own message and hint") {
    const detail::S3Asked asked{"s3://code/app.zip", "code", "AWS_ACCESS_KEY_ID", "us-east-1", 1'000'000'000};
    const auto error = [&](int status, const std::string& code, HttpHead head = {}) {
        head.status = status;
        const std::string document = "<?xml version=\"1.0\"?>\n<Error><Code>" + code +
                                     "</Code><Message>words &amp; &lt;more&gt;</Message></Error>";
        return detail::s3_error(detail::parse_s3_refusal(head, document), asked);
    };
    std::set<std::string> messages;
    for (const char* code : {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
                             "AccessDenied", "NoSuchBucket", "NoSuchKey", "RequestTimeTooSkewed"}) {
        const Error one = error(403, code);
        CHECK(one.code ==
              (std::string_view(code).starts_with("NoSuch") ? ErrorCode::not_found : ErrorCode::authentication));
        CHECK_FALSE(one.hint.empty());
        CHECK(one.message.starts_with("s3://code/app.zip: "));
        CHECK(holds(one.message, code));
        messages.insert(one.message);
    }
    CHECK(messages.size() == 8);
    CHECK(holds(error(403, "InvalidAccessKeyId").message, "the access key of AWS_ACCESS_KEY_ID"));
    CHECK(error(503, "SlowDown").code == ErrorCode::server);
    CHECK(holds(error(400, "Strange").message, "answered 400 (Strange: words & <more>)"));
}

TEST_CASE("s3_error: a wrong clock is reported with its difference and direction") {
    HttpHead head;
    head.status = 403;
    head.headers = {{"date", "Sun, 09 Sep 2001 02:09:40 GMT"}};  // 1'000'001'380
    const std::string document = "<Error><Code>RequestTimeTooSkewed</Code></Error>";
    detail::S3Asked asked{"s3://code/app.zip", "code", "x", "us-east-1", 1'000'000'000};
    const auto refusal = detail::parse_s3_refusal(head, document);
    CHECK(holds(detail::s3_error(refusal, asked).message, "is 23 min behind that of the server"));
    asked.now = 1'000'009'000;
    CHECK(holds(detail::s3_error(refusal, asked).message, "is 127 min ahead of that of the server"));
}

TEST_CASE("parse_s3_refusal: another document, and an invalid region, are ignored") {
    HttpHead head;
    head.status = 301;
    CHECK(detail::parse_s3_refusal(head, "<html><Code").code.empty());
    CHECK(detail::parse_s3_refusal(head, "<Error><Region>eu-north-1</Region></Error>").region == "eu-north-1");
    head.headers = {{"x-amz-bucket-region", "evil.example.org/"}};
    CHECK(detail::parse_s3_refusal(head, "").region.empty());
    const auto long_one = detail::parse_s3_refusal(head, "<Code>" + std::string(100'000, 'x') + "</Code>");
    CHECK(long_one.code.size() < 300);
}

}  // namespace gup::test
