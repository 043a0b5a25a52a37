// SPDX-License-Identifier: Apache-2.0
#include "doctor/machine.hpp"

#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "host/owner.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::uint64_t small_file = 64U << 10U;

std::string text_of(const fs::path& file) {
    return read_file(file, small_file).value_or("");
}

bool is_number(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// A NUL ends each argument.
std::string command_line(std::string text) {
    while (!text.empty() && text.back() == '\0') text.pop_back();
    std::replace(text.begin(), text.end(), '\0', ' ');
    constexpr std::size_t shown = 120;
    return text.substr(0, shown);
}

}  // namespace

TimeSync time_sync(const fs::path& folder) {
    if (!is_folder(folder)) return TimeSync::unknown;
    const auto mark = file_info(folder / "synchronized");
    return mark.ok() && *mark ? TimeSync::synchronized : TimeSync::not_yet;
}

std::size_t count_name_servers(const fs::path& file) {
    std::istringstream lines(text_of(file));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        std::string value;
        if (words >> key >> value && key == "nameserver") ++count;
    }
    return count;
}

std::string processor_platform() {
    const auto address = ::getauxval(AT_PLATFORM);
    return address == 0 ? ""
                        : reinterpret_cast<const char*>(address);  // NOLINT(performance-no-int-to-ptr): the kernel's
}

std::optional<ProcessFacts> process_facts(int pid, const fs::path& proc) {
    const fs::path folder = proc / std::to_string(pid);
    const std::string stat = text_of(folder / "stat");
    // "pid (name) state …": the name may contain anything.
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream fields(stat.substr(name_end + 1));
    ProcessFacts facts;
    char state = '?';
    fields >> state;
    std::string skipped;
    constexpr int between = 18;  // state is field 3 of proc(5), starttime field 22
    for (int i = 0; i < between; ++i) fields >> skipped;
    std::int64_t started = 0;
    fields >> started;
    std::istringstream uptime(text_of(proc / "uptime"));
    double up = 0;
    uptime >> up;
    const long ticks = ::sysconf(_SC_CLK_TCK);
    if (fields && ticks > 0) facts.age = std::max<std::int64_t>(0, static_cast<std::int64_t>(up) - started / ticks);
    facts.is_stopped = state == 'T' || state == 't';
    facts.command = command_line(text_of(folder / "cmdline"));
    return facts;
}

std::optional<bool> any_runs(const std::vector<std::string>& names, const fs::path& proc) {
    // hidepid hides the first process too.
    if (text_of(proc / "1/comm").empty()) return std::nullopt;
    const auto entries = list_folder(proc);
    if (!entries.ok()) return std::nullopt;
    return std::any_of(entries->begin(), entries->end(), [&](const std::string& entry) {
        return is_number(entry) &&
               std::find(names.begin(), names.end(), first_line(text_of(proc / entry / "comm"))) != names.end();
    });
}

}  // namespace gup
