// SPDX-License-Identifier: Apache-2.0
// A connector with a source: [[connector]] with `source` in the agent's configuration. It uses the releases layout, and
// its folder may not exist yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/declaration/source_address.hpp"
#include "util/secret.hpp"

namespace gup {

// Address of and credentials for a bucket. For empty members see source/archive/s3_credentials.hpp.
struct S3Settings {
    std::string endpoint;    // of another server than Amazon's: "https://minio.example.org:9000"
    std::string region;      // "eu-central-1"
    std::string access_key;  // with a secret key, or neither
    Secret secret_key;
};

// Whether it can be a region's name: it becomes a part of a host's name.
[[nodiscard]] bool is_s3_region(std::string_view text) noexcept;

struct DeclaredConnector {
    std::string name;
    SourceAddress source;
    std::string owner;                     // user or uid that the agent works as; empty: the root folder's owner
    S3Settings s3;                         // of a source in a bucket
    std::string sha256;                    // of the wanted archive, 64 lower case hex digits; empty: any
    std::vector<std::string> public_keys;  // minisign keys; one of them must have signed the archive; empty: unsigned
    std::string local;                     // a plain folder that mirrors the enabled release; absolute; empty: none
    std::vector<Requirement> pins;         // in addition to those of the gupfile, and before those of the same name
};

}  // namespace gup
