// SPDX-License-Identifier: Apache-2.0
// How much of a list of refs is read. A server decides how long it is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "util/result.hpp"

namespace gup::detail {

inline constexpr std::uint64_t advertised_bytes_at_most = std::uint64_t{64} << 20U;
inline constexpr std::uint64_t advertised_refs_at_most = 500'000;

// Counts a list of refs as it arrives, in any pieces and in any version of the protocol.
class AdvertisementLimit {
public:
    enum class End : std::uint8_t {
        flush,    // the first flush packet ends the list; the pack may follow
        message,  // the end of the answer
    };
    explicit AdvertisementLimit(End end) noexcept : end_(end) {}

    // Fails with protocol when the list has more bytes or refs than are read. Bytes after its end are not counted.
    [[nodiscard]] Status take(std::string_view bytes);

private:
    void begin_packet();

    End end_;
    bool ended_ = false;
    std::uint64_t bytes_ = 0;
    std::uint64_t packets_ = 0;
    std::array<char, 4> length_{};
    std::size_t length_known_ = 0;  // digits of length_
    std::size_t rest_ = 0;          // of the packet's payload
};

}  // namespace gup::detail
