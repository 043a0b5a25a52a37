// SPDX-License-Identifier: Apache-2.0
// An answer of a server of S3: an error as XML, a role's credentials as JSON, and the files of Amazon's tools.
#include "source/archive/s3_credentials.hpp"

#include "fuzz.hpp"
#include "source/archive/s3_errors.hpp"

void gup::fuzz::take(std::string_view input) {
    HttpHead head;
    head.status = 403;
    const detail::S3Refusal refusal = detail::parse_s3_refusal(head, input);
    const Error error =
        detail::s3_error(refusal, {"s3://bucket/key", "bucket", "~/.aws/credentials", "us-east-1", 1'800'000'000});
    check(!error.message.empty(), "an error has a message");
    (void)detail::parse_role_credentials(std::string(input));
    (void)detail::ini_value(input, "default", "aws_access_key_id");
    (void)detail::s3_url("", "us-east-1", "bucket", input);
}
