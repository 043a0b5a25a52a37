// SPDX-License-Identifier: Apache-2.0
// One state of a source: a commit, or the archive that a server has. A plain value.
#pragma once

#include <cstdint>
#include <string>

namespace gup {

struct Revision {
    // Of git the commit, 40 hex digits. Of an archive its ETag or digest: see source/archive/archive_source.hpp.
    // Empty: only the archive itself tells revisions apart; the server sends neither ETag nor date.
    std::string id;
    std::string name{};      // for people: the branch or the tag; "zip"
    std::string ref{};       // of git, on the remote: "refs/heads/main", "refs/tags/v1", "HEAD", or the commit itself
    std::string etag{};      // of an archive, as its server says it; empty: none that could be sent back
    std::string modified{};  // of an archive, its Last-Modified; empty: none
    std::uint64_t size = 0;  // of an archive, bytes; 0: not known

    friend bool operator==(const Revision&, const Revision&) = default;
};

}  // namespace gup
