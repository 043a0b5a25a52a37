// Sentences for people on standard output and standard error.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace gup {

// As fmt::print, but what the file does not take is lost: fmt::print throws then, and a full disk behind `>> cron.log`
// would end a run half-way.
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
