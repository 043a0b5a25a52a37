// SPDX-License-Identifier: Apache-2.0
// The source of a connector's code, in the operator's form: `source` of a [[connector]], `remote` of repo-deploy.
//
//   user@host:org/app.git/path#branch            git over ssh
//   ssh://user@host/org/app.git/path#branch      git over ssh, with or without git+ before it
//   git+https://host/app.git/path#branch         git; also git+http, git+file, git://, file:// and /path, each with
//                                                .git inside
//   https://host/app.git#branch                  git, because of its .git
//   https://host/app.zip#folder                  an archive: http(s) without .git and without git+
//   s3://bucket/path/app.zip#folder              an archive in a bucket
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace gup {

enum class SourceKind : std::uint8_t { git, http_zip, s3_zip };

struct SourceAddress {
    SourceKind kind = SourceKind::git;
    std::string url;     // the URL to ask, with credentials; of git without folder and ref; of S3 "s3://bucket/key"
    std::string folder;  // the deployed folder of the repository or archive, without slashes around it; empty: all
    std::string ref;     // git: a branch, a tag or a full commit id; empty: the remote's HEAD
    std::string bucket;  // S3
    std::string key;     // S3, without the slash before it

    friend bool operator==(const SourceAddress&, const SourceAddress&) = default;
};

// Fails with invalid_input or unsupported for any other text; secrets are masked.
[[nodiscard]] Result<SourceAddress> parse_source(std::string_view text);

// Checks that git supports this kind of URL: http, https, ssh, git, file. Fails with invalid_input or unsupported.
[[nodiscard]] Status check_git_url(const std::string& url);

// For people: the written form, without passwords and tokens.
[[nodiscard]] std::string display(const SourceAddress& source);

}  // namespace gup
