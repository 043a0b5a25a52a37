// SPDX-License-Identifier: Apache-2.0
// Patterns of file names, as git matches them: `*`, `?`, `[a-z]`, `[[:digit:]]`, `**`, and `\` for the next character.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

class Glob {
public:
    // In a name there is no slash that means anything. In a path only `**` as a whole part matches slashes:
    // "**/x", "x/**", "a/**/b" (also a/b).
    enum class Of : std::uint8_t { name, path };

    Glob(std::string_view pattern, Of of);

    // The whole text. Takes time in the product of both lengths at most.
    [[nodiscard]] bool matches(std::string_view text) const;

private:
    using Characters = std::bitset<256>;
    enum class Kind : std::uint8_t {
        one,        // one of `set`
        run,        // any number of `set`
        maybe_two,  // the next two parts, or none of them
        never,
    };
    struct Part {
        Kind kind = Kind::one;
        Characters set{};
    };

    void add_stars(std::string_view pattern, std::size_t& at);
    void add_class(std::string_view pattern, std::size_t& at);
    [[nodiscard]] bool add_member(std::string_view pattern, std::size_t& at, Part& part, unsigned char& before) const;
    void reach(std::vector<bool>& states, std::size_t state) const;
    [[nodiscard]] Characters any() const;

    Of of_;
    std::string literal_;  // of a pattern without special characters
    std::vector<Part> parts_;
};

}  // namespace gup
