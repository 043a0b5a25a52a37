// SPDX-License-Identifier: Apache-2.0
#include "app/look/logs_command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/look/journal_lines.hpp"
#include "app/look/moments.hpp"
#include "app/look/overview.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "status/log_lines.hpp"
#include "update/supervise/inspect.hpp"
#include "util/printable.hpp"
#include "util/sys/signals.hpp"
#include "util/sys/symlink.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t default_lines = 100;
constexpr Milliseconds between_looks{300};

class Printer {
public:
    explicit Printer(OutputForm form) : form_(form) {}

    void print(const LogLine& line) {
        const std::lock_guard guard(mutex_);
        if (form_ == OutputForm::json) {
            print_json({{"time", line.time}, {"subject", line.connector}, {"text", line.text}});
        } else {
            print_text("{}\n", printable(line.text));
        }
    }

    // False when nobody reads any more.
    bool flush() {
        const std::lock_guard guard(mutex_);
        return std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    }

private:
    OutputForm form_;
    std::mutex mutex_;
};

// New lines of gup.log, also after a rotation.
class LogFollower {
public:
    explicit LogFollower(const fs::path& log) : log_(log) {
        open();
        if (fd_.valid()) offset_ = ::lseek(fd_.get(), 0, SEEK_END);
    }

    // The whole lines that were added since the last call.
    std::vector<std::string> take() {
        std::vector<std::string> lines;
        read_on(lines);
        struct stat here {};
        struct stat opened {};
        const bool is_there = ::stat(log_.c_str(), &here) == 0;
        const bool is_same = is_there && fd_.valid() && ::fstat(fd_.get(), &opened) == 0 &&
                             here.st_ino == opened.st_ino && here.st_dev == opened.st_dev;
        if (is_there && !is_same) {
            read_on(lines);
            open();
            offset_ = 0;
            read_on(lines);
        } else if (is_same && here.st_size < offset_) {  // copied and emptied
            offset_ = 0;
            read_on(lines);
        }
        return lines;
    }

private:
    void open() { fd_.reset(::open(log_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)); }

    void read_on(std::vector<std::string>& lines) {
        constexpr std::size_t piece_size = 16U << 10U;
        std::array<char, piece_size> piece{};
        if (!fd_.valid()) return;
        for (;;) {
            const ssize_t got = ::pread(fd_.get(), piece.data(), piece.size(), offset_);
            if (got <= 0) return;
            offset_ += got;
            begun_.append(piece.data(), static_cast<std::size_t>(got));
            for (std::size_t end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n')) {
                lines.push_back(begun_.substr(0, end));
                begun_.erase(0, end + 1);
            }
        }
    }

    fs::path log_;
    UniqueFd fd_;
    off_t offset_ = 0;
    std::string begun_;
};

struct Request {
    LogQuery query;
    std::string unit;  // empty: none
};

Result<UnixTime> since_of(const std::string& text) {
    if (text.empty()) return UnixTime{0};
    if (const auto span = parse_span(text, "--since"); span.ok()) return system_clock().now() - *span;
    GUP_TRY(const TimeZone zone, TimeZone::load({}));
    auto moment = parse_moment(text, "--since", zone);
    if (moment.ok()) return moment;
    return Error{ErrorCode::invalid_input, fmt::format("--since {} is neither a time span nor a date", text),
                 "write it as --since 2d or --since 2026-12-24"};
}

// A connector that is gone may still have lines in the log.
Result<Request> make_request(const CommandLine& line, const Config& config) {
    Request request;
    GUP_TRY(request.query.since, since_of(line.since));
    request.query.lines = line.lines.value_or(line.since.empty() ? default_lines : 0);
    if (line.names.empty()) return request;
    const std::string& name = line.names.front();
    request.query.connector = name;
    GUP_TRY(const Scan scan, scan_root(config.update));
    std::set<std::string> known;
    std::vector<Connector> chosen;
    for (const Connector& one : scan.connectors) {
        known.insert(one.name);
        if (one.name == name) chosen.push_back(one);
    }
    if (chosen.empty()) {
        const auto lines = read_log(config.log.file, {name, 0, 1}).value_or({});
        if (lines.empty()) return unknown_connector(name, {known.begin(), known.end()});
        return request;
    }
    GUP_TRY(const auto details, inspect(worker_settings(config, {}), chosen, {}));
    request.unit = details.at(name).service;
    return request;
}

Status print_past(const Request& request, const Config& config, Printer& printer) {
    GUP_TRY(auto lines, read_log(config.log.file, request.query));
    if (!request.unit.empty()) {
        const auto journal = read_journal(request.unit, request.query, config.update.systemd);
        if (journal.ok()) lines.insert(lines.end(), journal->begin(), journal->end());
        if (!journal.ok()) print_text(stderr, "gup-agent: {}\n", printable(journal.error().message));
    }
    std::stable_sort(lines.begin(), lines.end(), [](const LogLine& a, const LogLine& b) { return a.time < b.time; });
    const std::size_t most = request.query.lines;
    const std::size_t first = most != 0 && lines.size() > most ? lines.size() - most : 0;
    for (std::size_t i = first; i < lines.size(); ++i) printer.print(lines[i]);
    return {};
}

ExitCode follow(const Request& request, const Config& config, LogFollower& follower, Printer& printer) {
    std::thread journal;
    if (!request.unit.empty()) {
        journal = std::thread([&] {
            follow_journal(request.unit, config.update.systemd, [&](const LogLine& line) {
                printer.print(line);
                (void)printer.flush();
            });
        });
    }
    bool is_wanted = false;
    while (printer.flush() && sleep_unless_stopped(between_looks)) {
        for (const std::string& text : follower.take()) {
            const auto line = parse_log_line(text);
            if (line) is_wanted = request.query.connector.empty() || line->connector == request.query.connector;
            if (is_wanted) printer.print(line.value_or(LogLine{0, {}, text}));
        }
    }
    if (!stop_requested()) std::_Exit(static_cast<int>(ExitCode::success));  // nobody reads: journalctl ends, too
    if (journal.joinable()) journal.join();
    constexpr int by_signal = 128;
    return static_cast<ExitCode>(by_signal + stop_signal());
}

}  // namespace

ExitCode logs_command(const CommandLine& line, const Config& config) {
    const auto request = make_request(line, config);
    if (!request.ok()) return report_error(line, request.error());
    if (config.log.file.empty()) {
        return report_error(line, {ErrorCode::not_found, "the agent writes no log", "set file below [logging]"});
    }
    Printer printer(line.form);
    LogFollower follower(followed(config.log.file).value_or(config.log.file));  // before what is past is read
    if (const Status past = print_past(*request, config, printer); !past.ok()) return report_error(line, past.error());
    if (!line.follows) return ExitCode::success;
    return follow(*request, config, follower, printer);
}

}  // namespace gup
