// SPDX-License-Identifier: Apache-2.0
// The sizes of a pack's objects, read while it arrives: before anything inflates them, or applies a delta.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "util/result.hpp"

namespace gup::git {

// A pack of git's format version 2 or 3, in any pieces. Needs 100 kB of memory, whatever the pack says.
class PackScan {
public:
    // `limit`: bytes of one object; 0: none.
    explicit PackScan(std::uint64_t limit);
    PackScan(PackScan&&) noexcept;
    PackScan& operator=(PackScan&&) noexcept;
    ~PackScan();

    // Fails with unsupported (and Cause::limit) for an object, or a delta's base or result, that is longer than the
    // limit, and with protocol for one that inflates to more than it announces. Everything else that is wrong with a
    // pack is the indexer's question.
    [[nodiscard]] Status take(std::string_view bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gup::git
