// SPDX-License-Identifier: Apache-2.0
#include "host/listening_ports.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstring>

#include "util/printable.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

bool read_hexadecimal(std::string_view digits, std::uint32_t& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return error == std::errc{} && end == digits.data() + digits.size();
}

// Words of the machine's own byte order: "0100007F" is 127.0.0.1. Empty: all addresses.
std::string address_in(std::string_view digits) {
    constexpr std::size_t digits_of_word = 8;
    std::array<std::uint32_t, 4> words{};
    const std::size_t count = digits.size() / digits_of_word;
    bool is_any = true;
    for (std::size_t i = 0; i < count && i < words.size(); ++i) {
        if (!read_hexadecimal(digits.substr(i * digits_of_word, digits_of_word), words.at(i))) return {};
        is_any = is_any && words.at(i) == 0;
    }
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (is_any || ::inet_ntop(count == 1 ? AF_INET : AF_INET6, words.data(), text.data(), text.size()) == nullptr) {
        return {};
    }
    return text.data();
}

// They have the ports of its containers.
bool is_podmans(std::string_view process) {
    return process == "conmon" || process.starts_with("rootlessport") || process.starts_with("pasta") ||
           process == "slirp4netns" || process == "exe" || process == "netavark";
}

}  // namespace

std::vector<ListeningPort> parse_listening(std::string_view text, const std::string& protocol) {
    const std::string_view waiting = protocol == "tcp" ? "0A" : "07";
    std::vector<ListeningPort> ports;
    while (!text.empty()) {
        const auto words = words_in(take_until(text, '\n'));
        constexpr std::size_t socket_word = 9;
        if (words.size() <= socket_word || words[3] != waiting) continue;
        std::string_view number = words[1];
        const std::string_view address = take_until(number, ':');
        ListeningPort port{protocol, address_in(address), 0, number_in<std::uint64_t>(words[socket_word]).value_or(0)};
        if (std::uint32_t value = 0; read_hexadecimal(number, value)) port.port = value;
        ports.push_back(std::move(port));
    }
    return ports;
}

std::vector<ListeningPort> listening_ports(const fs::path& proc) {
    std::vector<ListeningPort> ports;
    for (const char* const name : {"tcp", "tcp6", "udp", "udp6"}) {
        const auto more = parse_listening(read_file(proc / "net" / name).value_or(""), std::string(name, 3));
        ports.insert(ports.end(), more.begin(), more.end());
    }
    return ports;
}

std::map<std::uint64_t, std::string> socket_holders(const std::set<std::uint64_t>& sockets, const fs::path& proc) {
    std::map<std::uint64_t, std::string> holders;
    if (sockets.empty()) return holders;
    for (const std::string& id : list_folder(proc).value_or({})) {
        if (!number_in<unsigned>(id)) continue;
        const std::string name(trimmed(read_file(proc / id / "comm").value_or("")));
        if (is_podmans(name)) continue;
        for (const std::string& file : list_folder(proc / id / "fd").value_or({})) {
            const std::string link = link_text(proc / id / "fd" / file);
            if (!link.starts_with("socket:[")) continue;
            const auto socket = number_in<std::uint64_t>(std::string_view(link).substr(8, link.size() - 9));
            if (!socket || !sockets.contains(*socket)) continue;
            holders.emplace(*socket, printable(fmt::format("{} ({})", name, id)));
        }
    }
    return holders;
}

}  // namespace gup
