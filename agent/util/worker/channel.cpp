// SPDX-License-Identifier: Apache-2.0
#include "util/worker/channel.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace gup {
namespace {

using nlohmann::json;

constexpr std::size_t length_bytes = 4;
constexpr int most_causes = 63;  // more than the enum has

Error broken(std::string what) {
    return {ErrorCode::protocol, std::move(what), {}};
}

std::size_t length_in(std::string_view bytes) {
    std::array<std::uint8_t, length_bytes> raw{};
    std::memcpy(raw.data(), bytes.data(), length_bytes);
    std::size_t length = 0;
    for (const std::uint8_t byte : raw) length = (length << 8U) | byte;
    return length;
}

// A value takes up to 100 times the memory of its bytes. No report of a thousand connectors has so many.
constexpr std::size_t most_values = std::size_t{1} << 19U;

// Stops at a value that is nested too deeply (nlohmann::json reads and destroys values recursively), and after
// most_values of them.
class SizeCheck final : public nlohmann::json_sax<json> {
public:
    bool null() override { return count(); }
    bool boolean(bool) override { return count(); }
    bool number_integer(number_integer_t) override { return count(); }
    bool number_unsigned(number_unsigned_t) override { return count(); }
    bool number_float(number_float_t, const string_t&) override { return count(); }
    bool string(string_t&) override { return count(); }
    bool binary(binary_t&) override { return count(); }
    bool start_object(std::size_t) override { return enter(); }
    bool key(string_t&) override { return true; }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return enter(); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

private:
    bool count() { return ++values_ <= most_values; }
    bool enter() { return ++depth_ <= deepest_json && count(); }
    bool leave() {
        --depth_;
        return true;
    }

    std::size_t depth_ = 0;
    std::size_t values_ = 0;
};

Result<json> parse_message(std::string_view bytes) {
    SizeCheck check;
    if (!json::sax_parse(bytes, &check, json::input_format_t::cbor)) return broken("a message cannot be read");
    return json::from_cbor(bytes, true, false);
}

}  // namespace

std::string encode_message(const json& message) {
    std::string text;
    json::to_cbor(message, text);
    std::string bytes;
    bytes.reserve(length_bytes + text.size());
    for (std::size_t i = 0; i < length_bytes; ++i) {
        bytes += static_cast<char>((text.size() >> (8 * (length_bytes - 1 - i))) & 0xFFU);
    }
    return bytes + text;
}

void MessageReader::add(std::string_view bytes) {
    bytes_ += bytes;
}

Result<std::optional<json>> MessageReader::next() {
    if (bytes_.size() < length_bytes) return std::optional<json>{};
    const std::size_t length = length_in(bytes_);
    if (length > longest_message) return broken(fmt::format("a message of {} bytes is too long", length));
    if (bytes_.size() < length_bytes + length) return std::optional<json>{};
    auto message = parse_message(std::string_view(bytes_).substr(length_bytes, length));
    bytes_.erase(0, length_bytes + length);
    if (!message.ok()) return std::move(message).error();
    return std::optional(*std::move(message));
}

std::string MessageReader::take(std::size_t size) {
    std::string taken = bytes_.substr(0, size);
    bytes_.erase(0, taken.size());
    return taken;
}

Result<ChannelPair> make_channel() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        return errno_error(errno, "cannot create a socket pair");
    }
    return ChannelPair{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Status send_bytes(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno_error(errno, "cannot write to the agent");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Status send_message(int fd, const json& message) {
    const std::string bytes = encode_message(message);
    if (bytes.size() > longest_message) return broken("a message is too long");
    return send_bytes(fd, bytes);
}

Result<std::optional<json>> receive_message(int fd, MessageReader& reader) {
    for (;;) {
        GUP_TRY(auto message, reader.next());
        if (message) return message;
        std::array<char, 16384> buffer{};
        const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno_error(errno, "cannot read from the agent");
        if (count == 0) return std::optional<json>{};
        reader.add({buffer.data(), static_cast<std::size_t>(count)});
    }
}

json error_json(const Error& error) {
    return {{"code", static_cast<int>(error.code)},
            {"message", error.message},
            {"hint", error.hint},
            {"cause", static_cast<int>(error.cause)}};
}

Error error_from(const json& value) {
    const std::int64_t code = number_member(value, "code");
    const std::int64_t cause = number_member(value, "cause");
    Error error{ErrorCode::failed, text_member(value, "message"), text_member(value, "hint")};
    if (code >= 0 && code < static_cast<int>(ErrorCode::failed)) error.code = static_cast<ErrorCode>(code);
    if (cause > 0 && cause <= most_causes) error.cause = static_cast<Cause>(cause);
    return error;
}

}  // namespace gup
