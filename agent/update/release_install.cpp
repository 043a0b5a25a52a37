#include <fmt/format.h>

#include <algorithm>

#include "core/release.hpp"
#include "update/environment_stage.hpp"
#include "update/execute.hpp"
#include "update/generation_store.hpp"
#include "update/release.hpp"
#include "update/release_persist.hpp"
#include "update/release_transaction.hpp"
#include "update/transaction.hpp"
#include "util/links.hpp"
#include "util/log.hpp"
#include "util/signals.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// Beyond the code and the virtualenv, which require_room knows: folders, links, generation.json.
constexpr std::uint64_t release_slack = 1 * mebibyte;

class ReleaseInstaller {
public:
    ReleaseInstaller(ReleaseBuild& build, const UpdateSettings& settings, const RunEvents& events)
        : build_(build),
          site_(build.site),
          settings_(settings),
          events_(events),
          folder_(build.site.folder / build.code.id) {
        observation_.connector = {site_.name, folder_};
        observation_.owner = site_.owner;
        observation_.gupfile = build.gupfile;
        observation_.place = site_.place;
    }

    Status run() {
        GUP_TRY(const auto persisted, check_persisted(build_.gupfile.persist));
        GUP_CHECK(look_at_environment());
        const InstallPins pins{find_drift(build_.gupfile, observation_.environment)};
        PreparedInstall prepared;
        if (!pins.pins.empty()) prepared = prepare_install(pins, observation_, events_);
        if (!prepared.failures.empty()) return first_failure(prepared.failures);
        GUP_CHECK(require_release_room(prepared));
        GUP_CHECK(make_generations_folder(site_.folder, settings_.root, site_.owner));
        GUP_TRY(ReleaseTransaction transaction, ReleaseTransaction::begin(settings_.state, site_, "install"));
        Status made = make(transaction, pins, std::move(prepared));
        if (made.ok()) made = link_persisted(transaction, site_, folder_, persisted, OwnFiles::are_defaults);
        if (made.ok() && stop_requested()) made = Error{ErrorCode::cancelled, "stopped", {}};
        if (made.ok()) made = sync_file_system(folder_);
        if (made.ok()) made = record();
        if (made.ok()) made = transaction.commit();
        return made.ok() ? made : Status{transaction.undo(std::move(made).error())};
    }

private:
    // Files that did not change are shared with the one that runs, or with the latest release, and what is in it need
    // not be downloaded again.
    Status look_at_environment() {
        std::vector<fs::path> places;
        if (site_.place.present) places.push_back(site_.place.path);
        for (const Generation& one : list_releases(site_)) places.push_back(environment_in(site_.folder, one.id));
        for (const fs::path& place : places) {
            const auto real = real_path(place);
            if (!real.ok()) continue;
            GUP_TRY(observation_.environment, inspect_environment({true, *real}));
            if (!observation_.environment.defect.empty()) continue;
            live_ = *real;
            return {};
        }
        observation_.environment = {};
        return {};
    }

    // The code's bytes stay free as well while the virtualenv is made.
    Status require_release_room(const PreparedInstall& prepared) const {
        UpdateSettings settings = settings_;
        settings.disk_reserve += build_.code.bytes + release_slack;
        return require_room(site_.folder, live_, prepared, observation_.environment, settings);
    }

    Status make(ReleaseTransaction& transaction, const InstallPins& pins, PreparedInstall prepared) {
        events_.tell(site_.name, fmt::format("writing {}", build_.code.id));
        if (is_there(folder_)) GUP_CHECK(remove_leftover());
        GUP_CHECK(transaction.make_folder(folder_));
        GUP_CHECK(write_release_code(site_, build_.code, folder_));
        build_.actions.push_back(
            build_.code.is_copy
                ? fmt::format("install {} from {}", build_.code.id, build_.code.folder.string())
                : fmt::format("install {} from commit {}", build_.code.id, short_id(build_.code.commit)));
        const StagePlace where{live_, environment_in(site_.folder, build_.code.id)};
        GUP_TRY(ObservedEnvironment staged, stage_environment(where, observation_, settings_, events_));
        const InstallPins wanted{live_.empty() ? find_drift(build_.gupfile, staged) : pins.pins};
        if (wanted.pins.empty()) return keep_pins(staged);
        Installed installed =
            install_staged(wanted, std::move(prepared), {build_.gupfile, observation_, staged}, settings_, events_);
        if (!installed.failures.empty()) return first_failure(installed.failures);
        build_.actions.insert(build_.actions.end(), installed.actions.begin(), installed.actions.end());
        return keep_pins(installed.environment);
    }

