// SPDX-License-Identifier: Apache-2.0
// git's packet lines (gitprotocol-common), the units of its wire protocol. Pure: bytes in, packets out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace gup::detail {

enum class PacketKind : std::uint8_t { data, flush, delimiter, response_end };

struct Packet {
    PacketKind kind = PacketKind::data;
    std::string_view payload;  // of data; lives until the reader's next call

    // The payload without the line feed that most packets of text end with.
    [[nodiscard]] std::string_view line() const noexcept;
};

// The most that one packet carries.
inline constexpr std::size_t payload_limit = 65516;
inline constexpr std::string_view flush_packet = "0000";
inline constexpr std::string_view delimiter_packet = "0001";

// One packet of data. `payload` has at most payload_limit bytes.
[[nodiscard]] std::string data_packet(std::string_view payload);

// Takes bytes as they arrive. Never stores more than one packet and the last appended bytes.
class PacketReader {
public:
    void append(std::string_view bytes);
    // The next packet; nullopt if its end has not arrived yet. Fails with protocol for anything else, and with the
    // peer's message in a packet that begins with "ERR " (not_found, authentication, else protocol).
    [[nodiscard]] Result<std::optional<Packet>> next();

private:
    std::string buffer_;
    std::size_t consumed_ = 0;
};

}  // namespace gup::detail
