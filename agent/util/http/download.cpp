// SPDX-License-Identifier: Apache-2.0
#include "util/http/download.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <vector>

#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

fs::path note_path(const fs::path& part) {
    return part.native() + ".from";
}

// The file that a part belongs to: the caller's identity, and the version that the server named.
struct Note {
    std::string identity;
    std::string etag;
    std::string modified;

    // For If-Range. Weak ETags promise nothing about bytes.
    [[nodiscard]] const std::string& validator() const { return etag.starts_with('"') ? etag : modified; }
};

std::optional<Note> read_note(const fs::path& part) {
    const auto text = read_file(note_path(part), 16384);
    if (!text.ok()) return std::nullopt;
    std::array<std::string, 3> lines;
    std::size_t begin = 0;
    for (std::string& line : lines) {
        const auto end = text->find('\n', begin);
        if (end == std::string::npos) return std::nullopt;  // not written to its end
        line = text->substr(begin, end - begin);
        begin = end + 1;
    }
    return Note{lines[0], lines[1], lines[2]};
}

// Where a 206 begins: "bytes 100-199/200".
std::optional<std::uint64_t> range_start(const HttpHead& head) {
    std::string_view text = head.header("content-range");
    if (!text.starts_with("bytes ")) return std::nullopt;
    text.remove_prefix(6);
    return number_in<std::uint64_t>(text.substr(0, text.find('-')));
}

// How long the file is by a 416: "bytes */200".
std::optional<std::uint64_t> length_of_unsatisfied(const HttpHead& head) {
    const std::string_view text = head.header("content-range");
    constexpr std::string_view begin = "bytes */";
    return text.starts_with(begin) ? number_in<std::uint64_t>(text.substr(begin.size())) : std::nullopt;
}

class Attempt {
public:
    Attempt(HttpPool& pool, const DownloadRequest& request)
        : pool_(pool), request_(request), shown_(mask_secrets(request.url.substr(0, request.url.find('?')))) {}

    Result<Download> execute() {
        GUP_CHECK(open());
        resumed_ = have_;
        if (request_.size != 0 && have_ == request_.size) return finished();
        GUP_TRY(const bool again, transfer());
        if (again) GUP_CHECK(transfer());
        return finished();
    }

private:
    Status open() {
        constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
        fd_.reset(::open(request_.part.c_str(), flags, 0600));
        if (!fd_.valid() && errno == EACCES && ::unlink(request_.part.c_str()) == 0) {
            // The part may belong to another user, for example root, who once downloaded here.
            fd_.reset(::open(request_.part.c_str(), flags | O_EXCL, 0600));
        }
        struct stat status {};
        if (!fd_.valid() || ::fstat(fd_.get(), &status) != 0) return file_error();
        // With a second name it may be any file of this user, and must not be overwritten.
        if (!S_ISREG(status.st_mode) || status.st_nlink != 1) {
            return Error{ErrorCode::io,
                         fmt::format("{} is not a regular file, or has a second hard link", request_.part.string()),
                         "remove it"};
        }
        have_ = downloaded_so_far(request_);
        if (auto note = have_ > 0 ? read_note(request_.part) : std::nullopt; note) note_ = *std::move(note);
        return have_ == 0 ? start_over() : Status{};
    }

    Status start_over() {
        have_ = 0;
        resumed_ = 0;
        note_ = {};
        return ::ftruncate(fd_.get(), 0) == 0 ? Status{} : file_error();
    }

    // True: the server now has another file than the part; request the whole file once more.
    Result<bool> transfer() {
        std::vector<std::string> headers;
        if (have_ > 0) headers = {fmt::format("Range: bytes={}-", have_)};
        if (have_ > 0 && !request_.is_content_named) headers.push_back("If-Range: " + note_.validator());
        GUP_TRY(const HttpAnswer answer, ask(std::move(headers)));
        const HttpHead& head = answer.head;
        if (have_ > 0 && is_whole(head)) return false;
        if (have_ > 0 && !goes_on(head)) {
            GUP_CHECK(start_over());
            return true;
        }
        if (head.status == 200) {
            GUP_CHECK(begin(head));
        } else if (head.status != 206 || have_ == 0) {
            return refusal_of(head, shown_);
        }
        GUP_CHECK(receive(*answer.body));
        return false;
    }

