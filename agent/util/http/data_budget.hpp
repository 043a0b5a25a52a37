// SPDX-License-Identifier: Apache-2.0
// Limits for downloads: bytes per second over all downloads together, bytes per day, and bytes per run, which include the
// answers to questions. A small file keeps the bytes of one day. It is written only after a download.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "util/clock.hpp"
#include "util/result.hpp"

namespace gup {

struct DataLimits {
    std::uint64_t rate = 0;     // bytes a second; 0: as fast as it goes
    std::uint64_t per_day = 0;  // bytes from midnight to midnight, local time; 0: as many as it takes
    std::uint64_t per_run = std::uint64_t{512} << 20U;  // bytes of one budget, questions included; 0: no limit
};

class DataBudget {
public:
    enum class Keep : bool { no, yes };  // whether save() writes
    // Reads today's bytes from `file`. A missing file, or one of another day, gives 0.
    DataBudget(const DataLimits& limits, std::filesystem::path file, Keep keep, const Clock& clock = system_clock());

    enum class Kind : std::uint8_t {
        download,
        question,  // belongs to the run's bytes alone, and never waits
        sized,  // of a file whose size and content are known before: the run's limit guards against those without an end
    };

    // Disables the daily limit, not the one of a run. Bytes are still counted.
    void lift();

    // Before a download. Fails when nothing is left of the day (see is_refusal) or of the run (Cause::limit).
    [[nodiscard]] Status admit() const;
    // Counts received bytes, and waits until they are within the rate. Fails as admit() when they exceed a limit, which
    // ends the download. Fails with cancelled when a stop was requested. Any thread.
    [[nodiscard]] Status spend(std::uint64_t bytes, Kind kind = Kind::download);
    // Today's bytes.
    [[nodiscard]] std::uint64_t used() const;
    // Adds what was counted since to the file, in a worker through the agent.
    [[nodiscard]] Status save();
    // Adds `bytes` to today's bytes in `file`. Fails with io and the like.
    [[nodiscard]] static Status note_downloaded(const std::filesystem::path& file, std::uint64_t bytes,
                                                const Clock& clock = system_clock());

    // True when an error of admit() or spend() means that the daily limit is reached: try again on another day.
    [[nodiscard]] static bool is_refusal(const Error& error);

private:
    [[nodiscard]] Error refusal() const;
    [[nodiscard]] Error run_refusal() const;
    [[nodiscard]] bool is_exceeded_by(std::uint64_t used) const;
    [[nodiscard]] bool is_run_exceeded_by(std::uint64_t used) const;
    [[nodiscard]] Milliseconds reserve(std::uint64_t bytes);

    const DataLimits limits_;
    const std::filesystem::path file_;
    const Keep keep_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    std::string day_;  // "2026-11-21"
    std::uint64_t used_ = 0;
    std::uint64_t saved_ = 0;
    std::uint64_t run_ = 0;  // of this object, questions included
    bool lifted_ = false;
    double free_at_ms_ = 0;  // when the rate allows the next byte, on the clock that never goes back
};

}  // namespace gup
