// SPDX-License-Identifier: Apache-2.0
#include "source/archive/archive_source.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "source/archive/backend.hpp"
#include "source/libgit2/handles.hpp"
#include "util/crypto/digest.hpp"
#include "util/crypto/minisign.hpp"
#include "util/http/patient_download.hpp"
#include "util/log/log.hpp"
#include "util/sys/free_space.hpp"
#include "util/text.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

using detail::ArchiveServer;

constexpr std::size_t id_length = 32;  // of hexadecimal digits
constexpr std::size_t longest_etag_as_id = 64;
constexpr std::size_t longest_etag = 1024;  // of a stored ETag or date: servers refuse long headers
constexpr std::uint64_t signature_limit = 4096;
constexpr std::uint64_t note_limit = 8192;
constexpr const char* signature_suffix = ".minisig";

Revision named_archive(std::string id) {
    Revision revision{std::move(id)};
    revision.name = "zip";
    return revision;
}

std::string short_hash(std::string_view text) {
    return sha256_of(text).substr(0, id_length);
}

bool is_archive_id(std::string_view text) {
    const auto may_stand = [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; };
    return !text.empty() && text.size() <= longest_etag_as_id && is_letter_or_digit(text.front()) &&
           std::all_of(text.begin(), text.end(), may_stand);
}

std::uint64_t size_in(std::string_view text) {
    return number_in<std::uint64_t>(text).value_or(0);
}

// The size of the whole archive; 0 if unknown.
std::uint64_t announced_size(const HttpHead& head) {
    if (head.status != 206) return size_in(head.header("content-length"));
    const std::string_view range = head.header("content-range");
    const auto slash = range.find('/');
    return slash == std::string_view::npos ? 0 : size_in(range.substr(slash + 1));
}

Revision version_in(const HttpHead& head) {
    return make_archive_revision(head.header("etag"), head.header("last-modified"), announced_size(head));
}

Error empty_archive(const ArchiveServer& server) {
    return {ErrorCode::protocol, server.shown({}) + " is empty",
            "an upload may be in progress; check it on the server"};
}

Error too_large(const ArchiveServer& server, std::uint64_t size) {
    return {ErrorCode::protocol,
            fmt::format("{} has {}, more than the limit of {}", server.shown({}), format_size(size),
                        format_size(archive_size_limit)),
            {}};
}

// Requests one byte: the answer says as much as one to HEAD, which URLs that were signed for GET refuse.
Result<HttpAnswer> ask_for_head(ArchiveServer& server, const Revision& known) {
    std::vector<std::string> headers;
    if (!known.etag.empty()) headers.push_back("If-None-Match: " + known.etag);
    if (!known.modified.empty()) headers.push_back("If-Modified-Since: " + known.modified);
    const bool may_be_unchanged = !headers.empty();
    headers.emplace_back("Range: bytes=0-0");
    GUP_TRY(HttpAnswer answer, server.get({}, headers));
    if (answer.head.status == 416) {
        if (answer.head.header("content-range") == "bytes */0") return empty_archive(server);
        headers.pop_back();
        GUP_TRY(answer, server.get({}, headers));
    }
    if (answer.head.status == 416 || (answer.head.status == 304 && !may_be_unchanged)) {
        return refusal_of(answer.head, server.shown({}));
    }
    return answer;
}

Result<Revision> ask_once(ArchiveServer& server, const Revision& known) {
    GUP_TRY(const HttpAnswer answer, ask_for_head(server, known));
    if (answer.head.status == 304) return known;
    if (answer.head.header("content-length") == "0") return empty_archive(server);
    Revision version = version_in(answer.head);
    if (version.size > archive_size_limit) return too_large(server, version.size);
    return version;
}

Result<Revision> ask_with_retries(ArchiveServer& server, const RetryPolicy& retry, const Revision& known) {
    Revision version;
    GUP_CHECK(with_retries(retry, [&]() -> Status {
        GUP_TRY(version, ask_once(server, known));
        return {};
    }));
    return version;
}

// A refused download: the version, and a hash of the checks that it did not pass.
struct RefusedArchive {
    std::string id;
    std::string checks;
    std::string message;
};

class Fetch {
public:
    Fetch(ArchiveServer& server, const ArchiveRequest& request, const fs::path& part, const ProgressCallback& progress)
        : server_(server),
          request_(request),
          connector_(request.connector),
          network_(request.network),
          progress_(progress),
          note_(part.native() + ".refused") {
        download_.url = server.shown({});
        download_.part = part;
        download_.identity = short_hash(connector_.source.url + connector_.s3.endpoint);
        download_.limit = archive_size_limit;
        download_.ask = [this](std::vector<std::string> headers) { return ask(std::move(headers)); };
        download_.progress = [this](std::uint64_t done) { tell(done); };
    }

