// SPDX-License-Identifier: Apache-2.0
#include "source/transport/pkt_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::size_t header_size = 4;
constexpr std::size_t shown_at_most = 60;
constexpr std::size_t remark_at_most = 300;

std::optional<std::size_t> length_of(std::string_view header) {
    std::size_t length = 0;
    for (const char c : header.substr(0, header_size)) {
        const int digit = hex_value(c);
        if (digit < 0) return std::nullopt;
        length = length * 16 + static_cast<std::size_t>(digit);
    }
    return length;
}

bool says_any(std::string_view words, std::initializer_list<std::string_view> parts) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return contains_ignoring_case(words, part); });
}

// There is no code in these packets, only words.
Error said_by_peer(std::string_view words) {
    const std::string shown = mask_secrets(printable(words.substr(0, remark_at_most)));
    ErrorCode code = ErrorCode::protocol;
    if (says_any(words, {"not found", "no such", "does not exist", "could not be found", "not exported"})) {
        code = ErrorCode::not_found;
    } else if (says_any(words, {"denied", "unauthorized", "forbidden", "not allowed"})) {
        code = ErrorCode::authentication;
    }
    return {code, "the server says: " + shown, {}};
}

Error no_packet(std::string_view bytes) {
    const std::string_view shown = bytes.substr(0, std::min(shown_at_most, bytes.find_first_of("\r\n")));
    return {ErrorCode::protocol, fmt::format("not git's protocol: \"{}\"", mask_secrets(printable(shown))),
            "check that it is a git server, and that it prints nothing at login"};
}

}  // namespace

std::string_view Packet::line() const noexcept {
    return payload.ends_with('\n') ? payload.substr(0, payload.size() - 1) : payload;
}

std::string data_packet(std::string_view payload) {
    return fmt::format("{:04x}{}", payload.size() + header_size, payload);
}

void PacketReader::append(std::string_view bytes) {
    buffer_.erase(0, std::exchange(consumed_, 0));
    buffer_.append(bytes);
}

Result<std::optional<Packet>> PacketReader::next() {
    const std::string_view waiting = std::string_view(buffer_).substr(consumed_);
    if (waiting.size() < header_size) return std::optional<Packet>{};
    const auto length = length_of(waiting);
    if (!length || *length == 3 || *length > payload_limit + header_size) return no_packet(waiting);
    if (*length < header_size) {
        consumed_ += header_size;
        constexpr std::array kinds{PacketKind::flush, PacketKind::delimiter, PacketKind::response_end};
        return std::optional(Packet{kinds.at(*length), {}});
    }
    if (waiting.size() < *length) return std::optional<Packet>{};
    const Packet packet{PacketKind::data, waiting.substr(header_size, *length - header_size)};
    if (packet.payload.starts_with("ERR ")) return said_by_peer(packet.line().substr(4));
    consumed_ += *length;
    return std::optional(packet);
}

}  // namespace gup::detail
