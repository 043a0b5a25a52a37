// An archive on a server: which version it has, and its download. http(s) and s3 alike.
//
// Everything runs with the calling thread's user (see host/owner.hpp), after git_initialize: the retries, the data
// budget and the disk reserve are those of its settings. Any number of threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/declaration/declared_connector.hpp"
#include "source/libgit2/types.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// More than this is never downloaded.
inline constexpr std::uint64_t archive_size_limit = std::uint64_t{1} << 30U;

struct ArchiveRequest {
    DeclaredConnector connector;  // its source is http_zip or s3_zip
    GitUser user;                 // whose netrc, git configuration, ~/.aws and ~/.amazon count
};

struct ArchiveVersion {
    // Names the version among all of the same URL: 1 to 64 letters, digits, '.', '_' and '-', the first a letter or
    // digit. The ETag if it is of that form, else 32 hexadecimal digits: of what the ETag, or length and date, or the
    // content hashes to. Empty: the server says nothing that would tell versions apart, only a download does.
    std::string id;
    std::string etag;        // as the server says it; empty: none that could be sent back
    std::string modified;    // its Last-Modified; empty: none
    std::uint64_t size = 0;  // bytes; 0: not known

    friend bool operator==(const ArchiveVersion&, const ArchiveVersion&) = default;
};

// The version that the server has: one small request, with retries, which writes nothing. `known`: the version that is
// here, returned as it is when the server says that nothing changed; default: none. A connector with a sha256 has but
// one version, which is returned without asking anybody.
// Fails as HttpStream does, and with not_found, authentication, server, protocol (also: a page instead of an archive,
// an empty one, one beyond archive_size_limit) and, for keys that make no sense, invalid_input. URLs in messages are
// masked.
[[nodiscard]] Result<ArchiveVersion> ask_archive(HttpPool& pool, const ArchiveRequest& request,
                                                 const ArchiveVersion& known);

// Whether it would be answered, by a request that is never left out: for doctor.
[[nodiscard]] Status reach_archive(HttpPool& pool, const ArchiveRequest& request);

// Downloads it to `part`, whose folder is there, with retries, going on where the last attempt (of a night before,
// maybe) was cut; what is returned is the version that has come, which may be a newer one than `wanted`, and whose id
// is never empty. `part` is then whole, flushed, and is what sha256 and public-keys want; that it is a good archive is
// for others to say. Of a download that fails the part stays for the next attempt, except when the disk is full or it
// is the wrong one. What was refused once is not downloaded again until the server has something else, or the check is
// another one; `part` + ".refused" remembers it. Who has no more use for the part calls forget_download
// (util/http_download). Fails as ask_archive does, with no_space, and with the data budget's refusal; protocol for a
// wrong sha256, and authentication for a signature that is missing, of another key, or wrong.
[[nodiscard]] Result<ArchiveVersion> fetch_archive(HttpPool& pool, const ArchiveRequest& request,
                                                   const ArchiveVersion& wanted, const fs::path& part,
                                                   const ProgressCallback& progress);

// The version that a server's words stand for; see ArchiveVersion::id.
[[nodiscard]] ArchiveVersion make_archive_version(std::string_view etag, std::string_view modified, std::uint64_t size);

}  // namespace gup
