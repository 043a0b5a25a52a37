// SPDX-License-Identifier: Apache-2.0
#include "app/output/live_lines.hpp"

#include <sys/ioctl.h>

#include <algorithm>

#include "app/output/print_text.hpp"

namespace gup {
namespace {

constexpr Milliseconds between_draws{100};
constexpr Milliseconds between_seconds{1'000};

}  // namespace

ScreenSize screen_size(int descriptor) {
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

void LiveLines::changed() {
    is_due_ = true;
    if (is_first_ || clock_.monotonic() - last_ >= between_draws) draw();
}

Milliseconds LiveLines::tick() {
    const Milliseconds wait = is_due_ ? between_draws : between_seconds;
    const Milliseconds passed = clock_.monotonic() - last_;
    if (passed < wait) return wait - passed;
    draw();
    return between_seconds;
}

void LiveLines::print_above(const std::string& text) {
    erase();
    print_text(out_, "{}", text);
    draw();
}

void LiveLines::stop() {
    erase();
    std::fflush(out_);
    is_due_ = false;
}

void LiveLines::erase() {
    if (!drawn_.empty()) print_text(out_, "\x1b[{}A\r\x1b[J", drawn_.size());
    drawn_.clear();
}

void LiveLines::draw() {
    std::vector<std::string> lines = frame_(screen_size(::fileno(out_)));
    is_due_ = false;
    is_first_ = false;
    last_ = clock_.monotonic();
    if (lines != drawn_) {
        erase();
        for (const std::string& line : lines) print_text(out_, "{}\n", line);
        drawn_ = std::move(lines);
    }
    std::fflush(out_);
}

}  // namespace gup
