// SPDX-License-Identifier: Apache-2.0
#include "source/transport/advertisement_limit.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "util/text.hpp"

namespace gup::detail {
namespace {

Error too_much(std::uint64_t limit, std::string_view unit) {
    return {ErrorCode::protocol, fmt::format("the server's list of refs has more than {} {}", limit, unit),
            "follow a repository with fewer branches and tags; this limit protects the other connectors", Cause::limit};
}

}  // namespace

// A length that is no number is the parser's question: everything after it is one packet.
void AdvertisementLimit::begin_packet() {
    std::size_t length = 0;
    for (const char c : length_) {
        const int digit = hex_value(c);
        if (digit < 0) {
            rest_ = SIZE_MAX;
            return;
        }
        length = length * 16 + static_cast<std::size_t>(digit);
    }
    length_known_ = 0;
    if (length == 0 && end_ == End::flush) ended_ = true;
    rest_ = length > length_.size() ? length - length_.size() : 0;
    if (rest_ > 0) ++packets_;
}

Status AdvertisementLimit::take(std::string_view bytes) {
    if (ended_) return {};
    bytes_ += bytes.size();
    if (bytes_ > advertised_bytes_at_most) return too_much(advertised_bytes_at_most, "bytes");
    while (!bytes.empty() && !ended_) {
        const std::size_t skipped = std::min(rest_, bytes.size());
        rest_ -= skipped;
        bytes.remove_prefix(skipped);
        while (rest_ == 0 && !bytes.empty() && length_known_ < length_.size()) {
            length_.at(length_known_++) = bytes.front();
            bytes.remove_prefix(1);
        }
        if (rest_ == 0 && length_known_ == length_.size()) begin_packet();
        if (packets_ > advertised_refs_at_most) return too_much(advertised_refs_at_most, "refs");
    }
    return {};
}

}  // namespace gup::detail
