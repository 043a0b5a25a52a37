// SPDX-License-Identifier: Apache-2.0
#include "util/log/log.hpp"

#ifndef SPDLOG_PREVENT_CHILD_FD
#define SPDLOG_PREVENT_CHILD_FD
#endif
#include <spdlog/formatter.h>
#include <spdlog/sinks/ansicolor_sink.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "util/clock.hpp"
#include "util/log/log_file.hpp"
#include "util/printable.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"
#include "util/url.hpp"

namespace gup::log {
namespace {

// After a failure: a full disk or a read-only mount may be temporary, but a try at every line would cost too much.
constexpr Milliseconds reopen_after{60'000};

// By Level. debug, info, warning and error follow each other in spdlog, too.
constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

spdlog::level::level_enum to_spdlog(Level level) {
    return static_cast<spdlog::level::level_enum>(spdlog::level::debug + static_cast<int>(level));
}

// "[time] level (connector) text". The time comes from util/clock, because spdlog's own would end in 2038 on armhf.
class LineFormatter final : public spdlog::formatter {
public:
    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(message.time.time_since_epoch());
        const std::string time = format_time(seconds.count());
        const std::string_view level = level_names.at(static_cast<std::size_t>(message.level - spdlog::level::debug));
        append(line, {"[", time, "] "});
        message.color_range_start = line.size();
        append(line, {level});
        message.color_range_end = line.size();
        if (message.logger_name.size() > 0) append(line, {" (", view(message.logger_name), ")"});
        if (message.payload.size() > 0) append(line, {" ", view(message.payload)});
        append(line, {"\n"});
    }

    [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<LineFormatter>();
    }

private:
    static std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

    static void append(spdlog::memory_buf_t& line, std::initializer_list<std::string_view> parts) {
        for (const std::string_view part : parts) line.append(part.data(), part.data() + part.size());
    }
};

using Line = spdlog::details::log_msg;

class Journal {
public:
    void open(const Options& options) {
        const std::lock_guard lock(mutex_);
        options_ = options;
        file_.reset();
        file_failed_ = false;
        complained_ = false;
        terminal_.set_color_mode(options.colour ? spdlog::color_mode::always : spdlog::color_mode::never);
        stderr_level_ = options.stderr_level;
        file_level_ = options.file.empty() ? no_level : static_cast<int>(options.file_level);
    }

    void set_stderr_level(Level level) { stderr_level_ = level; }

    [[nodiscard]] bool to_stderr(Level level) const { return level >= stderr_level_.load(); }
    [[nodiscard]] bool to_file(Level level) const { return static_cast<int>(level) >= file_level_.load(); }

    void write(const std::vector<Line>& lines, bool stderr_wanted, bool file_wanted) {
        const std::lock_guard lock(mutex_);
        if (stderr_wanted) {
            for (const Line& line : lines) terminal_.log(line);
        }
        if (file_wanted) write_to_file(lines);
    }

private:
    static constexpr int no_level = 100;
    using Terminal = spdlog::sinks::ansicolor_stderr_sink<spdlog::details::console_nullmutex>;

    struct PlainTerminal final : Terminal {
        PlainTerminal() : Terminal(spdlog::color_mode::never) { set_formatter(std::make_unique<LineFormatter>()); }
    };

    void write_to_file(const std::vector<Line>& lines) {
        if (file_failed_ && system_clock().monotonic() < next_attempt_) return;
        const Status written = try_to_write(lines);
        file_failed_ = !written.ok();
        if (written.ok()) return;
        file_.reset();
        next_attempt_ = system_clock().monotonic() + reopen_after;
        complain("cannot write the log " + options_.file.native() + ": " + written.error().message +
                 "; continuing without it");
    }

