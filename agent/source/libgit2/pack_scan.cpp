// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/pack_scan.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>

#include "source/libgit2/object_limit.hpp"

namespace gup::git {
namespace {

constexpr unsigned offset_delta = 6;
constexpr unsigned named_delta = 7;
constexpr std::size_t pack_header_size = 12;
constexpr std::size_t name_size = 20;
constexpr std::size_t delta_header_size = 20;  // two numbers of up to ten bytes
constexpr unsigned char more = 0x80;
constexpr unsigned low_bits = 7;

// A number of 7 bits a byte, the lowest first; nullopt if its end is not in `bytes`.
std::optional<std::uint64_t> take_number(std::string_view& bytes) {
    std::uint64_t number = 0;
    for (unsigned shift = 0; !bytes.empty() && shift < 64; shift += low_bits) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        number |= static_cast<std::uint64_t>(byte & (more - 1U)) << shift;
        if ((byte & more) == 0) return number;
    }
    return std::nullopt;
}

}  // namespace

struct PackScan::State {
    enum class Part : std::uint8_t { pack_header, object_header, base_offset, base_name, content, end };

    explicit State(std::uint64_t given) : limit(given == 0 ? UINT64_MAX : given) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        if (has_stream) ::inflateEnd(&stream);
    }

    std::uint64_t limit;
    Part part = Part::pack_header;
    std::string header;  // of the pack, then the announced sizes of a delta
    std::size_t skipped = 0;
    std::uint64_t objects = 0;  // that are still to come
    std::uint64_t size = 0;     // of the object
    unsigned shift = 0;
    unsigned type = 0;
    std::uint64_t inflated = 0;
    bool judged = false;  // the sizes of the delta
    z_stream stream{};
    bool has_stream = false;
    std::array<unsigned char, std::size_t{32} << 10U> window{};

    [[nodiscard]] bool is_delta() const noexcept { return type == offset_delta || type == named_delta; }

    [[nodiscard]] Status judge(std::uint64_t bytes) const {
        if (bytes <= limit) return {};
        return object_too_long("the pack has an object", bytes, limit);
    }

    void next_object() {
        part = objects == 0 ? Part::end : Part::object_header;
        size = shift = type = 0;
    }

    Status take_pack_header(std::string_view& bytes) {
        const std::size_t taken = std::min(pack_header_size - header.size(), bytes.size());
        header += bytes.substr(0, taken);
        bytes.remove_prefix(taken);
        if (header.size() < pack_header_size) return {};
        for (const char c : header.substr(8)) objects = objects << 8U | static_cast<unsigned char>(c);
        next_object();
        return {};
    }

    Status take_object_header(std::string_view& bytes) {
        constexpr unsigned first_bits = 4;
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        if (shift == 0) {
            type = byte >> first_bits & 7U;
            size = byte & 15U;
            shift = first_bits;
        } else {
            if (shift >= 60) return judge(UINT64_MAX);
            size |= static_cast<std::uint64_t>(byte & (more - 1U)) << shift;
            shift += low_bits;
        }
        if ((byte & more) != 0) return {};
        GUP_CHECK(judge(size));
        skipped = 0;
        part = type == offset_delta ? Part::base_offset : type == named_delta ? Part::base_name : Part::content;
        return part == Part::content ? begin_content() : Status{};
    }

    Status take_base(std::string_view& bytes) {
        while (!bytes.empty()) {
            const auto byte = static_cast<unsigned char>(bytes.front());
            bytes.remove_prefix(1);
            ++skipped;
            if (part == Part::base_offset ? (byte & more) == 0 : skipped == name_size) return begin_content();
        }
        return {};
    }

    Status begin_content() {
        part = Part::content;
        header.clear();
        judged = !is_delta();
        inflated = 0;
        const int code = has_stream ? ::inflateReset(&stream) : ::inflateInit(&stream);
        if (code != Z_OK) return Error{ErrorCode::failed, "cannot begin to inflate an object", {}};
        has_stream = true;
        return {};
    }

    // The sizes of the delta's base and result are its first bytes.
    Status judge_delta(std::string_view piece) {
        header += piece.substr(0, delta_header_size - header.size());
        std::string_view rest = header;
        const auto base = take_number(rest);
        const auto result = base ? take_number(rest) : std::nullopt;
        if (!result) {
            // Longer numbers are no sizes.
            return header.size() < delta_header_size ? Status{} : judge(UINT64_MAX);
        }
        judged = true;
        GUP_CHECK(judge(*base));
        return judge(*result);
    }

    Status take_content(std::string_view& bytes) {
        // zlib does not write to its input.
        stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
        const auto given = std::min<std::size_t>(bytes.size(), UINT32_MAX);
        stream.avail_in = static_cast<unsigned>(given);
        stream.next_out = window.data();
        stream.avail_out = static_cast<unsigned>(window.size());
        const int code = ::inflate(&stream, Z_NO_FLUSH);
        bytes.remove_prefix(given - stream.avail_in);
        const std::size_t written = window.size() - stream.avail_out;
        inflated += written;
        if (!judged) {
            GUP_CHECK(judge_delta({reinterpret_cast<const char*>(window.data()), written}));
        }
        if (inflated > size) {
            return Error{ErrorCode::protocol, fmt::format("the pack has an object that is longer than {} bytes", size),
                         "the server's pack is damaged: git fsck there says more"};
        }
        if (code == Z_STREAM_END) {
            --objects;
            next_object();
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            part = Part::end;  // the indexer says so
        }
        return {};
    }
};

PackScan::PackScan(std::uint64_t limit) : state_(std::make_unique<State>(limit)) {}
PackScan::PackScan(PackScan&&) noexcept = default;
PackScan& PackScan::operator=(PackScan&&) noexcept = default;
PackScan::~PackScan() = default;

Status PackScan::take(std::string_view bytes) {
    using Part = State::Part;
    while (!bytes.empty() && state_->part != Part::end) {
        switch (state_->part) {
            case Part::pack_header:
                GUP_CHECK(state_->take_pack_header(bytes));
                break;
            case Part::object_header:
                GUP_CHECK(state_->take_object_header(bytes));
                break;
            case Part::base_offset:
            case Part::base_name:
                GUP_CHECK(state_->take_base(bytes));
                break;
            case Part::content:
                GUP_CHECK(state_->take_content(bytes));
                break;
            case Part::end:
                break;
        }
    }
    return {};
}

}  // namespace gup::git
