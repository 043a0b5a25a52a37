// SPDX-License-Identifier: Apache-2.0
// Credentials and region for S3: from our configuration, from ~/.amazon/account-key, and from the places of Amazon's
// own tools.
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
    bool is_of_a_role = false;  // it can be renewed after it has expired
};

struct S3Surroundings {
    HttpPool& http;  // for roles
    fs::path home;   // of the connector's owner; read as that user. Empty: no files
    std::string (*variable)(const char* name);
};

// The first of: configuration, ~/.amazon/account-key, AWS_ACCESS_KEY_ID, ~/.aws/credentials (and ~/.aws/config),
// container role, instance role (IMDSv2). Only the last two send requests, for at most a second each. The machine's
// role is asked once per process. Fails with authentication; the hint lists the searched places.
[[nodiscard]] Result<S3Credentials> find_s3_credentials(const S3Settings& settings, const S3Surroundings& where);
// The next call asks for a role's credentials again.
void forget_s3_roles();

// Configuration, AWS_REGION, AWS_DEFAULT_REGION, the profile's in ~/.aws/config, else us-east-1.
[[nodiscard]] std::string find_s3_region(const S3Settings& settings, const S3Surroundings& where);

// The value of `key` in the section `[name]` of an INI file of Amazon's tools; empty `section`: before the first. Empty
// if there is none. Indented lines below a key without a value belong to that key.
[[nodiscard]] std::string ini_value(std::string_view text, std::string_view section, std::string_view key);

// The content of a role's document: AccessKeyId, SecretAccessKey, Token. Fails with protocol.
[[nodiscard]] Result<S3Credentials> parse_role_credentials(const std::string& json);

}  // namespace gup::detail
