// SPDX-License-Identifier: Apache-2.0
#include "status/last_run.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <sstream>

#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view prefix = "run finished: ";
constexpr std::string_view names_key = " names=";
constexpr std::string_view took_key = " took=";
constexpr std::int64_t shortest_told = 5;
constexpr std::size_t time_size = std::string_view("[2026-11-21T02:00:13+0100]").size();
constexpr std::uint64_t tail_size = 256U << 10U;

std::string read_tail(const fs::path& path) {
    const auto info = file_info(path);
    if (!info.ok() || !*info || (*info)->kind != FileKind::regular) return {};  // a pipe has nothing to read again
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd.valid()) return {};
    const std::uint64_t start = (*info)->size > tail_size ? (*info)->size - tail_size : 0;
    std::string text(static_cast<std::size_t>((*info)->size - start), '\0');
    const ssize_t got = ::pread(fd.get(), text.data(), text.size(), static_cast<off_t>(start));
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

std::optional<LastRun> parse_line(std::string_view line) {
    const std::string_view expected = "info ";
    if (line.size() < time_size + 1 + expected.size() || line[0] != '[') return std::nullopt;
    LastRun run;
    run.time = parse_time(std::string(line.substr(1, time_size - 2)));
    std::string_view rest = line.substr(time_size + 1);
    if (run.time < 0 || !rest.starts_with(expected)) return std::nullopt;
    rest.remove_prefix(expected.size());
    if (!rest.starts_with(prefix)) return std::nullopt;
    rest.remove_prefix(prefix.size());
    const std::size_t names = rest.find(names_key);
    run.summary = rest.substr(0, names);
    if (const std::size_t took = run.summary.find(took_key); took != std::string::npos) {
        run.seconds = number_in<std::int64_t>(run.summary.substr(took + took_key.size())).value_or(0);
        run.summary.resize(took);
    }
    if (names != std::string_view::npos) {
        std::istringstream stream{std::string(rest.substr(names + names_key.size()))};
        for (std::string name; std::getline(stream, name, ',');) run.names.push_back(name);
    }
    return run;
}

}  // namespace

std::string run_finished_message(const std::string& summary, const std::vector<std::string>& names,
                                 std::int64_t seconds) {
    const std::string of = names.empty() ? "" : fmt::format("{}{}", names_key, fmt::join(names, ","));
    const std::string took = seconds < shortest_told ? "" : fmt::format("{}{}", took_key, seconds);
    return fmt::format("{}{}{}{}", prefix, summary, took, of);
}

std::optional<LastRun> find_last_run(std::string_view log_text) {
    while (!log_text.empty()) {
        if (log_text.back() == '\n') log_text.remove_suffix(1);
        const std::size_t newline = log_text.rfind('\n');
        const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
        if (auto run = parse_line(log_text.substr(start))) return run;
        log_text = log_text.substr(0, start);
    }
    return std::nullopt;
}

std::optional<LastRun> read_last_run(const fs::path& log) {
    if (log.empty()) return std::nullopt;
    if (auto run = find_last_run(read_tail(log))) return run;
    const fs::path place = followed(log).value_or(log);  // rotated files are next to the file itself
    return find_last_run(read_tail(place.parent_path() / (place.stem().string() + ".1" + place.extension().string())));
}

}  // namespace gup
