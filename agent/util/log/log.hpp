// SPDX-License-Identifier: Apache-2.0
// The log: gup.log and stderr. A line is a sentence plus key=value, with the connector in brackets:
//   [2026-11-21T02:00:13+0100] info (smart-meter) updated code 1a2b3c4 → e9b167f (main, 3 commits)
// Every line of a message has the prefix. Secrets in URLs are masked here once more.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gup::log {

enum class Level : std::uint8_t { debug, info, warning, error };

struct Options {
    std::filesystem::path file;          // empty: no file
    std::uint64_t max_size = 1U << 20U;  // bytes; then gup.log becomes gup.1.log and so on (util/log/log_file)
    unsigned max_files = 5;              // gup.log included
    Level file_level = Level::info;
    Level stderr_level = Level::warning;  // lines of this level also go to stderr
    bool colour = false;                  // on stderr
};

// Sets up both sinks. If the file cannot be opened or written, stderr says so once, and the program continues. The file
// is opened at the first message, so a silent run touches nothing.
void open(const Options& options);
// Sets the level for stderr. A live terminal display raises it, because lines would break the display.
void set_stderr_level(Level level);

// `connector` may be empty. Thread-safe.
void write(Level level, std::string_view connector, std::string_view message);
inline void debug(std::string_view connector, std::string_view message) {
    write(Level::debug, connector, message);
}
inline void info(std::string_view connector, std::string_view message) {
    write(Level::info, connector, message);
}
inline void warning(std::string_view connector, std::string_view message) {
    write(Level::warning, connector, message);
}
inline void error(std::string_view connector, std::string_view message) {
    write(Level::error, connector, message);
}

// Like write(), but only to the file: for messages that standard output shows anyway.
void record(Level level, std::string_view connector, std::string_view message);

// The reach of a message: as write(), or as record().
enum class Reach : bool { everywhere, file };
using Forward = std::function<void(Level level, std::string_view connector, std::string_view message, Reach reach)>;
// From now on all messages go there instead, with their connector: in a worker, whose agent has the log.
void forward_to(Forward forward);

// The message of a failure, and its hint, if any, on a separate line.
[[nodiscard]] std::string with_hint(std::string_view message, std::string_view hint);

// Names a thread's connector: messages with an empty connector from this thread get it. For library callbacks.
class ConnectorScope {
public:
    explicit ConnectorScope(std::string_view connector);
    ~ConnectorScope();
    ConnectorScope(const ConnectorScope&) = delete;
    ConnectorScope& operator=(const ConnectorScope&) = delete;
};

}  // namespace gup::log
