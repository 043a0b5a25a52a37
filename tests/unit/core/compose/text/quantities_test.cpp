// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/quantities.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>

#include "core/compose/text/short_syntax.hpp"

using namespace gup::compose;

TEST_CASE("compose durations") {
    const std::pair<const char*, long> table[] = {
        {"1s", 1000}, {"1m30s", 90'000}, {"1.5s", 1500}, {"500ms", 500}, {"2h", 7'200'000},     {"1d", 86'400'000},
        {"0", 0},     {"0s", 0},         {"100us", 0},   {"1500us", 2},  {"1h0m1s", 3'601'000}, {"10", -1},
        {"", -1},     {"s", -1},         {"1x", -1},     {"-1s", -1},    {"1 s", -1},           {"1s1", -1},
        {".5s", -1},  {"99999999h", -1}, {"1e3s", -1},   {"nan", -1}};
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const auto parsed = parse_compose_duration(text);
        CHECK((parsed ? static_cast<long>(parsed->count()) : -1) == wanted);
    }
}

TEST_CASE("compose sizes") {
    const std::pair<const char*, long> table[] = {{"1024", 1024},
                                                  {"1k", 1024},
                                                  {"1kb", 1024},
                                                  {"1KiB", 1024},
                                                  {"512m", 536'870'912},
                                                  {"1g", 1'073'741'824},
                                                  {"1.5G", 1'610'612'736},
                                                  {"2 gb", 2'147'483'648},
                                                  {"64b", 64},
                                                  {"", -1},
                                                  {"m", -1},
                                                  {"-1", -1},
                                                  {"1x", -1},
                                                  {"1mm", -1},
                                                  {"1e3", -1},
                                                  {"99999999p", -1}};
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        const auto parsed = parse_bytes(text);
        CHECK((parsed ? static_cast<long>(*parsed) : -1) == wanted);
    }
}

TEST_CASE("numbers as docker's YAML reader spells them") {
    const std::pair<const char*, const char*> table[] = {{"8080", "8080"},
                                                         {"0x10", "16"},
                                                         {"010", "8"},
                                                         {"0o10", "8"},
                                                         {"0b101", "5"},
                                                         {"1_000", "1000"},
                                                         {"1.50", "1.5"},
                                                         {"1.0", "1"},
                                                         {"1e3", "1000"},
                                                         {"-5", "-5"},
                                                         {"+5", "5"},
                                                         {"-0x10", "-16"},
                                                         {"00", "0"},
                                                         {"08", "8"},
                                                         {"09.5", "9.5"},
                                                         {".5", "0.5"},
                                                         {"1e21", "1e+21"},
                                                         {"1e20", "100000000000000000000"},
                                                         {"0.00001", "1e-05"},
                                                         {"0.0001", "0.0001"},
                                                         {".inf", "+Inf"},
                                                         {"-.inf", "-Inf"},
                                                         {".nan", "NaN"},
                                                         {"18446744073709551615", "18446744073709551615"},
                                                         {"99999999999999999999", "100000000000000000000"},
                                                         {"1.2.3", ""},
                                                         {"abc", ""},
                                                         {"", ""},
                                                         {"1e", ""},
                                                         {"0xg", ""},
                                                         {"1-2", ""},
                                                         {"_1", ""},
                                                         {"-", ""},
                                                         {"12:30", ""}};
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(canonical_number(text).value_or("") == wanted);
    }
}

TEST_CASE("words of a command") {
    const std::pair<const char*, const char*> table[] = {{"a b  c", "a|b|c"},
                                                         {"", ""},
                                                         {" a ", "a"},
                                                         {"'a b' c", "a b|c"},
                                                         {"\"a b\"c", "a bc"},
                                                         {"a''b", "ab"},
                                                         {"''", ""},
                                                         {"a\\ b", "a b"},
                                                         {"\"a\\\"b\"", "a\"b"},
                                                         {"'a\\b'", "a\\b"},
                                                         {"\"a\\b\"", "a\\b"},
                                                         {"sh -c 'echo $X | cat'", "sh|-c|echo $X | cat"},
                                                         {"a\nb", "a|b"},
                                                         {"'a", "<none>"},
                                                         {"\"a", "<none>"},
                                                         {"a\\", "<none>"}};
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        std::string joined;
        const auto words = command_words(text);
        if (!words) joined = "<none>";
        for (std::size_t i = 0; words && i < words->size(); ++i) joined += (i == 0 ? "" : "|") + (*words)[i];
        CHECK(joined == wanted);
    }
    CHECK(command_words("''")->size() == 1);
    CHECK(command_words(" ")->empty());
}

TEST_CASE("short ports") {
    const std::pair<const char*, const char*> table[] = {
        {"80", "||80/tcp"},
        {"8080:80", "|8080|80/tcp"},
        {"8080:80/udp", "|8080|80/udp"},
        {"80/SCTP", "||80/sctp"},
        {"127.0.0.1:8080:80", "127.0.0.1|8080|80/tcp"},
        {"127.0.0.1::80", "127.0.0.1||80/tcp"},
        {"[::1]:8080:80", "::1|8080|80/tcp"},
        {"::1:8080:80", "::1|8080|80/tcp"},
        {"8000-8002:80-82", "|8000|80/tcp |8001|81/tcp |8002|82/tcp"},
        {"8000-8010:80", "|8000-8010|80/tcp"},
        {"80-81", "||80/tcp ||81/tcp"},
        {"8000-8001:80-82", "error"},
        {"0:80", "error"},
        {"80:0", "error"},
        {"70000:80", "error"},
        {"80:", "error"},
        {":80", "||80/tcp"},
        {"a:80", "error"},
        {"80/http", "error"},
        {"82-80", "error"},
        {"localhost:80:80", "error"},
        {"", "error"},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        std::string reason;
        std::string out;
        for (const ShortPort& port : parse_short_port(text, reason)) {
            out += (out.empty() ? "" : " ") + port.host_ip + "|" + port.published + "|" + std::to_string(port.target) +
                   "/" + port.protocol;
        }
        CHECK((reason.empty() ? out : "error") == wanted);
    }
}

TEST_CASE("short volumes") {
    const std::pair<const char*, const char*> table[] = {{"data:/data", "data>/data"},
                                                         {"/data", ">/data"},
                                                         {"./a:/b:ro", "./a>/b ro"},
                                                         {"/a:/b:rw,z,nocopy", "/a>/b rw z nocopy"},
                                                         {"a:b", "error"},
                                                         {"a::b", "error"},
                                                         {":/a", "error"},
                                                         {"a:/b:ro:x", "error"},
                                                         {"C:\\x:/y", "error"},
                                                         {"\\\\.\\pipe:/y", "error"},
                                                         {"", "error"}};
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        std::string reason;
        const auto volume = parse_short_volume(text, reason);
        std::string out = "error";
        if (volume) {
            out = volume->source + ">" + volume->target;
            for (const std::string& option : volume->options) out += " " + option;
        }
        CHECK(out == wanted);
        CHECK(reason.empty() == volume.has_value());
    }
}
