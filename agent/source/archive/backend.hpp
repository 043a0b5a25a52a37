// SPDX-License-Identifier: Apache-2.0
// The server of an archive: a web server, or a bucket. Shared by its question and its download.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "source/archive/archive_source.hpp"
#include "util/http/download.hpp"

namespace gup::detail {

class ArchiveServer {
public:
    virtual ~ArchiveServer() = default;
    // One GET of the archive, or of the file with `suffix` appended to its name, with as many requests as credentials
    // and regions need. Statuses 200, 206, 304 and 416 are answers; all others fail, and so does a web page
    // (text/html).
    [[nodiscard]] virtual Result<HttpAnswer> get(const std::string& suffix, std::vector<std::string> headers) = 0;
    // The URL for messages.
    [[nodiscard]] virtual std::string shown(const std::string& suffix) const = 0;
};

// Fails when the answer is a web page, which captive portals and expired logins send for every URL.
[[nodiscard]] Status refuse_page(const HttpHead& head, const std::string& shown);

}  // namespace gup::detail
