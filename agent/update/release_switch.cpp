#include <fmt/format.h>

#include <algorithm>

#include "core/release.hpp"
#include "fleet/status_document.hpp"
#include "update/generation_store.hpp"
#include "update/release.hpp"
#include "update/release_transaction.hpp"
#include "update/run.hpp"
#include "update/transaction.hpp"
#include "util/links.hpp"
#include "util/log.hpp"
#include "util/thread_identity.hpp"

namespace gup {
namespace {

// The link that people start the connector's Python by.
fs::path environment_link(const ReleaseSite& site) {
    const bool is_its_own = site.place.path == site.link / generation_environment_name;
    return site.place.present && !is_its_own ? site.place.path : site.link.parent_path() / ".pyenv" / site.name;
}

Status check_is_link(const fs::path& path, const std::string& what, const std::string& hint) {
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (!there || there->kind == FileKind::link) return {};
    return Error{ErrorCode::conflict, fmt::format("{} stands where the link to {} should be", path.string(), what),
                 hint};
}

std::string enabled_now(const ReleaseSite& site) {
    return enabled_release(site.link.parent_path(), site.name);
}

// For "redirecting": the release, or what the link says, or that there is none.
std::string shown_now(const ReleaseSite& site) {
    std::string id = enabled_now(site);
    if (id.empty()) id = link_text(site.link);
    return id.empty() ? "nothing" : id;
}

// What an operator asks for by name, told as a run of one connector.
class ReleaseCommand {
public:
    ReleaseCommand(const UpdateSettings& settings, const ReleaseSite& site, const RunEvents& events)
        : settings_(settings), events_(events) {
        report_.name = site.name;
        if (events.started) events.started({site.name});
        status_ = read_status(status_file(settings)).value_or({});
        if (const ConnectorStatus* known = status_.find(site.name)) {
            report_.held_back = known->report.held_back;
            report_.quarantine = known->report.quarantine;
            report_.pins = known->report.pins;
        }
    }

    ConnectorReport& report() { return report_; }

    RunReport end(const Status& done) {
        if (!done.ok()) {
            fail(report_, done.error());
            log::record(log::Level::error, report_.name, log::with_hint(report_.reason, report_.hint));
        } else if (!report_.actions.empty()) {
            report_.outcome = Outcome::updated;
        }
        RunReport run;
        run.connectors.push_back(report_);
        if (events_.finished) events_.finished(report_);
        return run;
    }

