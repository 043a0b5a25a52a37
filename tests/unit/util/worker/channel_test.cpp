// SPDX-License-Identifier: Apache-2.0
#include "util/worker/channel.hpp"

#include <unistd.h>

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;
using nlohmann::json;

namespace {

// A message whose CBOR is `text`.
std::string framed(const std::string& text) {
    std::string bytes(4, '\0');
    for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>((text.size() >> (8 * (3 - i))) & 0xFFU);
    return bytes + text;
}

Result<std::optional<json>> read(const std::string& bytes) {
    MessageReader reader;
    reader.add(bytes);
    return reader.next();
}

}  // namespace

TEST_CASE("a message comes back as it was sent, with any bytes in its texts") {
    const json message{{"tell", "x"}, {"with", {{"path", std::string("a\xFF\0\n\xC3", 5)}, {"n", {1, -2, 3.5}}}}};
    const auto read_back = read(encode_message(message));
    REQUIRE(read_back.ok());
    CHECK(**read_back == message);
}

TEST_CASE("messages that are cut at any byte are whole again when the rest comes") {
    const std::string bytes = encode_message({{"ask", "one"}}) + encode_message({{"ask", "two"}});
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        CAPTURE(cut);
        MessageReader reader;
        std::vector<std::string> asked;
        const std::string_view all = bytes;
        for (const std::string_view part : {all.substr(0, cut), all.substr(cut)}) {
            reader.add(part);
            for (auto next = reader.next(); next.ok() && *next; next = reader.next()) {
                asked.push_back(text_member(**next, "ask"));
            }
        }
        CHECK(asked == std::vector<std::string>{"one", "two"});
    }
}

TEST_CASE("every part of a message's CBOR is an error, not a message") {
    const std::string whole = encode_message({{"ask", "journal"}, {"with", {{"line", "x"}, {"n", 700}}}}).substr(4);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(code_of(read(framed(whole.substr(0, size)))) == ErrorCode::protocol);
    }
    CHECK(code_of(read(framed(whole + "x"))) == ErrorCode::protocol);
}

TEST_CASE("a message that is too long is refused by its length alone") {
    CHECK(code_of(read(std::string("\xFF\xFF\xFF\xFF", 4))) == ErrorCode::protocol);
    const auto only_length = [](std::size_t length) {
        std::string bytes;
        for (unsigned shift = 32; shift > 0; shift -= 8) bytes += static_cast<char>((length >> (shift - 8)) & 0xFFU);
        return bytes;
    };
    CHECK(code_of(read(only_length(longest_message + 1))) == ErrorCode::protocol);
    CHECK(read(only_length(longest_message)).ok());
    const auto channel = make_channel();
    REQUIRE(channel.ok());
    CHECK_FALSE(send_message(channel->worker.get(), {{"x", std::string(longest_message, 'x')}}).ok());
}

TEST_CASE("a message may be 32 levels deep, and no deeper") {
    const auto nested = [](std::size_t levels) { return framed(std::string(levels, '\x81') + '\x01'); };
    CHECK(read(nested(32)).ok());
    CHECK(code_of(read(nested(33))) == ErrorCode::protocol);
    CHECK(code_of(read(nested(1'000'000))) == ErrorCode::protocol);
    CHECK(code_of(read(framed(std::string(1'000'000, '\x9F')))) == ErrorCode::protocol);  // without lengths
}

TEST_CASE("a message of so many values that they would fill the memory is refused") {
    const std::string million("\x9A\x00\x0F\x42\x40", 5);  // an array of so many
    CHECK(code_of(read(framed(million + std::string(1'000'000, '\x80')))) == ErrorCode::protocol);
    CHECK(code_of(read(framed(million + std::string(1'000'000, '\x01')))) == ErrorCode::protocol);
    CHECK(read(framed(std::string("\x99\x27\x10", 3) + std::string(10'000, '\x80'))).ok());
}

TEST_CASE("bytes that are no CBOR of JSON's values are refused") {
    for (const std::string& text : std::vector<std::string>{
             "", "\xFF", "\x1C", "\xC0\x01", "\xF7", "\xA1\x01\x01", "\x61", "\x7B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
             "\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE", "\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"}) {
        CAPTURE(text.size());
        CHECK(code_of(read(framed(text))) == ErrorCode::protocol);
    }
}

TEST_CASE("a message that is no object is nobody's question") {
    for (const std::string& text :
         std::vector<std::string>{"\x01", "\xF6", "\x80", "\x61x", "\xF5", "\xFB\x7F\xF0\0\0\0\0\0\0"}) {
        const auto message = read(framed(text));
        if (!message.ok()) continue;
        CHECK(text_member(**message, "ask").empty());
        CHECK(member_of(**message, "with").is_null());
    }
}

TEST_CASE("the end of the channel is no message, also in the middle of one") {
    auto channel = make_channel();
    REQUIRE(channel.ok());
    REQUIRE(send_message(channel->worker.get(), {{"ask", "x"}}).ok());
    const std::string half = encode_message({{"ask", "y"}}).substr(0, 7);
    REQUIRE(::write(channel->worker.get(), half.data(), half.size()) == 7);
    channel->worker.reset();
    MessageReader reader;
    const auto first = receive_message(channel->parent.get(), reader);
    REQUIRE(first.ok());
    CHECK(text_member(**first, "ask") == "x");
    const auto second = receive_message(channel->parent.get(), reader);
    REQUIRE(second.ok());
    CHECK_FALSE(second->has_value());
    CHECK_FALSE(send_message(channel->parent.get(), {{"value", 1}}).ok());
}

TEST_CASE("bytes after a message can be taken as they are") {
    MessageReader reader;
    reader.add(encode_message({{"size", 3}}) + "abcd");
    REQUIRE(reader.next().ok());
    CHECK(reader.take(3) == "abc");
    CHECK(reader.take(3) == "d");
    CHECK(reader.take(3).empty());
}

TEST_CASE("an error crosses the channel, and a wrong one becomes a failure") {
    const Error error{ErrorCode::permission, "no\xFF", "do it", Cause::worker_died};
    const Error back = error_from(error_json(error));
    CHECK(back.code == error.code);
    CHECK(back.message == error.message);
    CHECK(back.hint == error.hint);
    CHECK(back.cause == error.cause);
    for (const json& code : {json(-1), json(10'000), json(INT64_MIN), json(UINT64_MAX)}) {
        const Error wrong = error_from({{"code", code}, {"cause", code}});
        CHECK(wrong.code == ErrorCode::failed);
        CHECK(wrong.cause == Cause::none);
    }
    CHECK(error_from(json(5)).code <= ErrorCode::failed);
}
