// SPDX-License-Identifier: Apache-2.0
#include "app/look/overview.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "connector/layout.hpp"
#include "core/declaration/nearest.hpp"
#include "doctor/machine.hpp"
#include "update/agenda.hpp"
#include "update/status_store.hpp"
#include "update/supervise/run_marker.hpp"
#include "util/sys/environment.hpp"
#include "util/sys/lock.hpp"

namespace gup {
namespace {

bool is_denied(const Error& error) {
    return error.code == ErrorCode::permission && ::geteuid() != 0;
}

Error as_root(const Error& error) {
    return error.with_hint("only root may read it: sudo gup-agent status");
}

RunningRun find_running(const fs::path& state, UnixTime now) {
    RunningRun running;
    const auto holder = lock_holder(state / "lock");
    running.is_known = holder.ok();
    if (!holder.ok() || *holder <= 0) return running;
    running.pid = *holder;
    if (const auto facts = process_facts(running.pid)) running.since = now - facts->age;
    return running;
}

class Looker {
public:
    Looker(const Config& config, const std::vector<std::string>& names) : config_(config), names_(names) {}

    Result<Overview> look() {
        const UnixTime now = system_clock().now();
        overview_.host = host_name();
        overview_.root = config_.update.root;
        auto document = read_status(status_file(config_.update));
        if (!document.ok()) return is_denied(document.error()) ? as_root(document.error()) : document.error();
        overview_.document = *std::move(document);
        auto holds = read_holds(config_.update.state, now);
        if (!holds.ok()) return is_denied(holds.error()) ? as_root(holds.error()) : holds.error();
        overview_.last_run = read_last_run(config_.log.file);
        auto scan = scan_root(config_.update);
        if (!scan.ok()) overview_.unread = scan.error().message;
        std::vector<Connector> in_root;
        if (scan.ok()) in_root = std::move(scan->connectors);
        GUP_TRY(const auto chosen, choose(in_root));
        for (const std::string& name : chosen) add(name, in_root, *holds, scan.ok());
        overview_.running = find_running(config_.update.state, now);
        if (overview_.running.pid == 0) {
            overview_.lost_run = overview_.running.is_known
                                     ? describe_lost_run(read_run_marker(config_.update.state).value_or({}))
                                     : std::string();
        }
        overview_.reboot = read_reboot_request(config_.update.state).value_or(std::nullopt);
        SchedulerPlaces places;
        places.daemon_lock = daemon_lock_file(config_.update.state);
        overview_.forecast = forecast_run(config_, places, now);
        return std::move(overview_);
    }

private:
    Result<std::vector<std::string>> choose(const std::vector<Connector>& in_root) const {
        std::set<std::string> known;
        for (const Connector& one : in_root) known.insert(one.name);
        for (const ConnectorStatus& one : overview_.document.connectors) known.insert(one.report.name);
        const std::vector<std::string> all(known.begin(), known.end());
        if (names_.empty()) return all;
        for (const std::string& name : names_) {
            if (!known.contains(name)) return unknown_connector(name, all);
        }
        std::set<std::string> chosen(names_.begin(), names_.end());
        return std::vector<std::string>(chosen.begin(), chosen.end());
    }

    void add(const std::string& name, const std::vector<Connector>& in_root, const std::vector<Hold>& holds,
             bool is_scanned) {
        const auto place =
            std::find_if(in_root.begin(), in_root.end(), [&](const Connector& one) { return one.name == name; });
        ViewSources sources;
        sources.status = overview_.document.find(name);
        sources.hold = find_hold(holds, name);
        sources.is_there = place != in_root.end() || !is_scanned;
        sources.release = enabled_release(config_.update.root, name);
        if (place != in_root.end()) overview_.in_root.push_back(*place);
        overview_.views.push_back(view_connector(name, sources, overview_.last_run));
    }

    const Config& config_;
    const std::vector<std::string>& names_;
    Overview overview_;
};

}  // namespace

Result<Overview> look_over(const Config& config, const std::vector<std::string>& names) {
    return Looker(config, names).look();
}

Error unknown_connector(const std::string& name, const std::vector<std::string>& known) {
    const std::string near = nearest(name, {known.begin(), known.end()});
    return {ErrorCode::invalid_input, fmt::format("no connector is named {}", name),
            near.empty() ? "gup-agent list shows all connectors" : fmt::format("did you mean {}?", near)};
}

}  // namespace gup
