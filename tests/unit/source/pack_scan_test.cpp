// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/pack_scan.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <string>
#include <vector>

namespace gup::git {
namespace {

constexpr unsigned blob_type = 3;
constexpr unsigned ofs_delta = 6;
constexpr unsigned ref_delta = 7;

std::string deflated(const std::string& text) {
    uLongf size = ::compressBound(text.size());
    std::string packed(size, '\0');
    REQUIRE(::compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
                       text.size()) == Z_OK);
    packed.resize(size);
    return packed;
}

std::string number(std::uint64_t value) {
    std::string text;
    do {
        text += static_cast<char>((value & 0x7FU) | (value > 0x7FU ? 0x80U : 0U));
        value >>= 7U;
    } while (value != 0);
    return text;
}

std::string object(unsigned type, std::uint64_t announced, const std::string& content, const std::string& base = {}) {
    std::string head;
    std::uint64_t rest = announced >> 4U;
    head += static_cast<char>((rest != 0 ? 0x80U : 0U) | type << 4U | (announced & 15U));
    while (rest != 0) {
        head += static_cast<char>((rest & 0x7FU) | (rest > 0x7FU ? 0x80U : 0U));
        rest >>= 7U;
    }
    return head + base + deflated(content);
}

std::string object(unsigned type, const std::string& content, const std::string& base = {}) {
    return object(type, content.size(), content, base);
}

std::string pack_of(const std::vector<std::string>& objects) {
    std::string text = std::string("PACK\0\0\0\2\0\0\0", 11);
    text += static_cast<char>(objects.size());
    for (const std::string& one : objects) text += one;
    return text + std::string(20, '#');
}

Status scan(const std::string& pack, std::uint64_t limit, std::size_t piece) {
    PackScan scanner(limit);
    for (std::size_t at = 0; at < pack.size(); at += piece) {
        GUP_CHECK(scanner.take(std::string_view(pack).substr(at, piece)));
    }
    return {};
}

const std::string some_name(20, '\xFF');

}  // namespace

TEST_CASE("PackScan: objects up to the limit pass, in pieces of any size") {
    const std::string long_text(100'000, 'x');
    const std::string pack = pack_of({object(blob_type, ""), object(blob_type, long_text),
                                      object(ofs_delta, number(100'000) + number(99) + "d", "\x81\x7F"),
                                      object(ref_delta, number(5) + number(100'000) + "d", some_name)});
    for (const std::size_t piece : {1U, 2U, 13U, 4096U, 1'000'000U}) {
        CAPTURE(piece);
        CHECK(scan(pack, 100'000, piece).ok());
        CHECK(scan(pack, 0, piece).ok());
        CHECK_FALSE(scan(pack, 99'999, piece).ok());
    }
}

TEST_CASE("PackScan: a delta is judged by the sizes of its base and its result") {
    for (const std::string& delta : {number(10) + number(1001), number(1001) + number(10),
                                     number(1) + number(1U << 31U), std::string(20, '\xFF')}) {
        const std::string tail = pack_of({object(ofs_delta, delta + "copy", "\x05"), object(blob_type, "after")});
        for (const std::size_t piece : {1U, 5U, 1000U}) {
            const Status refused = scan(tail, 1000, piece);
            REQUIRE_FALSE(refused.ok());
            CHECK(refused.error().cause == Cause::limit);
            CHECK(refused.error().hint.find("network.max-object-size") != std::string::npos);
        }
    }
}

TEST_CASE("PackScan: an object that inflates to more than it announces is an error") {
    const std::string bomb(std::size_t{8} << 20U, '\0');
    const Status refused = scan(pack_of({object(blob_type, 10, bomb)}), 1000, 4096);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::protocol);
}

TEST_CASE("PackScan: what is no pack is the indexer's question") {
    CHECK(scan(std::string(10'000, '?'), 1000, 100).ok() == scan(std::string(10'000, '?'), 1000, 1).ok());
    CHECK(scan("PACK", 1000, 1).ok());
    CHECK(scan("", 1000, 1).ok());
    const std::string damaged = pack_of({"\x35not deflated"});
    CHECK(scan(damaged, 1000, 3).ok());
}

}  // namespace gup::git
