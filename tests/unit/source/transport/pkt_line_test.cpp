// SPDX-License-Identifier: Apache-2.0
#include "source/transport/pkt_line.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <random>

#include "source/transport/ref_messages.hpp"

namespace gup::test {
namespace {

using detail::Packet;
using detail::PacketKind;
using detail::PacketReader;

const std::string one = "1111111111111111111111111111111111111111";
const std::string two = "2222222222222222222222222222222222222222";

// The result of a reader that gets the bytes in pieces of `piece`.
struct Reading {
    std::vector<std::string> packets;  // "flush", "delimiter", "end", or the payload
    std::optional<Error> error;
};

Reading read_packets(std::string_view bytes, std::size_t piece = 1U << 20U) {
    Reading reading;
    PacketReader reader;
    while (!bytes.empty()) {
        reader.append(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (;;) {
            const auto packet = reader.next();
            if (!packet.ok()) {
                reading.error = packet.error();
                return reading;
            }
            if (!packet->has_value()) break;
            switch ((*packet)->kind) {
                case PacketKind::data:
                    reading.packets.emplace_back((*packet)->payload);
                    break;
                case PacketKind::flush:
                    reading.packets.emplace_back("flush");
                    break;
                case PacketKind::delimiter:
                    reading.packets.emplace_back("delimiter");
                    break;
                default:
                    reading.packets.emplace_back("end");
            }
        }
    }
    return reading;
}

template <class Message>
Status feed(Message& message, std::string_view bytes) {
    PacketReader reader;
    reader.append(bytes);
    for (;;) {
        GUP_TRY(const auto packet, reader.next());
        if (!packet) return {};
        GUP_CHECK(message.take(*packet));
    }
}

std::string names(const std::vector<RemoteRef>& refs) {
    std::string out;
    for (const RemoteRef& ref : refs) out += ref.name + "=" + ref.commit.substr(0, 2) + " ";
    return out;
}

}  // namespace

TEST_CASE("pkt_line: packets of data and the three special ones are distinguished") {
    const Reading all = read_packets("0009hello000000010002" + detail::data_packet("x\n") + "0004");
    CHECK(all.packets == std::vector<std::string>{"hello", "flush", "delimiter", "end", "x\n", ""});
    CHECK_FALSE(all.error);
    CHECK(Packet{PacketKind::data, "x\n"}.line() == "x");
    CHECK(Packet{PacketKind::data, "x"}.line() == "x");
}

TEST_CASE("pkt_line: bytes may arrive in pieces of any size") {
    const std::string bytes =
        detail::data_packet("one\n") + "0001" + detail::data_packet(std::string(3000, 'x')) + "0000";
    const auto whole = read_packets(bytes).packets;
    REQUIRE(whole.size() == 4);
    for (const std::size_t piece : {1U, 2U, 3U, 5U, 7U, 1000U}) CHECK(read_packets(bytes, piece).packets == whole);
}

TEST_CASE("pkt_line: the longest packet is read, a longer one is refused") {
    const std::string longest = detail::data_packet(std::string(detail::payload_limit, 'x'));
    CHECK(longest.starts_with("fff0"));
    CHECK(read_packets(longest).packets.size() == 1);
    const Reading longer = read_packets("fff1" + std::string(70000, 'x'));
    REQUIRE(longer.error);
    CHECK(longer.error->code == ErrorCode::protocol);
}

TEST_CASE("pkt_line: bytes that are not a packet are an error that shows them") {
    for (const std::string bytes : {"0003", "ffff", "00 5x", "+004", "-001", "0x05a", "<html>\n<p>", "Welcome\r\n"}) {
        const Reading reading = read_packets(bytes);
        REQUIRE_MESSAGE(reading.error, bytes);
        CHECK(reading.error->code == ErrorCode::protocol);
        CHECK(reading.packets.empty());
    }
    CHECK(read_packets("Welcome to host\r\nmore").error->message == "not git's protocol: \"Welcome to host\"");
    CHECK(read_packets("\x1b[2J evil").error->message.find('\x1b') == std::string::npos);
}

TEST_CASE("pkt_line: an incomplete packet is not read yet") {
    for (const std::string bytes : {"0", "000", "0009hell", "fff0x"}) {
        const Reading reading = read_packets(bytes);
        CHECK(reading.packets.empty());
        CHECK_FALSE(reading.error);
    }
}

TEST_CASE("pkt_line: the text of an ERR packet becomes an error") {
    const auto code = [](const std::string& words) {
        const Reading reading = read_packets(detail::data_packet("ERR " + words));
        REQUIRE(reading.error);
        CHECK(reading.error->message.find("the server says: ") == 0);
        return reading.error->code;
    };
    CHECK(code("Repository not found.\n") == ErrorCode::not_found);
    CHECK(code("access denied or repository not exported: /x") == ErrorCode::not_found);
    CHECK(code("Access denied") == ErrorCode::authentication);
    CHECK(code("upload-pack: protocol error") == ErrorCode::protocol);
    const Reading secret = read_packets(detail::data_packet("ERR see https://joe:secret@host/\n"));
    CHECK(secret.error->message.find("secret") == std::string::npos);
}

TEST_CASE("pkt_line: no bytes make a reader fail in another way") {
    std::mt19937 random(7);
    for (int round = 0; round < 3000; ++round) {
        std::string bytes;
        const auto size = random() % 64;
        for (std::size_t i = 0; i < size; ++i) {
            const auto kind = random() % 3;
            bytes += kind == 0 ? "0123456789abcdef"[random() % 16] : kind == 1 ? '0' : static_cast<char>(random());
        }
        detail::RefAdvertisement advertisement({});
        const Status status = feed(advertisement, bytes);
        const bool expected = status.ok() || status.error().code == ErrorCode::protocol;
        CHECK(expected);
    }
}

TEST_CASE("ls_refs_request: asks for the prefixes, and cuts invalid ones") {
    CHECK(detail::ls_refs_request({"refs/heads/main"}) ==
          "0014command=ls-refs\n0001001fref-prefix refs/heads/main\n0000");
    CHECK(detail::ls_refs_request({}) == "0014command=ls-refs\n00010000");
    CHECK(detail::ls_refs_request({"refs/x\n0000"}) == "0014command=ls-refs\n00010016ref-prefix refs/x\n0000");
    CHECK(detail::ls_refs_request({std::string(100000, 'x')}).size() < 1100);
}

TEST_CASE("LsRefsAnswer: only the wanted refs, even if the server sends more") {
    const detail::RefPrefixes prefixes{"refs/heads/main"};
    detail::LsRefsAnswer answer(prefixes);
    using detail::data_packet;
    CHECK(feed(answer, data_packet("unborn HEAD symref-target:refs/heads/x\n") +
                           data_packet(one + " refs/heads/main\n") + data_packet(two + " refs/heads/other\n") +
                           data_packet(two + " refs/heads/main2 peeled:" + one + "\n"))
              .ok());
    CHECK_FALSE(answer.is_complete());
    CHECK(feed(answer, "0000").ok());
    CHECK(answer.is_complete());
    CHECK(names(answer.refs()) == "refs/heads/main=11 refs/heads/main2=22 refs/heads/main2^{}=11 ");
}

TEST_CASE("LsRefsAnswer: lines without a ref are refused") {
    const detail::RefPrefixes prefixes;
    for (const std::string& line : {std::string("x\n"), one, one + " ", one + "  refs/heads/x",
                                    "g" + one.substr(1) + " a", one + one.substr(0, 24) + " refs/heads/main"}) {
        detail::LsRefsAnswer answer(prefixes);
        const Status status = feed(answer, detail::data_packet(line));
        REQUIRE_FALSE_MESSAGE(status.ok(), line);
        CHECK(status.error().code == ErrorCode::protocol);
    }
    detail::LsRefsAnswer answer(prefixes);
    CHECK_FALSE(feed(answer, "0001").ok());
}

TEST_CASE("LsRefsAnswer: an endless list is refused") {
    detail::LsRefsAnswer answer({});
    const std::string line = detail::data_packet(one + " refs/heads/" + std::string(60000, 'x'));
    Status status;
    int lines = 0;
    for (; lines < 5000 && status.ok(); ++lines) status = feed(answer, line);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::protocol);
    CHECK(lines < 600);
}

TEST_CASE("RefAdvertisement: versions 0, 1 and 2 are understood, with and without the name of the service") {
    using detail::data_packet;
    const detail::RefPrefixes prefixes{"refs/heads/main"};
    const std::string service = data_packet("# service=git-upload-pack\n") + "0000";
    const std::string refs =
        data_packet(one + " HEAD" + std::string(1, '\0') + "multi_ack agent=git/2 object-format=sha1\n") +
        data_packet(two + " refs/heads/main\n") + data_packet("shallow " + one + "\n");
    const std::string version_2 = data_packet("version 2\n") + data_packet("agent=git/2\n") +
                                  data_packet("ls-refs=unborn\n") + data_packet("object-format=sha1\n");
    for (const std::string& before : {std::string(), service}) {
        for (const std::string& version_1 : {std::string(), data_packet("version 1\n")}) {
            detail::RefAdvertisement full(prefixes);
            CHECK(feed(full, before + version_1 + refs).ok());
            CHECK_FALSE(full.is_complete());
            CHECK(feed(full, "0000").ok());
            CHECK(full.is_complete());
            CHECK(full.version() == (version_1.empty() ? 0 : 1));
            CHECK(names(full.refs()) == "refs/heads/main=22 ");
        }
        detail::RefAdvertisement capabilities(prefixes);
        CHECK(feed(capabilities, before + version_2 + "0000").ok());
        CHECK(capabilities.is_complete());
        CHECK(capabilities.version() == 2);
        CHECK(capabilities.has_ls_refs());
    }
}

TEST_CASE("RefAdvertisement: an empty repository has no refs, and one with other ids is not supported") {
    using detail::data_packet;
    const detail::RefPrefixes prefixes;
    detail::RefAdvertisement empty(prefixes);
    const std::string zeros(40, '0');
    CHECK(feed(empty, data_packet(zeros + " capabilities^{}" + std::string(1, '\0') + "agent=x") + "0000").ok());
    CHECK(empty.is_complete());
    CHECK(empty.refs().empty());
    const std::string id(64, 'a');
    for (const std::string& bytes : {data_packet(id + " HEAD" + std::string(1, '\0') + "agent=x object-format=sha256"),
                                     data_packet("version 2\n") + data_packet("object-format=sha256\n")}) {
        detail::RefAdvertisement other(prefixes);
        const Status status = feed(other, bytes);
        REQUIRE_FALSE(status.ok());
        CHECK(status.error().code == ErrorCode::unsupported);
    }
}

}  // namespace gup::test
