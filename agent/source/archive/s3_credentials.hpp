// Who we are to S3, and in which region a bucket is looked for: where Amazon's own tools look, after our configuration
// and ~/.amazon/account-key.
#pragma once

#include <string>
#include <string_view>

#include "core/declaration/declared_connector.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/secret.hpp"
#include "util/sys/file.hpp"

namespace gup::detail {

struct S3Credentials {
    std::string access_key;
    Secret secret_key;
    Secret session_token;       // of a role or a login that ends; empty: none
    std::string origin;         // for people: "~/.aws/credentials [default]"
    bool is_of_a_role = false;  // a new one can be had when it has expired
};

struct S3Surroundings {
    HttpPool& http;  // for roles
    fs::path home;   // of the connector's owner; read by the calling thread. Empty: no files
    std::string (*variable)(const char* name);
};

// The first of: configuration, ~/.amazon/account-key, AWS_ACCESS_KEY_ID, ~/.aws/credentials (and ~/.aws/config),
// container role, instance role (IMDSv2). Only the last two ask somebody, for at most a second each; what the machine's
// own role is, or that it has none, is asked once per process. Fails with authentication; the hint says where was
// looked.
[[nodiscard]] Result<S3Credentials> find_s3_credentials(const S3Settings& settings, const S3Surroundings& where);
// The next one asks for a role's credentials again.
void forget_s3_roles();

// Configuration, AWS_REGION, AWS_DEFAULT_REGION, the profile's in ~/.aws/config, else us-east-1.
[[nodiscard]] std::string find_s3_region(const S3Settings& settings, const S3Surroundings& where);

// The value of `key` in the section `[name]` of an INI file as Amazon's tools write it; empty `section`: before the
// first. Empty when there is none. Indented lines below a key without a value are that key's own.
[[nodiscard]] std::string ini_value(std::string_view text, std::string_view section, std::string_view key);

// What a role's document says: AccessKeyId, SecretAccessKey, Token. Fails with protocol.
[[nodiscard]] Result<S3Credentials> parse_role_credentials(const std::string& json);

}  // namespace gup::detail
