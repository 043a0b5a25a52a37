// SPDX-License-Identifier: Apache-2.0
// Text that must never be shown: passwords, tokens, keys. Its type masks it.
#pragma once

#include <string>
#include <utility>

namespace gup {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string text) : text_(std::move(text)) {}

    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }
    // The text itself: for a library, never for a message or an argument.
    [[nodiscard]] const std::string& reveal() const noexcept { return text_; }

    friend bool operator==(const Secret&, const Secret&) = default;

private:
    std::string text_;
};

}  // namespace gup
