// SPDX-License-Identifier: Apache-2.0
// A file over HTTP, in several attempts: received bytes stay, and the next attempt requests the rest (RFC 9110, section
// 14: Range, and If-Range so that two versions are never mixed).
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
    // Replaces the plain GET of `url`, which is then only used in messages. Receives the headers to send. Any status is
    // an answer; statuses other than 200, 206 and 416 are refused as refusal_of says.
    std::function<Result<HttpAnswer>(std::vector<std::string> headers)> ask;
    fs::path part;         // the destination; `part` + ".from" next to it names the file that it belongs to
    std::string identity;  // identifies the file, e.g. its SHA-256: a part of another file is removed
    // `identity` names the content, which every server has in the same bytes: a part goes on at any of them.
    bool is_content_named = false;
    std::uint64_t size = 0;                            // the exact size in bytes; 0: any
    std::uint64_t limit = 0;                           // more is refused; 0: no limit but `size`
    std::function<void(std::uint64_t done)> progress;  // may be empty
    // Called for received bytes before they are written; its error ends the attempt. May be empty.
    std::function<Status(std::uint64_t bytes)> admit;
};

struct Download {
    std::uint64_t size = 0;     // of the whole file
    std::uint64_t resumed = 0;  // bytes that earlier attempts had received
    std::string etag;           // of this version, from the server; empty when it sends none
    std::string modified;       // its Last-Modified, the same
};

// Downloads to `part`. On success the part is complete and flushed; the caller verifies its content. A part that
// already has its `size` costs no request. Without a size, a complete part costs an answer without a body (416). One
// attempt; after an error with is_worth_a_retry the caller may try again at once. Fails as HttpStream does, with
// not_found, authentication, server and protocol for the server's answer (protocol also for a wrong size), and with
// no_space, permission or io for the file.
[[nodiscard]] Result<Download> download(HttpPool& pool, const DownloadRequest& request);

// The bytes of `request` that were already received.
[[nodiscard]] std::uint64_t downloaded_so_far(const DownloadRequest& request);

// Removes the part and its note.
void forget_download(const fs::path& part);

}  // namespace gup
