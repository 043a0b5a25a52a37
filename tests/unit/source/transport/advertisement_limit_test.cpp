// SPDX-License-Identifier: Apache-2.0
#include "source/transport/advertisement_limit.hpp"

#include <doctest/doctest.h>

#include <string>

#include "source/transport/pkt_line.hpp"

namespace gup::detail {
namespace {

const std::string some_ref = data_packet("1234567890123456789012345678901234567890 refs/heads/a\n");

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("AdvertisementLimit: half a million refs are read, one more is an error, in pieces of any size") {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, some_ref.size(), std::size_t{65536}}) {
        CAPTURE(piece);
        AdvertisementLimit limit(AdvertisementLimit::End::message);
        const std::string all = repeated(some_ref, advertised_refs_at_most);
        bool ok = true;
        for (std::size_t at = 0; at < all.size(); at += piece) {
            ok = ok && limit.take(std::string_view(all).substr(at, piece)).ok();
        }
        CHECK(ok);
        const Status refused = limit.take(some_ref);
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().message == "the server's list of refs has more than 500000 refs");
        CHECK(refused.error().cause == Cause::limit);
        CHECK_FALSE(is_worth_a_retry(refused.error()));
    }
}

TEST_CASE("AdvertisementLimit: more than 64 MiB is an error, whatever they are") {
    for (const std::string& kind :
         {repeated(data_packet(std::string(60'000, 'x')), 10), std::string(600'000, '?'), repeated("0001", 150'000)}) {
        AdvertisementLimit limit(AdvertisementLimit::End::message);
        std::uint64_t taken = 0;
        while (limit.take(kind).ok() && taken <= advertised_bytes_at_most) taken += kind.size();
        CHECK(taken <= advertised_bytes_at_most);
        CHECK(taken + kind.size() > advertised_bytes_at_most);
    }
}

TEST_CASE("AdvertisementLimit: what follows the flush of a conversation is not the list") {
    AdvertisementLimit limit(AdvertisementLimit::End::flush);
    const std::string pack(std::size_t{1} << 20U, 'P');
    REQUIRE(limit.take(some_ref + std::string(flush_packet) + pack).ok());
    bool ok = true;
    for (int i = 0; i < 100; ++i) ok = ok && limit.take(pack).ok();
    CHECK(ok);
}

}  // namespace gup::detail
