// SPDX-License-Identifier: Apache-2.0
#include "app/setup/crontab.hpp"

#include <fmt/format.h>

#include <functional>
#include <optional>

#include "doctor/schedulers.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr Milliseconds patience{10'000};
constexpr std::size_t longest_table = std::size_t{1} << 20U;

ProcessRequest crontab_request(const char* argument) {
    ProcessRequest request;
    request.argv = {"crontab", argument};
    request.set_env = {{"LC_ALL", "C"}};
    request.timeout = patience;
    request.output_limit = longest_table;
    return request;
}

// "0 2 * * * " or "@daily " of a line, with the blanks before it.
std::string_view times_of(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    std::size_t at = line.find_first_not_of(blanks);
    const int fields = at != std::string_view::npos && line[at] == '@' ? 1 : 5;
    for (int i = 0; i < fields && at != std::string_view::npos; ++i) {
        at = line.find_first_of(blanks, at);
        if (at != std::string_view::npos) at = line.find_first_not_of(blanks, at);
    }
    return line.substr(0, at == std::string_view::npos ? line.size() : at);
}

// Nullopt: the line stays. Else what replaces it, or an empty text.
using Edit = std::function<std::optional<std::string>(std::string_view line)>;

CrontabEdit edit_lines(std::string_view text, const Edit& edit) {
    CrontabEdit edited;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::string_view line = text.substr(0, end);
        const auto after = edit(line);
        if (!after) edited.text += std::string(line) + '\n';
        if (after && !after->empty()) edited.text += *after + '\n';
        if (after) edited.changes.push_back({std::string(line), *after});
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return edited;
}

}  // namespace

Result<std::string> read_own_crontab() {
    const auto listed = run_process(crontab_request("-l"));
    if (!listed.ok() && listed.error().code == ErrorCode::not_found) {
        return Error{ErrorCode::not_found, "there is no program crontab", "apt install cron"};
    }
    if (!listed.ok()) return listed.error();
    if (listed->success()) return listed->out;
    if (contains(listed->err, "no crontab for")) return std::string();
    return Error{ErrorCode::failed, fmt::format("crontab -l failed: {}", trimmed(listed->err)), {}};
}

Status write_own_crontab(const std::string& text, const std::string& before, const fs::path& backup) {
    constexpr std::uint32_t private_file = 0600;
    GUP_CHECK(write_file_atomically(backup, before, private_file));
    ProcessRequest request = crontab_request("-");
    request.input = text;
    request.on_stop = OnStop::go_on;
    GUP_TRY(const ProcessResult written, run_process(request));
    if (written.success()) return {};
    return Error{ErrorCode::failed, fmt::format("crontab refused the table: {}", trimmed(written.err)),
                 fmt::format("the old one is in {}", backup.string())};
}

CrontabEdit replace_old_script(std::string_view text, const fs::path& program, bool is_started_already) {
    bool is_started = is_started_already;
    return edit_lines(text, [&](std::string_view line) -> std::optional<std::string> {
        const auto found = read_crontab(line, {});
        if (found.empty() || found.front().kind != SchedulerKind::old_script) return std::nullopt;
        if (std::exchange(is_started, true)) return std::string();
        return fmt::format("{}{} run >/dev/null", times_of(line), crontab_word(program.string()));
    });
}

CrontabEdit remove_program(std::string_view text, const fs::path& program) {
    return edit_lines(text, [&](std::string_view line) -> std::optional<std::string> {
        const auto found = read_crontab(line, {});
        const bool starts_it = !found.empty() && found.front().kind != SchedulerKind::old_script &&
                               (contains(line, program.string()) || contains(line, crontab_word(program.string())));
        return starts_it ? std::optional(std::string()) : std::nullopt;
    });
}

}  // namespace gup
