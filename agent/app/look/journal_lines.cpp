// SPDX-License-Identifier: Apache-2.0
#include "app/look/journal_lines.hpp"

#include <fmt/format.h>

#include "util/process/process.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr Milliseconds journal_patience{20'000};
constexpr Milliseconds longest_follow{std::chrono::hours(24 * 365)};
constexpr std::size_t journal_limit = 8U << 20U;

Result<ProcessRequest> journal_request(const std::string& unit, const Systemd& systemd) {
    const fs::path program = find_program(systemd.journalctl);
    if (program.empty()) {
        return Error{ErrorCode::not_found,
                     fmt::format("{} is not installed: {} has no lines here", systemd.journalctl, unit),
                     {}};
    }
    ProcessRequest request;
    request.argv = {program.string(), "--quiet", "--no-pager", "--output=short-unix", "--unit=" + unit};
    request.set_env = {{"LC_ALL", "C"}};
    request.output_limit = journal_limit;
    return request;
}

}  // namespace

std::optional<LogLine> journal_line(std::string_view text, const std::string& unit) {
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    const auto time = number_in<UnixTime>(text.substr(0, dot));
    if (!time) return std::nullopt;
    std::string_view rest = text.substr(dot);
    for (int skipped = 0; skipped < 2; ++skipped) {  // the rest of the time, and the host
        const std::size_t space = rest.find(' ');
        if (space == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(space + 1);
    }
    return LogLine{*time, unit, fmt::format("[{}] ({}) {}", format_time(*time), unit, rest)};
}

Result<std::vector<LogLine>> read_journal(const std::string& unit, const LogQuery& query, const Systemd& systemd) {
    GUP_TRY(ProcessRequest request, journal_request(unit, systemd));
    if (query.lines != 0) request.argv.push_back(fmt::format("--lines={}", query.lines));
    if (query.since != 0) request.argv.push_back(fmt::format("--since=@{}", query.since));
    request.timeout = journal_patience;
    GUP_TRY(const ProcessResult done, run_process(request));
    if (!done.success()) {
        return Error{ErrorCode::failed, fmt::format("journalctl of {} failed: {}", unit, last_line(done.err)), {}};
    }
    std::vector<LogLine> lines;
    std::string_view rest = done.out;
    while (!rest.empty()) {
        if (auto line = journal_line(take_until(rest, '\n'), unit)) lines.push_back(*std::move(line));
    }
    return lines;
}

void follow_journal(const std::string& unit, const Systemd& systemd,
                    const std::function<void(const LogLine& line)>& take) {
    auto request = journal_request(unit, systemd);
    if (!request.ok()) return;
    request->argv.insert(request->argv.end(), {"--follow", "--lines=0"});
    request->timeout = longest_follow;
    request->on_line = [&](std::string_view text) {
        if (const auto line = journal_line(text, unit)) take(*line);
    };
    (void)run_process(*request).ok();
}

}  // namespace gup
