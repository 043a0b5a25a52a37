#include "commands/release_install.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "core/short_id.hpp"
#include "deploy/release_builder.hpp"
#include "transaction/recovery.hpp"
#include "update/connector_update.hpp"
#include "util/log/log.hpp"

namespace gup {
namespace {

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
Result<bool> choose_release_id(const ConnectorLayout& site, const ReleaseRequest& request, ReleaseCode& code) {
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

// Nothing but the new folder is touched.
Status install_release(ReleaseBuilder& builder, const ConnectorLayout& site, const UpdateSettings& settings) {
    GUP_CHECK(builder.prepare());
    GUP_CHECK(make_generations_folder(site.folder, settings.root, site.owner));
    GUP_TRY(Transaction transaction, Transaction::begin_now(place_in_root(settings.state, site), "install"));
    Status made = builder.make(transaction);
    if (made.ok()) made = transaction.commit();
    if (!made.ok()) return transaction.fail(std::move(made).error());
    transaction.end();
    return {};
}

ConnectorReport report_of(const ReleaseBuild& build, const ReleaseBuilder& builder, const Status& done) {
    ConnectorReport report;
    report.name = build.site.name;
    report.branch = build.code.branch;
    report.commit = build.code.commit;
    if (done.ok()) {
        report.outcome = Outcome::updated;
        report.actions.push_back(fmt::format("install {} from {}", build.code.id, build.code.origin));
        report.actions.insert(report.actions.end(), builder.actions.begin(), builder.actions.end());
        report.pins = pin_states(build.gupfile, builder.virtualenv);
        for (const std::string& action : report.actions) log::info(report.name, action);
        return report;
    }
    fail(report, done.error());
    log::record(log::Level::error, report.name,
                log::with_hint(fmt::format("{} not installed: {}", build.code.id, report.reason), report.hint));
    return report;
}

}  // namespace

Result<RunReport> run_release_install(const UpdateSettings& settings, const ReleaseRequest& request,
                                      const RunEvents& events) {
    GUP_TRY(const ConnectorLayout site, find_layout(settings, request.name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const EffectiveUser acting, EffectiveUser::begin(site.owner));
    GUP_TRY(ReleaseCode code, find_release_code(site, request));
    GUP_TRY(const Gupfile gupfile, gupfile_of(code));
    RunReport run;
    GUP_TRY(const bool is_new, choose_release_id(site, request, code));
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
    for (const std::string& path : code.tree->left_out) {
        log::warning(site.name, fmt::format("not in release {}: {}", code.id, path));
    }
    const ReleaseBuild build{site, code, gupfile};
    ReleaseBuilder builder(build, settings, events);
    const Status done = install_release(builder, site, settings);
    run.connectors.push_back(report_of(build, builder, done));
    if (events.finished) events.finished(run.connectors.back());
    return run;
}

}  // namespace gup
