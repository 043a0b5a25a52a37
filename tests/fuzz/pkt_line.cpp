// SPDX-License-Identifier: Apache-2.0
// A git server's first messages, in pieces of the size that the first byte says: packets, and the refs in them.
#include "source/transport/pkt_line.hpp"

#include "fuzz.hpp"
#include "source/transport/ref_messages.hpp"

namespace {

void read_all(std::string_view input, std::size_t piece, gup::detail::RefMessage& message) {
    gup::detail::PacketReader reader;
    while (!input.empty() && !message.is_complete()) {
        reader.append(input.substr(0, piece));
        input.remove_prefix(std::min(piece, input.size()));
        while (!message.is_complete()) {
            const auto packet = reader.next();
            if (!packet) return;
            if (!*packet) break;
            (void)(*packet)->line();
            if (!message.take(**packet)) return;
        }
    }
}

}  // namespace

void gup::fuzz::take(std::string_view input) {
    if (input.empty()) return;
    const std::size_t piece = static_cast<unsigned char>(input.front()) + 1U;
    input.remove_prefix(1);
    detail::RefAdvertisement advertisement({"refs/heads/main", "refs/tags/"});
    read_all(input, piece, advertisement);
    (void)advertisement.refs();
    detail::LsRefsAnswer answer({});
    read_all(input, piece, answer);
    (void)answer.refs();
}
