// SPDX-License-Identifier: Apache-2.0
#include "status/holds.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "status/time_words.hpp"
#include "util/json.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/lock.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr int holds_schema = 1;
constexpr std::uint64_t longest_holds = 1U << 20U;

Error unreadable(const fs::path& file, const std::string& why) {
    return {ErrorCode::corrupt, fmt::format("{} cannot be read: {}", file.string(), why),
            "it says which connectors are on hold: mend it, or remove it and hold them again (gup-agent hold NAME)"};
}

// Two operators at once: the second one waits for a moment.
Result<FileLock> take_holds_lock(const fs::path& state) {
    constexpr int tries = 100;
    constexpr std::chrono::milliseconds between{50};
    GUP_CHECK(make_folders(state, 0755));
    auto lock = FileLock::try_take(state / "holds.lock");
    for (int i = 1; i < tries && !lock.ok() && lock.error().code == ErrorCode::busy; ++i) {
        std::this_thread::sleep_for(between);
        lock = FileLock::try_take(state / "holds.lock");
    }
    return lock;
}

Status write_holds(const fs::path& state, const std::vector<Hold>& holds) {
    const fs::path file = holds_file(state);
    if (holds.empty()) {
        if (::unlink(file.c_str()) == 0) return sync_folder(state);
        return errno == ENOENT ? Status{} : errno_error(errno, "cannot remove " + file.string());
    }
    json list = json::array();
    for (const Hold& one : holds) {
        list.push_back({{"connector", one.connector},
                        {"since", one.since},
                        {"until", one.until},
                        {"reason", one.reason},
                        {"by", one.by}});
    }
    const json document{{"schema", holds_schema}, {"holds", std::move(list)}};
    return write_file_atomically(file, document.dump(1, ' ', false, json::error_handler_t::replace) + "\n");
}

}  // namespace

fs::path holds_file(const fs::path& state) {
    return state / "holds.json";
}

Result<std::vector<Hold>> read_holds(const fs::path& state, UnixTime now) {
    const fs::path file = holds_file(state);
    const auto text = read_file(file, longest_holds);
    if (!text.ok() && text.error().code == ErrorCode::not_found) return std::vector<Hold>{};
    if (!text.ok()) return text.error();
    const auto document = parse_json(*text, longest_holds);
    if (!document.ok()) return unreadable(file, document.error().message);
    if (number_member(*document, "schema") != holds_schema || !member_of(*document, "holds").is_array()) {
        return unreadable(file, fmt::format("it is not of schema {}", holds_schema));
    }
    std::vector<Hold> holds;
    for (const json& one : array_member(*document, "holds")) {
        Hold hold{text_member(one, "connector"), number_member(one, "since"), number_member(one, "until"),
                  text_member(one, "reason"), text_member(one, "by")};
        if (!hold.connector.empty() && (hold.until == 0 || hold.until > now)) holds.push_back(std::move(hold));
    }
    std::sort(holds.begin(), holds.end(), [](const Hold& a, const Hold& b) { return a.connector < b.connector; });
    return holds;
}

const Hold* find_hold(const std::vector<Hold>& holds, const std::string& connector) {
    const auto found =
        std::find_if(holds.begin(), holds.end(), [&](const Hold& one) { return one.connector == connector; });
    return found == holds.end() ? nullptr : &*found;
}

Status add_holds(const fs::path& state, const std::vector<Hold>& added, UnixTime now) {
    GUP_TRY(const auto lock, take_holds_lock(state));
    GUP_TRY(auto holds, read_holds(state, now));
    std::erase_if(holds, [&](const Hold& one) { return find_hold(added, one.connector) != nullptr; });
    holds.insert(holds.end(), added.begin(), added.end());
    return write_holds(state, holds);
}

Result<std::vector<std::string>> remove_holds(const fs::path& state, const std::vector<std::string>& connectors,
                                              UnixTime now) {
    if (!is_there(holds_file(state))) return std::vector<std::string>{};
    GUP_TRY(const auto lock, take_holds_lock(state));
    GUP_TRY(auto holds, read_holds(state, now));
    std::vector<std::string> removed;
    std::erase_if(holds, [&](const Hold& one) {
        const bool is_meant =
            connectors.empty() || std::find(connectors.begin(), connectors.end(), one.connector) != connectors.end();
        if (is_meant) removed.push_back(one.connector);
        return is_meant;
    });
    if (!removed.empty()) GUP_CHECK(write_holds(state, holds));
    return removed;
}

std::string display(const Hold& hold) {
    std::string text = "on hold";
    if (hold.until != 0) text += " until " + local_text(hold.until);
    return hold.reason.empty() ? text : fmt::format("{}: {}", text, hold.reason);
}

std::string unhold_hint(const std::string& connector) {
    return "gup-agent unhold " + connector;
}

}  // namespace gup