    Status try_to_write(const std::vector<Line>& lines) {
        if (file_ && !file_->is_in_place()) file_.reset();  // it was moved away
        if (!file_) {
            GUP_CHECK(make_folders(options_.file.parent_path(), 0755));
            const LogFile::Limits limits{std::max<std::uint64_t>(options_.max_size, 1),
                                         options_.max_files > 0 ? options_.max_files - 1 : 0};
            GUP_TRY(file_, LogFile::open(options_.file, limits));
        }
        for (const Line& line : lines) {
            spdlog::memory_buf_t text;
            formatter_.format(line, text);
            GUP_CHECK(file_->write({text.data(), text.size()}));
        }
        if (const auto problem = file_->take_problem()) {
            complain("the log " + options_.file.native() + " is not rotated and grows: " + problem->message);
        }
        return {};
    }

    void complain(const std::string& message) {
        if (std::exchange(complained_, true)) return;
        const std::string text = printable(message);
        const std::chrono::seconds now{system_clock().now()};
        terminal_.log(Line(spdlog::log_clock::time_point(now), {}, "", spdlog::level::warn, text));
    }

    std::mutex mutex_;
    Options options_;
    PlainTerminal terminal_;
    LineFormatter formatter_;
    std::optional<LogFile> file_;
    bool file_failed_ = false;
    bool complained_ = false;
    Milliseconds next_attempt_{0};
    // Read without the mutex, so that a message below the level costs almost nothing.
    std::atomic<Level> stderr_level_{Level::warning};
    std::atomic<int> file_level_{no_level};
};

Journal& journal() {
    static auto* const instance = new Journal;  // never destroyed: a thread may log until the very end
    return *instance;
}

Forward& forward() {
    static auto* const instance = new Forward;  // never destroyed, as the journal
    return *instance;
}

std::vector<std::string>& connectors_of_thread() {
    thread_local std::vector<std::string> connectors;
    return connectors;
}

std::string_view connector_or_default(std::string_view connector) {
    const auto& connectors = connectors_of_thread();
    return connector.empty() && !connectors.empty() ? std::string_view(connectors.back()) : connector;
}

// The lines of `message` in printable form; newlines at the end add none.
std::vector<std::string> to_lines(std::string_view message) {
    const std::string masked = mask_secrets(message);
    std::string_view rest = masked;
    while (!rest.empty() && (rest.back() == '\n' || rest.back() == '\r')) rest.remove_suffix(1);
    std::vector<std::string> lines;
    for (;;) {
        const std::size_t end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(printable(line));
        if (end == std::string_view::npos) return lines;
        rest.remove_prefix(end + 1);
    }
}

void write_to(Level level, std::string_view connector, std::string_view message, bool stderr_wanted) {
    const bool file_wanted = journal().to_file(level);
    if (!stderr_wanted && !file_wanted) return;
    if (forward()) {
        return forward()(level, connector_or_default(connector), message,
                         stderr_wanted ? Reach::everywhere : Reach::file);
    }
    const std::string name = printable(connector_or_default(connector));
    const std::vector<std::string> texts = to_lines(message);
    const spdlog::log_clock::time_point now{std::chrono::seconds{system_clock().now()}};
    std::vector<Line> lines;
    lines.reserve(texts.size());
    for (const std::string& text : texts) lines.emplace_back(now, spdlog::source_loc{}, name, to_spdlog(level), text);
    journal().write(lines, stderr_wanted, file_wanted);
}

}  // namespace

void open(const Options& options) {
    journal().open(options);
}

void set_stderr_level(Level level) {
    journal().set_stderr_level(level);
}

void write(Level level, std::string_view connector, std::string_view message) {
    write_to(level, connector, message, journal().to_stderr(level));
}

void record(Level level, std::string_view connector, std::string_view message) {
    write_to(level, connector, message, false);
}

void forward_to(Forward target) {
    forward() = std::move(target);
}

std::string with_hint(std::string_view message, std::string_view hint) {
    std::string text(message);
    if (!hint.empty()) text.append("\nhint: ").append(hint);
    return text;
}

ConnectorScope::ConnectorScope(std::string_view connector) {
    connectors_of_thread().emplace_back(connector);
}

ConnectorScope::~ConnectorScope() {
    connectors_of_thread().pop_back();
}

}  // namespace gup::log
