// SPDX-License-Identifier: Apache-2.0
#include "util/http/data_budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "util/sys/file.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

constexpr std::string_view header_line = "# What was downloaded on one day, in bytes. May be deleted.\n";
constexpr const char* refusal_hint =
    "it continues the next day; gup-agent now NAME or a larger network.max-bytes-per-day continues it at once";
constexpr std::uint64_t longest_file = 4096;
constexpr const char* run_hint =
    "the next run begins at zero; a larger network.max-bytes-per-run in gup-agent.toml allows more in one run";
constexpr std::size_t day_size = std::string_view("2026-11-21").size();

std::string day_of(const Clock& clock) {
    return format_time(clock.now()).substr(0, day_size);
}

// The bytes that `text` has for `day`; 0 for another day or a malformed text.
std::uint64_t bytes_noted_for(std::string_view text, const std::string& day) {
    if (!text.starts_with(header_line)) return 0;
    text.remove_prefix(header_line.size());
    if (!text.starts_with(day) || text.size() <= day.size()) return 0;
    text.remove_prefix(day.size() + 1);
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    return error == std::errc{} && end != text.data() + text.size() && *end == '\n' ? bytes : 0;
}

}  // namespace

DataBudget::DataBudget(const DataLimits& limits, std::filesystem::path file, Keep keep, const Clock& clock)
    : limits_(limits), file_(std::move(file)), keep_(keep), clock_(clock), day_(day_of(clock)) {
    if (limits_.per_day == 0) return;
    used_ = saved_ = bytes_noted_for(read_file(file_, longest_file).value_or(""), day_);
}

void DataBudget::lift() {
    const std::scoped_lock lock(mutex_);
    lifted_ = true;
}

bool DataBudget::is_exceeded_by(std::uint64_t used) const {
    return limits_.per_day > 0 && !lifted_ && used > limits_.per_day;
}

Error DataBudget::refusal() const {
    return {ErrorCode::busy,
            fmt::format("{} of the daily limit of {} are used", format_size(used_), format_size(limits_.per_day)),
            refusal_hint, Cause::data_budget};
}

bool DataBudget::is_run_exceeded_by(std::uint64_t used) const {
    return limits_.per_run > 0 && used > limits_.per_run;
}

Error DataBudget::run_refusal() const {
    return {ErrorCode::busy,
            fmt::format("{} of one run's limit of {} are used", format_size(run_), format_size(limits_.per_run)),
            run_hint, Cause::limit};
}

bool DataBudget::is_refusal(const Error& error) {
    return error.cause == Cause::data_budget;
}

Status DataBudget::admit() const {
    const std::scoped_lock lock(mutex_);
    if (is_exceeded_by(used_ + 1)) return refusal();
    if (is_run_exceeded_by(run_ + 1)) return run_refusal();
    return {};
}

Milliseconds DataBudget::reserve(std::uint64_t bytes) {
    if (limits_.rate == 0) return Milliseconds{0};
    const auto now = static_cast<double>(clock_.monotonic().count());
    free_at_ms_ = std::max(free_at_ms_, now) + 1000.0 * static_cast<double>(bytes) / static_cast<double>(limits_.rate);
    return Milliseconds{static_cast<std::int64_t>(free_at_ms_ - now)};
}

Status DataBudget::spend(std::uint64_t bytes, Kind kind) {
    Milliseconds wait{0};
    {
        const std::scoped_lock lock(mutex_);
        if (kind != Kind::sized) run_ += bytes;
        if (is_run_exceeded_by(run_)) return run_refusal();
        if (kind == Kind::question) return {};
        used_ += bytes;
        if (is_exceeded_by(used_)) return refusal();
        wait = reserve(bytes);
    }
    if (wait.count() <= 0 || sleep_unless_stopped(wait)) return {};
    return Error{ErrorCode::cancelled, "ended by a signal", {}};
}

std::uint64_t DataBudget::used() const {
    const std::scoped_lock lock(mutex_);
    return used_;
}

Status DataBudget::save() {
    const std::scoped_lock lock(mutex_);
    if (limits_.per_day == 0 || keep_ == Keep::no || used_ == saved_) return {};
    const std::uint64_t news = used_ - saved_;
    GUP_CHECK(in_worker() ? ask_agent_to("downloaded", {{"bytes", news}}) : note_downloaded(file_, news, clock_));
    saved_ = used_;
    return {};
}

Status DataBudget::note_downloaded(const std::filesystem::path& file, std::uint64_t bytes, const Clock& clock) {
    const std::string day = day_of(clock);
    const std::uint64_t before = bytes_noted_for(read_file(file, longest_file).value_or(""), day);
    return write_file_atomically(
        file, fmt::format("{}{} {}\n", header_line, day, bytes > UINT64_MAX - before ? UINT64_MAX : before + bytes));
}

}  // namespace gup
