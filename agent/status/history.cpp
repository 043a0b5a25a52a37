// SPDX-License-Identifier: Apache-2.0
#include "status/history.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "util/json.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::uint64_t longest_history = 8U << 20U;
constexpr std::size_t longest_text = 1000;  // bytes of one reason or action
constexpr std::size_t most_actions = 20;

std::string shortened(const std::string& text) {
    return text.size() <= longest_text ? text : std::string(utf8_prefix(text, longest_text)) + "…";
}

json history_json(const HistoryEntry& entry) {
    return {{"time", entry.time},      {"connector", entry.connector},        {"by", entry.by},
            {"branch", entry.branch},  {"outcome", to_string(entry.outcome)}, {"from", entry.from},
            {"to", entry.to},          {"generation", entry.generation},      {"reason", entry.reason},
            {"actions", entry.actions}};
}

HistoryEntry history_entry(const json& line) {
    HistoryEntry entry;
    entry.time = number_member(line, "time");
    entry.connector = text_member(line, "connector");
    entry.by = text_member(line, "by");
    entry.outcome = parse_outcome(text_member(line, "outcome")).value_or(Outcome::unchanged);
    entry.branch = text_member(line, "branch");
    entry.from = text_member(line, "from");
    entry.to = text_member(line, "to");
    entry.generation = text_member(line, "generation");
    entry.reason = text_member(line, "reason");
    entry.actions = text_members(line, "actions");
    return entry;
}

// In the order of the file: the oldest first.
Result<std::vector<HistoryEntry>> read_entries(const fs::path& file) {
    const auto text = read_file(file, longest_history);
    if (!text.ok() && text.error().code == ErrorCode::not_found) return std::vector<HistoryEntry>{};
    if (!text.ok()) return text.error();
    std::vector<HistoryEntry> entries;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const auto line = parse_json(take_until(rest, '\n'));
        if (!line.ok() || !line->is_object()) continue;
        entries.push_back(history_entry(*line));
        if (entries.back().connector.empty()) entries.pop_back();
    }
    return entries;
}

// The oldest first.
void drop_old(std::vector<HistoryEntry>& entries) {
    std::map<std::string, std::size_t> kept;
    std::size_t all = 0;
    std::vector<HistoryEntry> newest;
    for (auto entry = entries.rbegin(); entry != entries.rend() && all < whole_history_limit; ++entry) {
        if (++kept[entry->connector] > history_limit) continue;
        newest.push_back(std::move(*entry));
        ++all;
    }
    std::reverse(newest.begin(), newest.end());
    entries = std::move(newest);
}

HistoryEntry entry_of(const ConnectorReport& report, const std::string& by, UnixTime now) {
    HistoryEntry entry{now,
                       report.name,
                       by,
                       report.outcome,
                       report.branch,
                       report.from_commit,
                       report.commit,
                       report.generation,
                       shortened(report.reason),
                       {}};
    for (const std::string& action : report.actions) {
        if (entry.actions.size() < most_actions) entry.actions.push_back(shortened(action));
    }
    return entry;
}

bool is_good(Outcome outcome) {
    return outcome == Outcome::unchanged || outcome == Outcome::updated;
}

}  // namespace

fs::path history_file(const fs::path& state) {
    return state / "history.jsonl";
}

Result<std::vector<HistoryEntry>> read_history(const fs::path& state) {
    GUP_TRY(auto entries, read_entries(history_file(state)));
    std::reverse(entries.begin(), entries.end());
    return entries;
}

Status add_history(const fs::path& state, const std::vector<HistoryEntry>& added) {
    if (added.empty()) return {};
    // A file that cannot be read is replaced: it must not end a run.
    auto entries = read_entries(history_file(state)).value_or({});
    entries.insert(entries.end(), added.begin(), added.end());
    drop_old(entries);
    std::string text;
    for (const HistoryEntry& entry : entries) {
        text += history_json(entry).dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
    }
    GUP_CHECK(make_folders(state, 0755));
    return write_file_atomically(history_file(state), text);
}

std::vector<HistoryEntry> history_of_run(const StatusDocument& before, const StatusDocument& after,
                                         const RunReport& run, const std::string& by, UnixTime now) {
    std::vector<HistoryEntry> entries;
    for (const ConnectorReport& report : run.connectors) {
        const ConnectorStatus* old = before.find(report.name);
        const ConnectorStatus* current = after.find(report.name);
        const bool is_news = current != nullptr && (old == nullptr || *old != *current);
        if (!is_news || (old != nullptr && is_same_rollback(old->report, current->report))) continue;
        const bool is_moved = old != nullptr && old->report.commit != report.commit;
        const bool is_well_again = old != nullptr && is_good(report.outcome) && !is_good(old->report.outcome);
        if (report.actions.empty() && is_good(report.outcome) && !is_moved && !is_well_again) continue;
        entries.push_back(entry_of(report, by, now));
        if (is_moved && entries.back().from.empty()) entries.back().from = old->report.commit;
        if (is_moved && report.actions.empty() && is_good(report.outcome)) entries.back().from = old->report.commit;
    }
    return entries;
}

std::vector<HistoryEntry> with_generations(std::vector<HistoryEntry> history, const std::string& connector,
                                           const std::vector<Generation>& generations) {
    for (const Generation& one : generations) {
        const auto is_same = [&](const HistoryEntry& entry) {
            return entry.connector == connector && entry.generation == one.id;
        };
        if (one.id.ends_with(before_suffix) || std::any_of(history.begin(), history.end(), is_same)) continue;
        history.push_back(
            {one.time, connector, {}, Outcome::updated, one.branch, one.from_commit, one.commit, one.id, {}, {}});
    }
    std::stable_sort(history.begin(), history.end(),
                     [](const HistoryEntry& a, const HistoryEntry& b) { return a.time > b.time; });
    return history;
}

}  // namespace gup
