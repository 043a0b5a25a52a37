// SPDX-License-Identifier: Apache-2.0
#include "host/script_hint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "util/process/process.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr const char* general_hint = "its first line must name an installed interpreter, such as #!/bin/sh";

// The kernel reads no more, either.
std::string beginning_of(const fs::path& program) {
    const UniqueFd fd(::open(program.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    std::array<char, 256> buffer{};
    const ssize_t got = fd.valid() ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
    return {buffer.data(), static_cast<std::size_t>(got > 0 ? got : 0)};
}

std::string windows_hint(const fs::path& program) {
    return fmt::format(
        "its lines end with CRLF, as on Windows: sed -i 's/\\r$//' {}; in a repository also add "
        "\"{} text eol=lf\" to .gitattributes",
        shell_quoted(program.native()), program.filename().native());
}

// The interpreter that is missing, by its path, or by the name that env looks for; empty: none is.
std::string missing_interpreter(std::string_view line) {
    const auto words = words_in(line.substr(2));
    if (words.empty()) return {};
    const bool is_env = words.front().ends_with("/env") && words.size() > 1;
    if (!is_executable(fs::path(words.front()))) return std::string(words.front());
    std::size_t name = 1;
    while (is_env && name < words.size() && words[name].starts_with('-')) ++name;
    if (!is_env || name >= words.size() || !find_program(std::string(words[name])).empty()) return {};
    return std::string(words[name]);
}

std::string hint_of(const fs::path& program) {
    const std::string text = beginning_of(program);
    if (const auto plain = without_byte_order_mark(text); !plain || plain->size() != text.size()) {
        return plain && plain->starts_with("#!")
                   ? "a byte order mark is in front of its #!: save it as UTF-8 without one"
                   : std::string();
    }
    if (!text.starts_with("#!")) return {};
    const std::string_view line = std::string_view(text).substr(0, text.find('\n'));
    if (line.ends_with('\r')) return windows_hint(program);
    const std::string missing = missing_interpreter(line);
    return missing.empty()
               ? std::string()
               : fmt::format("its interpreter {} is missing: install it, or correct its first line", missing);
}

}  // namespace

std::string script_hint(const fs::path& program) {
    std::string hint = hint_of(program);
    return hint.empty() ? general_hint : hint;
}

std::string script_hint_after(int exit_code, const fs::path& program) {
    constexpr int not_executed = 126;
    constexpr int not_found = 127;
    return exit_code == not_executed || exit_code == not_found ? hint_of(program) : std::string();
}

}  // namespace gup
