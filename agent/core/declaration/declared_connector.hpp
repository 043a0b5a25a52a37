// A connector whose code has a source of its own: [[connector]] with `source` in the agent's configuration. It is in
// the releases layout, and need not be there yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/declaration/source_address.hpp"
#include "util/secret.hpp"

namespace gup {

// How a bucket is reached, and who asks. What is empty is looked for elsewhere (source/s3_credentials.hpp).
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
    S3Settings s3;                         // of a source in a bucket
    std::string sha256;                    // of the one archive that is wanted, 64 lower case hex digits; empty: any
    std::vector<std::string> public_keys;  // minisign's; one of them has to have signed the archive; empty: unsigned
    std::string local;              // a plain folder that is kept as the enabled release is; absolute; empty: none
    std::vector<Requirement> pins;  // in the place of the gupfile's of the same name, and besides them
};

}  // namespace gup
