// SPDX-License-Identifier: Apache-2.0
// Messages between the agent and its workers: JSON values in CBOR (RFC 8949), which has names and paths with any bytes,
// with their length in front, over a socket pair.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/json.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The longest message, in bytes. A longer one is an error on both sides.
inline constexpr std::size_t longest_message = 4U << 20U;

// One message on its way.
[[nodiscard]] std::string encode_message(const nlohmann::json& message);

// Cuts received bytes into messages.
class MessageReader {
public:
    void add(std::string_view bytes);
    // The next whole message; nullopt: more bytes are needed. Fails with protocol for a message that is too long, too
    // deep, has too many values, or is not CBOR: nothing after it can be read.
    [[nodiscard]] Result<std::optional<nlohmann::json>> next();
    // At most `size` bytes that were received, and are no message.
    [[nodiscard]] std::string take(std::size_t size);

private:
    std::string bytes_;
};

struct ChannelPair {
    UniqueFd parent;
    UniqueFd worker;
};
// Connected stream sockets (unix(7)), close-on-exec. Fails with io.
[[nodiscard]] Result<ChannelPair> make_channel();

// A worker's end: blocking. The first sends bytes that are no message.
[[nodiscard]] Status send_bytes(int fd, std::string_view bytes);
[[nodiscard]] Status send_message(int fd, const nlohmann::json& message);
// nullopt: the other side has closed its end.
[[nodiscard]] Result<std::optional<nlohmann::json>> receive_message(int fd, MessageReader& reader);

// Values that cross the channel.
[[nodiscard]] nlohmann::json error_json(const Error& error);
[[nodiscard]] Error error_from(const nlohmann::json& value);

}  // namespace gup