    Result<Revision> execute(const Revision& wanted) {
        GUP_CHECK(network_.admit_download());
        GUP_CHECK(SpaceWatch(download_.part.parent_path(), network_.disk_reserve).admit());
        GUP_CHECK(require_room(wanted));
        GUP_CHECK(find_signature());
        GUP_CHECK(judge_comment());
        read_note();
        GUP_TRY(const Download done, download_patiently(network_, download_));
        if (done.size == 0) {
            forget_download(download_.part);
            return empty_archive(server_);
        }
        return verified(named(done, wanted));
    }

private:
    Result<HttpAnswer> ask(std::vector<std::string> headers) {
        GUP_TRY(HttpAnswer answer, server_.get({}, std::move(headers)));
        const bool is_body = answer.head.status == 200 || answer.head.status == 206;
        if (is_body && announced_size(answer.head) > archive_size_limit) {
            return too_large(server_, announced_size(answer.head));
        }
        if (is_body && refused_ && version_in(answer.head).id == refused_->id) {
            return Error{ErrorCode::protocol, refused_->message,
                         "it is not downloaded again until the server has another archive"};
        }
        return answer;
    }

    void tell(std::uint64_t done) {
        if (!progress_) return;
        TransferProgress progress;
        progress.bytes = done;
        progress_(progress);
    }

    [[nodiscard]] Status require_room(const Revision& wanted) const {
        const std::uint64_t have = downloaded_so_far(download_);
        if (wanted.size <= have) return {};
        return require_space(download_.part.parent_path(), wanted.size - have, network_.disk_reserve);
    }

    // Before the archive: the signature is small, and without it the archive is not needed.
    Status find_signature() {
        checks_ = connector_.sha256;
        if (connector_.public_keys.empty()) return {};
        for (const std::string& text : connector_.public_keys) {
            GUP_TRY(const MinisignKey key, parse_minisign_key(text));
            keys_.push_back(key);
            checks_ += text;
        }
        Status status = with_retries(network_.retry, [this]() -> Status {
            GUP_TRY(const HttpAnswer answer, server_.get(signature_suffix, {}));
            if (answer.head.status != 200) return refusal_of(answer.head, server_.shown(signature_suffix));
            GUP_TRY(signature_, answer.body->read_all(signature_limit));
            return {};
        });
        checks_ += signature_;
        if (status.ok() || status.error().code != ErrorCode::not_found) return status;
        return Error{
            ErrorCode::authentication,
            fmt::format("{} is not signed: there is no {}", server_.shown({}), server_.shown(signature_suffix)),
            "sign it with minisign, and upload the .minisig next to it; or remove public-keys"};
    }

    // Also before the archive: an old one is not needed either.
    Status judge_comment() {
        if (keys_.empty()) return {};
        const auto comment = verify_minisign_comment(signature_, keys_);
        if (!comment.ok()) return wrong_signature(comment.error());
        const SourceAddress& source = connector_.source;
        const bool is_s3 = source.kind == SourceKind::s3_zip;  // its key is not encoded
        const std::string name = is_s3 ? source.key.substr(source.key.rfind('/') + 1) : archive_name(source.url);
        const ReaderClock clock{system_clock().now(), network_.built};
        // An archive that the operator names by its hash may be an old one.
        const SeenArchives seen = connector_.sha256.empty() ? request_.seen : SeenArchives{};
        GUP_TRY(order_, judge_signature(*comment, {name, server_.shown({}), seen, clock}));
        key_ = comment->key;
        return {};
    }

    // A server that sent no length will not send one the next time: then the date alone names the version.
    static Revision named(const Download& done, const Revision& wanted) {
        Revision version = make_archive_revision(done.etag, done.modified, done.size);
        const Revision without_size = make_archive_revision(done.etag, done.modified, 0);
        if (without_size.id == wanted.id) version.id = wanted.id;
        return version;
    }