    RunReport end_and_remember(const Status& done) {
        RunReport run = end(done);
        const AsProcess own_files;
        if (report_.outcome == Outcome::updated) (void)save_status(settings_, status_, run, Coverage::some_connectors);
        return run;
    }

private:
    const UpdateSettings& settings_;
    const RunEvents& events_;
    StatusDocument status_;
    ConnectorReport report_;
};

void describe(ConnectorReport& report, const Generation& release, const Generation* before) {
    report.branch = release.branch;
    report.commit = release.commit;
    report.from_commit = before == nullptr ? std::string() : before->commit;
}

Result<Generation> named_release(const ReleaseSite& site, const std::vector<Generation>& releases,
                                 const std::string& id) {
    if (const Generation* found = find_generation(releases, id)) return *found;
    const Status checked = check_release_id(id);
    if (!checked.ok()) return checked.error();
    return Error{ErrorCode::invalid_input, fmt::format("release {} of {} is not installed", id, site.name),
                 known_releases(releases)};
}

Result<ReleaseSite> find_known_site(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(ReleaseSite site, find_release_site(settings, name));
    if (is_there(site.link) || is_there(site.folder)) return site;
    return Error{ErrorCode::invalid_input, fmt::format("no connector is named {}", name),
                 "gup-agent release install --from DIR makes its first release"};
}

}  // namespace

Result<std::string> enable_release(const ReleaseSite& site, const Generation& release, const UpdateSettings& settings,
                                   const PairHooks& hooks) {
    const fs::path place = environment_link(site);
    const std::string adopt = "gup-agent adopt " + site.name;
    GUP_CHECK(check_is_link(site.link, "a release", adopt + " turns a git checkout into releases"));
    GUP_CHECK(check_is_link(place, "the release's virtualenv", "move it away, or: " + adopt));
    const fs::path folder = site.folder / release.id;
    if (!release.environment.empty() && !is_file(folder / generation_environment_name / "pyvenv.cfg")) {
        return Error{ErrorCode::corrupt, fmt::format("release {} has no virtualenv any more", release.id),
                     fmt::format("remove {}, then install it again", folder.string())};
    }
    const std::string from = shown_now(site);
    const auto releases = list_releases(site);
    const Generation* before = find_generation(releases, enabled_now(site));
    const StagedPair pair{release.id, folder, (folder / generation_environment_name).string(),
                          before == nullptr ? std::string() : before->commit, release.commit};
    if (hooks.before_switch) GUP_CHECK(hooks.before_switch(pair));
    GUP_TRY(ReleaseTransaction transaction, ReleaseTransaction::begin(settings.state, site, "enable"));
    const auto recorded = read_generation(site.folder, release.id);
    Status switched;
    if (recorded && recorded->previous != release.previous) switched = transaction.replace_record(release);
    if (switched.ok()) switched = transaction.make_around(place.parent_path(), place.parent_path().parent_path());
    if (switched.ok()) switched = transaction.switch_to(place, (site.link / generation_environment_name).string());
    if (switched.ok()) switched = transaction.switch_to(site.link, release_link_text(site, release.id));
    const bool was_switched = switched.ok();
    if (was_switched && hooks.after_switch) switched = hooks.after_switch(pair);
    if (switched.ok()) switched = transaction.commit();
    if (!switched.ok()) {
        Error error = transaction.undo(std::move(switched).error());
        if (was_switched && hooks.switched_back) hooks.switched_back(pair);
        return error;
    }
    std::string said = fmt::format("redirecting {}: {} --> {}", site.name, from, release.id);
    log::info(site.name, said);
    return said;
}

Result<RunReport> run_release_enable(const UpdateSettings& settings, const std::string& name, const std::string& id,
                                     const RunEvents& events) {
    GUP_TRY(const ReleaseSite site, find_release_site(settings, name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const ActingAs acting, ActingAs::begin(site.owner));
    const auto releases = list_releases(site);
    GUP_TRY(Generation release, named_release(site, releases, id));
    const Generation* before = find_generation(releases, enabled_now(site));
    ReleaseCommand command(settings, site, events);
    describe(command.report(), release, before);
    const std::string place_text = (site.link / generation_environment_name).string();
    if (before != nullptr && before->id == id && link_text(environment_link(site)) == place_text) {
        command.report().reason = fmt::format("{} is already at {}", site.name, id);
        log::info(site.name, command.report().reason);
        return command.end({});
    }
    if (before != nullptr && before->id != id) {
        release.previous = before->id;
    }
    auto said = enable_release(site, release, settings);
    if (!said.ok()) return said.error();
    command.report().actions.push_back(*said);
    return command.end_and_remember({});
}

Result<RunReport> run_release_rollback(const UpdateSettings& settings, const std::string& name, const std::string& id,
                                       const RunEvents& events) {
    GUP_TRY(const ReleaseSite site, find_release_site(settings, name));
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const ActingAs acting, ActingAs::begin(site.owner));
    const auto releases = list_releases(site);
    const Generation* current = find_generation(releases, enabled_now(site));
    const Generation* before = find_before(releases, current);
    if (id.empty() && before == nullptr) {
        return Error{ErrorCode::invalid_input, fmt::format("{} has no release to go back to", name),
                     known_releases(releases)};
    }
    GUP_TRY(const Generation target, named_release(site, releases, id.empty() ? before->id : id));
    ReleaseCommand command(settings, site, events);
    ConnectorReport& report = command.report();
    describe(report, target, current);
    if (current != nullptr && current->id == target.id) return command.end({});
    const auto said = enable_release(site, target, settings);
    if (!said.ok()) return command.end(said.error());
    report.actions.push_back(*said);
    if (current != nullptr && current->commit != target.commit) {
        const Release left{current->commit, current->pins};
        report.quarantine =
            add_quarantined(std::move(report.quarantine), {left, rolled_back_by_hand, system_clock().now()});
    }
    return command.end_and_remember({});
}

Result<ReleaseList> read_releases(const UpdateSettings& settings, const std::string& name) {
    GUP_TRY(const ReleaseSite site, find_known_site(settings, name));
    GUP_TRY(const ActingAs acting, ActingAs::begin(site.owner));
    return ReleaseList{list_releases(site), enabled_now(site)};
}

Result<RunReport> run_release_prune(const UpdateSettings& settings, const std::string& name, std::size_t keep,
                                    const RunEvents& events) {
    GUP_TRY(const ReleaseSite site, find_known_site(settings, name));
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(const ActingAs acting, ActingAs::begin(site.owner));
    ReleaseCommand command(settings, site, events);
    const auto releases = list_releases(site);
    const PruneRequest prune{site.folder.string(), environment_at(site.place.path), keep};
    const auto pruned = choose_pruned(releases, find_generation(releases, enabled_now(site)), prune);
    if (pruned.empty()) return command.end({});
    GUP_TRY(ReleaseTransaction transaction, ReleaseTransaction::begin(settings.state, site, "prune"));
    Status done;
    for (const std::string& id : pruned) {
        if (done.ok()) done = transaction.remove_folder(site.folder / id);
        if (!done.ok()) break;
        command.report().actions.push_back(fmt::format("remove release {}", id));
        log::info(site.name, command.report().actions.back());
    }
    if (done.ok()) done = transaction.commit();
    if (!done.ok()) done = transaction.undo(std::move(done).error());
    return command.end(done);
}

}  // namespace gup
