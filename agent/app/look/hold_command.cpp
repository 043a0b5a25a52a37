// SPDX-License-Identifier: Apache-2.0
#include "app/look/hold_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "app/command/commands.hpp"
#include "app/command/identity.hpp"
#include "app/look/moments.hpp"
#include "app/look/overview.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "connector/scan.hpp"
#include "status/holds.hpp"
#include "update/status_store.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"
#include "util/sys/lock.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr std::size_t longest_reason = 500;

Error for_this_user(const Error& error, const char* command) {
    if (error.code != ErrorCode::permission || ::geteuid() == 0) return error;
    return error.with_hint(fmt::format("sudo gup-agent {} …", command));
}

Result<std::set<std::string>> known_names(const Config& config) {
    std::set<std::string> known;
    GUP_TRY(const Scan scan, scan_root(config.update));
    for (const Connector& one : scan.connectors) known.insert(one.name);
    const auto document = read_status(status_file(config.update)).value_or({});
    for (const ConnectorStatus& one : document.connectors) known.insert(one.report.name);
    return known;
}

Status check_names(const std::vector<std::string>& names, const std::set<std::string>& known) {
    for (const std::string& name : names) {
        if (!known.contains(name)) return unknown_connector(name, {known.begin(), known.end()});
    }
    return {};
}

Result<UnixTime> end_of(const HoldRequest& request, UnixTime now) {
    if (!request.span.empty() && !request.until.empty()) {
        return Error{ErrorCode::invalid_input, "--for and --until exclude each other", "leave one of them out"};
    }
    if (!request.span.empty()) {
        GUP_TRY(const UnixTime span, parse_span(request.span, "--for"));
        return now + span;
    }
    if (request.until.empty()) return UnixTime{0};
    GUP_TRY(const TimeZone zone, TimeZone::load({}));
    GUP_TRY(const UnixTime until, parse_moment(request.until, "--until", zone));
    if (until > now) return until;
    return Error{ErrorCode::invalid_input, fmt::format("--until {} has passed", request.until),
                 "name a date to come, or leave it out: then the hold has no end"};
}

Result<std::vector<Hold>> make_holds(const CommandLine& line, const Config& config) {
    const UnixTime now = system_clock().now();
    GUP_TRY(const auto known, known_names(config));
    GUP_CHECK(check_names(line.names, known));
    GUP_TRY(const UnixTime until, end_of(line.hold, now));
    const std::string reason = printable(utf8_prefix(line.hold.reason, longest_reason));
    std::vector<Hold> holds;
    const std::set<std::string> names(line.names.begin(), line.names.end());
    holds.reserve(names.size());
    for (const std::string& name : names) holds.push_back({name, now, until, reason, calling_user()});
    GUP_CHECK(add_holds(config.update.state, holds, now));
    return holds;
}

bool is_run_active(const Config& config) {
    const auto holder = lock_holder(config.update.state / "lock");
    return holder.ok() && *holder > 0;
}

}  // namespace

ExitCode hold_command(const CommandLine& line, const Config& config) {
    const auto holds = make_holds(line, config);
    if (!holds.ok()) return report_error(line, for_this_user(holds.error(), "hold"));
    for (const Hold& one : *holds) log::info(one.connector, fmt::format("{} (by {})", display(one), one.by));
    if (line.form == OutputForm::json) {
        json list = json::array();
        for (const Hold& one : *holds) {
            list.push_back({{"connector", one.connector},
                            {"since", one.since},
                            {"until", one.until},
                            {"reason", one.reason},
                            {"by", one.by}});
        }
        print_json({{"schema", json_schema}, {"holds", std::move(list)}});
        return ExitCode::success;
    }
    for (const Hold& one : *holds) {
        print_text("{}: {}; {} ends it\n", printable(one.connector), display(one),
                   printable(unhold_hint(one.connector)));
    }
    if (is_run_active(config)) print_text("a run is active and may still change it; the next run skips it\n");
    return ExitCode::success;
}

ExitCode unhold_command(const CommandLine& line, const Config& config) {
    const UnixTime now = system_clock().now();
    const auto held = read_holds(config.update.state, now);
    if (!held.ok()) return report_error(line, for_this_user(held.error(), "unhold"));
    auto known = known_names(config);
    if (!known.ok()) return report_error(line, known.error());
    for (const Hold& one : *held) known->insert(one.connector);
    if (const auto checked = check_names(line.names, *known); !checked.ok()) return report_error(line, checked.error());
    const auto removed = remove_holds(config.update.state, line.names, now);
    if (!removed.ok()) return report_error(line, for_this_user(removed.error(), "unhold"));
    for (const std::string& name : *removed) log::info(name, fmt::format("no longer on hold (by {})", calling_user()));
    if (line.form == OutputForm::json) {
        print_json({{"schema", json_schema}, {"removed", *removed}});
        return ExitCode::success;
    }
    const std::set<std::string> names(line.names.begin(), line.names.end());
    for (const std::string& name : names) {
        const bool was_held = std::find(removed->begin(), removed->end(), name) != removed->end();
        print_text("{} {}\n", printable(name), was_held ? "is no longer on hold" : "was not on hold");
    }
    return ExitCode::success;
}

}  // namespace gup