    Result<Revision> verified(Revision version) {
        const std::string said = version.id;
        if (!connector_.sha256.empty() || version.id.empty()) {
            GUP_TRY(const std::string found, sha256_of_file(download_.part));
            if (!connector_.sha256.empty() && found != connector_.sha256) return refuse(said, wrong_hash(found));
            version.id = found.substr(0, id_length);
        }
        if (!keys_.empty()) {
            if (const auto comment = verify_minisign_file(download_.part, signature_, keys_); !comment.ok()) {
                return refuse(said, wrong_signature(comment.error()));
            }
            if (request_.accepted) GUP_CHECK(request_.accepted(key_, order_));
        }
        ::unlink(note_.c_str());
        return version;
    }

    [[nodiscard]] Error wrong_hash(const std::string& found) const {
        return {ErrorCode::protocol,
                fmt::format("{} has the wrong hash: its SHA-256 is {}, the configuration says {}", server_.shown({}),
                            found, connector_.sha256),
                "sha256 may belong to another release; otherwise something changes the archive on its way"};
    }

    [[nodiscard]] Error wrong_signature(const Error& why) const {
        if (is_of_the_file(why)) return why;
        return Error{ErrorCode::authentication,
                     fmt::format("{} has no good signature: {}", server_.shown({}), why.message), why.hint}
            .with_hint("sign the archive on the server with a key of public-keys");
    }

    // True when the file could not be read: then the signature is neither good nor bad.
    static bool is_of_the_file(const Error& why) {
        return why.code == ErrorCode::io || why.code == ErrorCode::permission;
    }

    Error refuse(const std::string& id, Error why) {
        forget_download(download_.part);
        if (is_of_the_file(why) || id.empty()) return why;
        const std::string text = fmt::format("{}\n{}\n{}\n", id, short_hash(checks_), why.message);
        // Without the note the next night only costs a download.
        if (auto status = write_file_atomically(note_, text, 0600); !status.ok()) {
            log::debug(connector_.name, status.error().message);
        }
        return why;
    }

    void read_note() {
        std::string_view rest;
        const auto text = read_file(note_, note_limit);
        if (!text.ok()) return;
        rest = *text;
        RefusedArchive refused;
        refused.id = take_until(rest, '\n');
        refused.checks = take_until(rest, '\n');
        refused.message = take_until(rest, '\n');
        if (!refused.id.empty() && refused.checks == short_hash(checks_)) refused_ = std::move(refused);
    }

    ArchiveServer& server_;
    const ArchiveRequest& request_;
    const DeclaredConnector& connector_;
    const NetworkAccess& network_;
    const ProgressCallback& progress_;
    fs::path note_;
    DownloadRequest download_;
    std::vector<MinisignKey> keys_;
    std::string signature_;
    std::string key_;     // that signed it
    ArchiveOrder order_;  // by its comment
    std::string checks_;
    std::optional<RefusedArchive> refused_;
};

}  // namespace

Revision make_archive_revision(std::string_view etag, std::string_view modified, std::uint64_t size) {
    Revision version = named_archive({});
    version.size = size;
    if (parse_http_date(std::string(modified)) >= 0) version.modified = modified;
    const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
    if (etag.size() <= longest_etag && std::all_of(etag.begin(), etag.end(), is_plain)) version.etag = etag;
    // Weak or strong, it names the version.
    std::string_view name = etag.starts_with("W/") ? etag.substr(2) : etag;
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    if (!name.empty()) {
        version.id = is_archive_id(name) ? std::string(name) : short_hash(name);
    } else if (!modified.empty()) {
        version.id = short_hash(fmt::format("{} {}", size, modified));
    }
    return version;
}

Result<Revision> ask_archive(const ArchiveRequest& request, const Revision& known) {
    const std::string& sha256 = request.connector.sha256;
    if (!sha256.empty()) return named_archive(sha256.substr(0, id_length));
    GUP_TRY(const auto server, request.make_server(*request.network.http, request));
    GUP_TRY(Revision version, ask_with_retries(*server, request.network.retry, known));
    if (version.id.empty()) {
        log::warning(request.connector.name,
                     fmt::format("{} has neither an ETag nor a date: it is downloaded each time to see whether it "
                                 "changed",
                                 server->shown({})));
    }
    return version;
}

Status reach_archive(const ArchiveRequest& request) {
    GUP_TRY(const auto server, request.make_server(*request.network.http, request));
    GUP_TRY(const Revision version, ask_with_retries(*server, request.network.retry, {}));
    (void)version;
    return {};
}

Result<Revision> fetch_archive(const ArchiveRequest& request, const Revision& wanted, const fs::path& part,
                               const ProgressCallback& progress) {
    GUP_TRY(const auto server, request.make_server(*request.network.http, request));
    return Fetch(*server, request, part, progress).execute(wanted);
}

}  // namespace gup
