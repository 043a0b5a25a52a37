// SPDX-License-Identifier: Apache-2.0
// An archive on a server: which revision it has, and its download. http(s) and s3 alike.
//
// Everything runs as the process's user. Any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/declaration/declared_connector.hpp"
#include "core/revision.hpp"
#include "source/archive/archive_signature.hpp"
#include "source/libgit2/types.hpp"
#include "util/http/network_access.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// More than this is never downloaded.
inline constexpr std::uint64_t archive_size_limit = std::uint64_t{1} << 30U;

namespace detail {
class ArchiveServer;
}
struct ArchiveRequest;
// The server of the archive: make_web_server or make_bucket_server (source/archive/backend.hpp).
using MakeArchiveServer = Result<std::unique_ptr<detail::ArchiveServer>> (*)(HttpPool& pool,
                                                                             const ArchiveRequest& request);

struct ArchiveRequest {
    DeclaredConnector connector;
    GitUser user;  // whose netrc, git configuration, ~/.aws and ~/.amazon are used
    NetworkAccess network;
    MakeArchiveServer make_server = nullptr;
    // For a connector with public keys: what it accepted before, and who remembers what it accepts now.
    SeenArchives seen{};
    std::function<Status(const std::string& key, const ArchiveOrder& order)> accepted{};
};

// An archive's Revision::id names it among all of the same URL: 1 to 64 letters, digits, '.', '_' and '-', the first a
// letter or digit. The ETag if it is of that form, else 32 hexadecimal digits: the hash of the ETag, of length and
// date, or of the content.

// The server's current revision: one small request, with retries, which writes nothing. `known`: the revision that is
// already here, returned as it is when the server says that nothing changed; default: none. A connector
// with a sha256 has only one version, which is returned without a request. Fails as HttpStream does, and with
// not_found, authentication, server, protocol (also: a page instead of an archive, an empty one, one beyond archive_size_limit) and, for malformed
// keys, invalid_input. URLs in messages are masked.
[[nodiscard]] Result<Revision> ask_archive(const ArchiveRequest& request, const Revision& known);

// Whether it would be answered, by a request that is never left out: for doctor.
[[nodiscard]] Status reach_archive(const ArchiveRequest& request);

// Downloads it to `part`, whose folder exists, with retries, and continues an earlier attempt (also of an earlier
// night). Returns the received version, which may be newer than `wanted`, and whose id is never empty. `part` is then
// complete, flushed, and matches sha256 and public-keys. The archive's content is not checked here. After a failure the
// part stays for the next attempt, except when the disk is full or it is the wrong file. A refused archive is not
// downloaded again until the archive or the check changes; `part` + ".refused" remembers it. forget_download
// (util/http/download) removes a part that is no longer needed. Fails as ask_archive does, with no_space, and with the
// data budget's refusal; protocol for a wrong sha256, and authentication for a signature that is missing, of another
// key, wrong, for another archive, expired, or older than those in `seen`.
[[nodiscard]] Result<Revision> fetch_archive(const ArchiveRequest& request, const Revision& wanted,
                                             const fs::path& part, const ProgressCallback& progress);

// The revision that a server's words stand for.
[[nodiscard]] Revision make_archive_revision(std::string_view etag, std::string_view modified, std::uint64_t size);

}  // namespace gup