    Result<HttpAnswer> ask(std::vector<std::string> headers) {
        if (request_.ask) return request_.ask(std::move(headers));
        HttpRequest request;
        request.url = request_.url;
        request.credentials = request_.credentials;
        request.headers = std::move(headers);
        HttpAnswer answer{{}, pool_.start(std::move(request))};
        GUP_TRY(answer.head, answer.body->head());
        return answer;
    }

    // For another version than that of the part, the server would have answered from the first byte.
    [[nodiscard]] bool is_whole(const HttpHead& head) const {
        return request_.size == 0 && head.status == 416 && length_of_unsatisfied(head) == have_;
    }

    // False: the answer does not continue the part. Not every server knows If-Range.
    [[nodiscard]] bool goes_on(const HttpHead& head) const {
        if (head.status == 416) return false;
        if (head.status != 206) return true;
        const std::string_view etag = head.header("etag");
        const bool is_same = request_.is_content_named || etag.empty() || note_.etag.empty() || etag == note_.etag;
        return range_start(head) == have_ && is_same;
    }

    Status begin(const HttpHead& head) {
        const auto announced = number_in<std::uint64_t>(head.header("content-length"));
        if (request_.size != 0 && announced && *announced != request_.size) return wrong_size(*announced);
        if (request_.size == 0 && request_.limit != 0 && announced && *announced > request_.limit) {
            return too_long(request_.limit);
        }
        GUP_CHECK(start_over());
        note_ = {request_.identity, std::string(head.header("etag")), std::string(head.header("last-modified"))};
        return write_note();
    }

    // Not flushed: a note that is older than its part only costs a download from the start.
    Status write_note() {
        const fs::path path = note_path(request_.part);
        constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
        const UniqueFd note(::open(path.c_str(), flags, 0600));
        if (!note.valid()) return errno_error(errno, "cannot write " + path.native());
        return write_all(note.get(), fmt::format("{}\n{}\n{}\n", note_.identity, note_.etag, note_.modified), path);
    }

    Status receive(HttpStream& stream) {
        const std::uint64_t limit = request_.size != 0 ? request_.size : request_.limit;
        std::vector<char> buffer(std::size_t{64} << 10U);
        if (::lseek(fd_.get(), static_cast<off_t>(have_), SEEK_SET) < 0) return file_error();
        for (;;) {
            GUP_TRY(const std::size_t size, stream.read(buffer.data(), buffer.size()));
            if (size == 0) return {};
            if (limit != 0 && have_ + size > limit) return too_long(limit);
            if (request_.admit) GUP_CHECK(request_.admit(size));
            GUP_CHECK(write_all(fd_.get(), {buffer.data(), size}, request_.part));
            have_ += size;
            if (request_.progress) request_.progress(have_);
        }
    }

    Result<Download> finished() {
        if (request_.size != 0 && have_ != request_.size) return wrong_size(have_);
        if (::fsync(fd_.get()) != 0) return file_error();
        return Download{have_, resumed_, note_.etag, note_.modified};
    }

    Error too_long(std::uint64_t limit) {
        forget_download(request_.part);
        return {ErrorCode::protocol, fmt::format("{} has more than {} bytes", shown_, limit), {}};
    }

    [[nodiscard]] Error wrong_size(std::uint64_t found) const {
        forget_download(request_.part);
        return {ErrorCode::protocol, fmt::format("{} has {} bytes instead of {}", shown_, found, request_.size), {}};
    }

    [[nodiscard]] Error file_error() const { return errno_error(errno, "cannot write " + request_.part.native()); }

    HttpPool& pool_;
    const DownloadRequest& request_;
    std::string shown_;
    UniqueFd fd_;
    std::uint64_t have_ = 0;
    std::uint64_t resumed_ = 0;  // what of it was there before
    Note note_;                  // of what is in the part
};

}  // namespace

Result<Download> download(HttpPool& pool, const DownloadRequest& request) {
    return Attempt(pool, request).execute();
}

std::uint64_t downloaded_so_far(const DownloadRequest& request) {
    const auto info = file_info(request.part, Follow::no);
    const auto note = read_note(request.part);
    if (!info.ok() || !*info || (*info)->kind != FileKind::regular || !note) return 0;
    if (note->identity != request.identity) return 0;
    if (note->validator().empty() && !request.is_content_named) return 0;
    const std::uint64_t size = (*info)->size;
    return request.size != 0 && size > request.size ? 0 : size;
}

void forget_download(const fs::path& part) {
    ::unlink(part.c_str());
    ::unlink(note_path(part).c_str());
}

}  // namespace gup
