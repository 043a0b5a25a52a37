// SPDX-License-Identifier: Apache-2.0
#include "app/output/message.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/output/display.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "app/output/table.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

void print_message(const CommandLine& line, Tone tone, const std::string& message) {
    constexpr std::size_t indent = 2;
    const std::string name = painted("gup-agent:", tone, wants_colour(line, STDERR_FILENO));
    print_text(stderr, "{}\n",
               wrapped(fmt::format("{} {}", name, printable(message)), columns_of(STDERR_FILENO), indent));
}

}  // namespace

void print_error(const CommandLine& line, const std::string& message, const std::string& hint,
                 const std::string& snippet) {
    constexpr std::size_t hint_width = 6;
    print_message(line, Tone::bad, message);
    print_text(stderr, "{}", snippet);
    if (hint.empty()) return;
    const std::string word = painted("hint:", Tone::hint, wants_colour(line, STDERR_FILENO));
    print_text(stderr, "{}\n",
               wrapped(fmt::format("{} {}", word, printable(hint)), columns_of(STDERR_FILENO), hint_width));
}

nlohmann::json error_document(const Error& error, ExitCode code) {
    return {{"event", "error"},         {"schema", json_schema}, {"code", to_string(error.code)},
            {"message", error.message}, {"hint", error.hint},    {"exit_code", static_cast<int>(code)}};
}

void print_remark(const CommandLine& line, const std::string& message) {
    print_message(line, Tone::plain, message);
}

}  // namespace gup