    Status keep_pins(const ObservedEnvironment& environment) {
        build_.pins = pin_states(build_.gupfile, environment);
        return {};
    }

    // Of a removal that a crash interrupted. What has a record is a release and was not come here with.
    Status remove_leftover() {
        log::warning(site_.name, fmt::format("removed the unfinished {}", folder_.string()));
        return remove_tree(folder_);
    }

    static Status first_failure(const std::vector<PinFailure>& failures) {
        std::string reasons;
        for (const PinFailure& failure : failures) {
            if (!reasons.empty()) reasons += "; ";
            reasons += fmt::format("{}: {}", display(failure.requirement), failure.reason);
        }
        return Error{ErrorCode::failed, reasons, "nothing was installed; put the gupfile right, then try again"};
    }

    Status record() {
        Generation made;
        made.id = build_.code.id;
        made.sequence = next_sequence(site_);
        made.time = system_clock().now();
        made.connector = site_.name;
        made.branch = build_.code.branch;
        made.commit = build_.code.commit;
        made.from_commit = build_.code.commit;
        made.environment = environment_in(site_.folder, made.id).string();
        made.pins = build_.gupfile.pins;
        return write_generation(site_.folder, made);
    }

    ReleaseBuild& build_;
    const ReleaseSite& site_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    fs::path folder_;
    fs::path live_;  // what the virtualenv is copied of; empty: a new one is made
    Observation observation_;
};

Result<Gupfile> gupfile_of(const ReleaseCode& code) {
    Gupfile gupfile = parse_gupfile(code.gupfile);
    if (gupfile.usable()) return gupfile;
    const auto flaw = std::find_if(gupfile.problems.begin(), gupfile.problems.end(),
                                   [](const Problem& one) { return one.severity == Severity::error; });
    return Error{ErrorCode::invalid_input,
                 fmt::format("{}: gupfile:{}:{}: {}", code.id, flaw->line, flaw->column, flaw->message), flaw->hint};
}

// Whether it is still to be installed. A generation of the same minute from when the connector was in place, which has
// no code, may have the name.
Result<bool> settle_release_id(const ReleaseSite& site, const ReleaseRequest& request, ReleaseCode& code) {
    const std::string wanted = code.id;
    for (int number = 2; read_generation(site.folder, code.id); ++number) {
        if (is_file(site.folder / code.id / gupfile_name)) return false;
        if (!request.version.empty()) {
            return Error{ErrorCode::conflict, fmt::format("a generation of {} is called {}", site.name, wanted),
                         "choose another id"};
        }
        code.id = fmt::format("{}-{}", wanted, number);
    }
    return true;
}

ConnectorReport report_of(const ReleaseBuild& build, const Status& done) {
    ConnectorReport report;
    report.name = build.site.name;
    report.branch = build.code.branch;
    report.commit = build.code.commit;
    report.pins = build.pins;
    if (done.ok()) {
        report.outcome = Outcome::updated;
        report.actions = build.actions;
        for (const std::string& action : report.actions) log::info(report.name, action);
        return report;
    }
    fail(report, done.error());
    log::record(log::Level::error, report.name,
                log::with_hint(fmt::format("{} not installed: {}", build.code.id, report.reason), report.hint));
    return report;
}

}  // namespace

Status install_release(ReleaseBuild& build, const UpdateSettings& settings, const RunEvents& events) {
    return ReleaseInstaller(build, settings, events).run();
}

Result<RunReport> run_release_install(const UpdateSettings& settings, const ReleaseRequest& request,
                                      const RunEvents& events) {
    GUP_TRY(const ReleaseSite site, find_release_site(settings, request.name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const ActingAs acting, ActingAs::begin(site.owner));
    GUP_TRY(ReleaseCode code, find_release_code(site, request));
    GUP_TRY(const Gupfile gupfile, gupfile_of(code));
    RunReport run;
    GUP_TRY(const bool is_new, settle_release_id(site, request, code));
    if (events.started) events.started({site.name});
    if (!is_new) {
        ConnectorReport report;
        report.name = site.name;
        report.commit = code.commit;
        report.reason = fmt::format("{} is already installed", code.id);
        run.connectors.push_back(report);
        if (events.finished) events.finished(report);
        return run;
    }
    for (const std::string& path : code.left_out) {
        log::warning(site.name, fmt::format("not in release {}: {}", code.id, path));
    }
    ReleaseBuild build{site, code, gupfile, {}, {}};
    const Status done = install_release(build, settings, events);
    run.connectors.push_back(report_of(build, done));
    if (events.finished) events.finished(run.connectors.back());
    return run;
}

}  // namespace gup
