// A file over HTTP, in as many attempts as it takes: what has arrived stays, and the next attempt asks for the rest
// (RFC 9110, section 14: Range, and If-Range so that two versions are never mixed).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "util/http/http.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct HttpAnswer {
    HttpHead head;
    std::unique_ptr<HttpStream> body;
};

struct DownloadRequest {
    std::string url;              // without credentials
    HttpCredentials credentials;  // empty: none
    // Instead of a plain GET of `url`, which then is only for messages: a GET with these headers. Any status is an
    // answer; whatever else but 200, 206 and 416 is refused as refusal_of says, unless it fails itself.
    std::function<Result<HttpAnswer>(std::vector<std::string> headers)> ask;
    fs::path part;            // where it goes; beside it `part` + ".from" says what it is the beginning of
    std::string identity;     // what is wanted, e.g. its SHA-256: a part of something else is thrown away
    std::uint64_t size = 0;   // exactly that many bytes; 0: whatever it is
    std::uint64_t limit = 0;  // more is refused; 0: only `size` counts
    std::function<void(std::uint64_t done)> progress;  // may be empty
    // Of bytes that have come and are about to be written; what it fails with ends the attempt. May be empty.
    std::function<Status(std::uint64_t bytes)> admit;
};

struct Download {
    std::uint64_t size = 0;     // of the whole file
    std::uint64_t resumed = 0;  // how much of it was there before
    std::string etag;           // of this very version, as the server says it; empty when it does not
    std::string modified;       // its Last-Modified, the same
};

// Downloads to `part`: on success it is whole, flushed, and its content is the caller's to verify. A part that has its
// `size` already costs no request; without a size, one that is whole costs an answer without a body (416).
// One attempt; what fails with is_worth_a_retry may be called again at once.
// Fails as HttpStream does, with not_found, authentication, server and protocol for what the server answers (protocol
// also for a wrong size), and with no_space, permission or io for the file.
[[nodiscard]] Result<Download> download(HttpPool& pool, const DownloadRequest& request);

// How much of what `request` asks for is there already.
[[nodiscard]] std::uint64_t downloaded_so_far(const DownloadRequest& request);

// Removes the part and what was known of it.
void forget_download(const fs::path& part);

}  // namespace gup
