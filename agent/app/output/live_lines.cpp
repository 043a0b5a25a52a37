#include "app/output/live_lines.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/output/print_text.hpp"

namespace gup {
namespace {

struct ScreenSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

ScreenSize screen_size() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return {};
    return {size.ws_col, size.ws_row};
}

// At most `columns` bytes; never in the middle of a UTF-8 sequence, no control characters.
std::string fitted(std::string text, std::size_t columns) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    if (text.size() <= columns) return text;
    std::size_t end = columns;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
    return text;
}

constexpr auto redraw_interval = std::chrono::milliseconds(100);

}  // namespace

void LiveLines::start(const std::vector<std::string>& names) {
    const std::lock_guard guard(mutex_);
    for (const std::string& name : names) lines_.push_back({name, "waiting"});
    draw();
}

void LiveLines::set(const std::string& name, const std::string& text) {
    const std::lock_guard guard(mutex_);
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& one) { return one.name == name; });
    if (line == lines_.end()) return;
    line->text = text;
    if (std::chrono::steady_clock::now() - last_draw_ < redraw_interval) return;
    erase();
    draw();
}

void LiveLines::finish(const std::string& name, const std::string& text) {
    const std::lock_guard guard(mutex_);
    std::erase_if(lines_, [&](const Line& one) { return one.name == name; });
    erase();
    print_text("{}\n", text);
    draw();
}

void LiveLines::stop() {
    const std::lock_guard guard(mutex_);
    erase();
    lines_.clear();
    std::fflush(stdout);
}

void LiveLines::erase() {
    if (drawn_ > 0) print_text("\x1b[{}A\r\x1b[J", drawn_);
    drawn_ = 0;
}

// If the screen is too small for all, waiting lines are left out first.
void LiveLines::draw() {
    const ScreenSize screen = screen_size();
    const std::size_t room = screen.rows > 2 ? screen.rows - 2 : 1;
    const bool all = lines_.size() <= room;
    for (const Line& line : lines_) {
        if (drawn_ == room) break;
        if (!all && line.text.starts_with("waiting")) continue;
        print_text("{}\n", fitted(fmt::format("{}: {}", line.name, line.text), screen.columns - 1));
        ++drawn_;
    }
    last_draw_ = std::chrono::steady_clock::now();
    std::fflush(stdout);
}

}  // namespace gup
