// Who has an archive: a web server, or a bucket. What asking it and downloading from it have in common.
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
    // One GET of the archive, or of what lies beside it with `suffix` at the end of its name, with as many requests as
    // credentials and regions want. Statuses 200, 206, 304 and 416 are answers; all else fails, and so does a page for
    // people (text/html).
    [[nodiscard]] virtual Result<HttpAnswer> get(const std::string& suffix, std::vector<std::string> headers) = 0;
    // As it may be shown.
    [[nodiscard]] virtual std::string shown(const std::string& suffix) const = 0;
};

// Fails when what came is a page for people, as captive portals and expired log-ins answer with everything.
[[nodiscard]] Status refuse_page(const HttpHead& head, const std::string& shown);

}  // namespace gup::detail
