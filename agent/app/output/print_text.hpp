// SPDX-License-Identifier: Apache-2.0
// Sentences for people on standard output and standard error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace gup {

// Like fmt::print, but ignores write errors. fmt::print throws, and a full disk behind `>> cron.log` would end a run in
// the middle.
template <typename... Arguments>
void print_text(std::FILE* file, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    const std::string text = fmt::vformat(format, fmt::make_format_args(arguments...));
    (void)std::fwrite(text.data(), 1, text.size(), file);
}

template <typename... Arguments>
void print_text(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    print_text(stdout, format, std::forward<Arguments>(arguments)...);
}

}  // namespace gup
