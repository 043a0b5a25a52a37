// SPDX-License-Identifier: Apache-2.0
#include "status/log_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t time_length = std::string_view("2026-11-21T02:00:13+0100").size();
constexpr unsigned most_files = 100;

fs::path rotated(const fs::path& place, unsigned number) {
    return place.parent_path() / fmt::format("{}.{}{}", place.stem().string(), number, place.extension().string());
}

// Takes the lines of one file after another.
class Collector {
public:
    explicit Collector(const LogQuery& query) : query_(query) {}

    void take(std::string_view text) {
        auto line = parse_log_line(text);
        if (line) is_wanted_ = is_asked_for(*line);
        if (!is_wanted_ || (!line && lines_.empty())) return;
        if (!line) line = LogLine{lines_.back().time, lines_.back().connector, std::string(text)};
        lines_.push_back(*std::move(line));
        if (query_.lines != 0 && lines_.size() > query_.lines) lines_.pop_front();
    }

    [[nodiscard]] std::vector<LogLine> lines() && { return {lines_.begin(), lines_.end()}; }

private:
    [[nodiscard]] bool is_asked_for(const LogLine& line) const {
        return line.time >= query_.since && (query_.connector.empty() || line.connector == query_.connector);
    }

    const LogQuery& query_;
    bool is_wanted_ = false;
    std::deque<LogLine> lines_;
};

}  // namespace

std::optional<LogLine> parse_log_line(std::string_view line) {
    if (line.size() < time_length + 3 || line[0] != '[' || line[time_length + 1] != ']') return std::nullopt;
    LogLine found;
    found.time = parse_time(std::string(line.substr(1, time_length)));
    if (found.time < 0) return std::nullopt;
    found.text = line;
    std::string_view rest = line.substr(time_length + 3);
    const std::size_t level = rest.find(' ');
    if (level == std::string_view::npos) return found;
    rest.remove_prefix(level + 1);
    const std::size_t end = rest.find(')');
    if (rest.starts_with('(') && end != std::string_view::npos) found.connector = rest.substr(1, end - 1);
    return found;
}

std::vector<fs::path> log_files(const fs::path& log) {
    std::vector<fs::path> files;
    if (log.empty()) return files;
    const fs::path place = followed(log).value_or(log);  // rotated files are next to the file itself
    if (is_file(place)) files.push_back(place);
    for (unsigned number = 1; number < most_files && is_file(rotated(place, number)); ++number) {
        files.push_back(rotated(place, number));
    }
    std::reverse(files.begin(), files.end());
    return files;
}

Result<std::vector<LogLine>> read_log(const fs::path& log, const LogQuery& query) {
    Collector collector(query);
    for (const fs::path& file : log_files(log)) {
        std::string begun;  // a line whose end is in the next piece
        GUP_CHECK(read_pieces(file, [&](std::string_view piece) {
            while (!piece.empty()) {
                const std::size_t end = piece.find('\n');
                begun += piece.substr(0, end);
                if (end == std::string_view::npos) break;
                collector.take(begun);
                begun.clear();
                piece.remove_prefix(end + 1);
            }
        }));
        if (!begun.empty()) collector.take(begun);
    }
    return std::move(collector).lines();
}

}  // namespace gup
