// SPDX-License-Identifier: Apache-2.0
#include "deploy/stacks/stack_deployment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "connector/layout.hpp"
#include "core/quadlet/render.hpp"
#include "core/release.hpp"
#include "deploy/stacks/stack_images.hpp"
#include "deploy/stacks/stack_removal.hpp"
#include "deploy/stacks/stack_rights.hpp"
#include "deploy/stacks/stack_sources.hpp"
#include "host/podman/objects.hpp"
#include "host/podman/quadlet.hpp"
#include "host/reboot.hpp"
#include "host/units/gateway_claims.hpp"
#include "util/crypto/digest.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

void tell_warnings(const std::string& connector, const std::vector<Problem>& problems) {
    for (const Problem& problem : problems) {
        if (problem.severity == Severity::error) continue;
        Problem shown = problem;
        const std::string hint = std::exchange(shown.hint, {});
        log::warning(connector, log::with_hint(display(shown, {}), hint));
    }
}

void add_once(std::vector<std::string>& units, const std::vector<std::string>& more) {
    units.insert(units.end(), more.begin(), more.end());
    std::ranges::sort(units);
    units.erase(std::unique(units.begin(), units.end()), units.end());
}

}  // namespace

StackDeployment::StackDeployment(const StackContext& context)
    : observation_(context.observation),
      gupfile_(context.gupfile),
      settings_(context.settings),
      events_(context.events),
      stacks_(stack_settings(settings_, observation_.connector.name)),
      site_(find_stack_site(settings_, observation_.connector.name, observation_.owner)) {
    if (observation_.stacks.running) running_ = *observation_.stacks.running;
}

// ---- stage

Status StackDeployment::stage(const StackRevision& source, const std::string& generation) {
    if (!site_) return {};
    GUP_TRY(auto kept, find_kept(source.kept));
    const bool has_none = !source.folder.empty() && !is_folder(source.folder / gupfile_.services.folder);
    if (has_none && !kept && running_.units.empty()) return {};
    if (observation_.stacks.error) return *observation_.stacks.error;
    const std::string& name = site_->connector();
    const bool has_kept = kept.has_value();
    if (kept) GUP_CHECK(take_kept(*std::move(kept)));
    // Those of root's and those of a user have other paths.
    const bool is_of_site = has_kept && next_.is_rootless == site_->is_rootless();
    if (!is_of_site) GUP_CHECK(make_set(source, generation, Images::all));
    if (next_.units.empty() && running_.units.empty()) return {};
    GUP_CHECK(check_connector_name(name));
    plan_ = plan_stacks(running_, next_);
    has_change_ = !plan_.empty() || next_.key != running_.key;
    if (!has_change_) return {};
    GUP_CHECK(check_rights());
    GUP_CHECK(bring_images(next_, {*site_, observation_.owner, downloads()}, settings_, events_));
    GUP_CHECK(bring_secrets());
    events_.tell(name, "trying its units");
    return stage_folder();
}

fs::path StackDeployment::downloads() const {
    return layout_of(observation_, settings_.root).folder / downloads_name;
}

Status StackDeployment::make_set(const StackRevision& source, const std::string& generation, Images images) {
    GUP_TRY(const auto files, stack_files(source, observation_));
    StackSources sources = read_stacks(*files, gupfile_, stacks_);
    if (has_error(sources.problems)) return error_of(sources.problems);
    StackFacts facts;
    facts.connector = site_->connector();
    facts.generation = generation;
    facts.key = stacks_key({stacks_, observation_.owner, gupfile_.services, {}, source.commit});
    facts.repository = observation_.connector.path.string();
    const fs::path& code = source.folder.empty() ? observation_.connector.path : source.folder;
    const fs::path base = real_path(code).value_or(code);
    facts.base = base.string();
    if (!source.folder.empty()) facts.shared = (base.parent_path() / shared_name).string();
    facts.folder = site_->folder.live().string();
    facts.is_rootless = site_->is_rootless();
    facts.is_others = belongs_to_another();
    if (!sources.stacks.empty()) {
        GUP_TRY(const PodmanFacts podman, check_podman(site_->podman));
        facts.podman = podman.version;
        facts.digests = running_.images;
        if (images == Images::all) {
            const DigestRequest wanted{sources.images(), running_.images, gupfile_.services.is_nightly,
                                       observation_.owner.home};
            GUP_TRY(facts.digests, find_digests(wanted, *site_, settings_, events_));
        }
    }
    StackSet set = render_stacks(std::move(sources), *files, facts, gupfile_.services, stacks_);
    if (!set.usable()) return error_of(set.problems);
    tell_warnings(site_->connector(), set.problems);
    next_ = std::move(set.record);
    if (images == Images::all) GUP_CHECK(note_kept());
    secrets_ = std::move(set.secrets);
    files_.clear();
    for (quadlet::File& file : set.files) {
        files_.push_back({std::move(file.name), std::move(file.text), file.is_secret});
    }
    // In the container its user reads them. Outside of it, the folder above keeps others away.
    for (auto& [path, config] : set.configs) {
        files_.push_back({"configs/" + path, std::move(config.content), config.is_private});
    }
    files_.push_back({stack_record_name, format_stack_record(next_), true});
    return {};
}

// As it was then: its images are in the storage, and nothing is asked.
Status StackDeployment::take_kept(std::vector<UnitFolderFile> files) {
    files_ = std::move(files);
    const auto record = std::ranges::find(files_, stack_record_name, &UnitFolderFile::name);
    if (record == files_.end()) {
        return Error{ErrorCode::corrupt, fmt::format("the copy of the units has no {}", stack_record_name), {}};
    }
    GUP_TRY(next_, parse_stack_record(record->text));
    return {};
}

Status StackDeployment::bring_secrets() const {
    if (secrets_.empty()) return {};
    GUP_TRY(const auto there, podman_secrets(stack_secret_prefix(site_->connector()), site_->podman));
    for (const StackSecret& secret : secrets_) {
        if (std::ranges::binary_search(there, secret.name)) continue;
        GUP_CHECK(make_secret(secret.name, secret.value, site_->podman));
    }
    return {};
}

Status StackDeployment::stage_folder() {
    is_staged_ = true;
    GUP_CHECK(stage_unit_folder(site_->folder, files_));
    if (next_.units.empty()) return {};
    GUP_TRY(const DryRun run, quadlet_dry_run(site_->folder.next(), site_->podman));
    return check_dry_run(run, next_.unit_names());
}

Result<std::string> preview_stacks(const StackContext& context, const StackRevision& source) {
    StackDeployment preview(context);
    std::string text;
    if (preview.site_) {
        GUP_CHECK(preview.make_set(source, {}, StackDeployment::Images::known));
        if (!preview.next_.units.empty()) GUP_CHECK(check_connector_name(preview.site_->connector()));
        GUP_CHECK(claim_for(preview.site_->folder, preview.next_.claims));
        text = display(plan_stacks(preview.running_, preview.next_));
        const auto missing = missing_powers(preview.next_, preview.stacks_);
        if (!text.empty() && !missing.empty()) text += fmt::format(", not allowed: {}", fmt::join(missing, ", "));
    }
    for (const UnitFolder& left : context.observation.stacks.left) {
        text +=
            fmt::format("{}{} (removed: containers in gup-agent.toml)", text.empty() ? "" : ", ", left.live().string());
    }
    return text;
}

// ---- activate

// The operator does not want them there any more: they do not come back when the new set does not come up.
Status StackDeployment::leave_places() {
    for (const UnitFolder& left : observation_.stacks.left) {
        GUP_TRY(const auto done, remove_stacks(left, observation_.owner, settings_));
        removed_.insert(removed_.end(), done.begin(), done.end());
    }
    return {};
}

Status StackDeployment::activate(Transaction& transaction) {
    GUP_CHECK(leave_places());
    if (!has_change_) return {};
    is_exchanged_ = true;
    GUP_CHECK(log_restarts(transaction));
    for (const std::string& network : plan_.networks) GUP_CHECK(transaction.log_network(site_->folder, network));
    GUP_CHECK(transaction.log_reload(site_->folder));
    if (!plan_.restart.empty()) GUP_CHECK(transaction.log_start(site_->folder, plan_.restart));
    GUP_CHECK(stop_old());
    const auto record = std::ranges::find(files_, stack_record_name, &UnitFolderFile::name);
    if (!next_.units.empty()) {
        GUP_CHECK(write_unit_target(
            site_->folder, quadlet::render_target(stack_folder_name(site_->connector()), site_->is_rootless())));
    }
    GUP_CHECK(transaction.exchange_units(site_->folder, sha256_of(record->text)));
    GUP_CHECK(reload_units(site_->systemd));
    if (next_.units.empty()) return {};
    return check_units_from(site_->folder.live(), next_.unit_names(), site_->systemd);
}

// After a crash, recovery starts what ran.
Status StackDeployment::log_restarts(Transaction& transaction) {
    std::vector<std::string> touched = plan_.stop;
    add_once(touched, plan_.restart);
    GUP_TRY(ran_, active_units(touched, site_->systemd));
    GUP_TRY(dependents_, active_dependents(ran_, site_->systemd));
    add_once(ran_, dependents_);
    const std::string boot_id = read_boot_id().value_or("");
    for (const std::string& unit : ran_) {
        GUP_CHECK(site_->is_rootless() ? transaction.log_user_restart(unit, boot_id)
                                       : transaction.log_restart(unit, boot_id));
    }
    return {};
}

// What goes, and what uses a network that changes.
Status StackDeployment::stop_old() const {
    std::vector<std::string> stopped = plan_.stop;
    if (!plan_.networks.empty()) add_once(stopped, ran_);
    if (!stopped.empty()) {
        events_.tell(site_->connector(), fmt::format("stopping {}", fmt::join(stopped, ", ")));
        GUP_CHECK(stop_units(claims_of(stopped), site_->systemd));
    }
    for (const std::string& network : plan_.networks) GUP_CHECK(remove_network(network, site_->podman));
    return {};
}

std::vector<UnitClaim> StackDeployment::claims_of(const std::vector<std::string>& units) const {
    std::vector<UnitClaim> claims;
    claims.reserve(units.size());
    for (const std::string& unit : units) claims.push_back({unit, site_->connector(), observation_.owner});
    return claims;
}

// ---- start, and the way back

Status StackDeployment::start(Milliseconds limit) const {
    if (!is_exchanged_ || plan_.restart.empty()) return {};
    std::vector<std::string> units = plan_.restart;
    for (const std::string& unit : dependents_) {
        const bool is_gone = std::ranges::find(plan_.stop, unit) != plan_.stop.end();
        if (!is_gone) add_once(units, {unit});
    }
    events_.tell(site_->connector(), fmt::format("restarting {}", fmt::join(units, ", ")));
    const auto claims = claims_of(units);
    for (const auto& error : restart_within(claims, limit, site_->systemd)) {
        if (error) return *error;
    }
    // At the next boot it starts all of them. Here they run already.
    const auto started = gup::bring_back(claims_of({stack_target(site_->connector())}), limit, site_->systemd);
    if (!started.empty() && started.front()) log::warning(site_->connector(), started.front()->message);
    return {};
}

std::vector<std::string> StackDeployment::watched() const {
    std::vector<std::string> units;
    if (!is_exchanged_) return units;
    for (const StackUnit& unit : next_.units) {
        const bool is_new = std::ranges::find(plan_.restart, unit.name) != plan_.restart.end();
        const bool is_known = unit.has_health;  // it notifies systemd once it is healthy
        if (is_new && !unit.service.empty() && !is_known) units.push_back(unit.name);
    }
    return units;
}

void StackDeployment::stop_new() const {
    if (!is_exchanged_) return;
    Systemd systemd = site_->systemd;
    systemd.on_stop = OnStop::go_on;
    if (const Status stopped = stop_units(claims_of(plan_.restart), systemd); !stopped.ok()) {
        log::warning(site_->connector(), stopped.error().message);
    }
}

void StackDeployment::bring_back() const {
    if (!is_exchanged_ || ran_.empty()) return;
    Systemd systemd = site_->systemd;
    systemd.on_stop = OnStop::go_on;
    constexpr Milliseconds limit{180'000};
    const auto errors = gup::bring_back(claims_of(ran_), limit, systemd);
    for (const auto& error : errors) {
        if (error) {
            log::error(site_->connector(),
                       fmt::format("the connector may be unstable: it was rolled back, but {}", error->message));
        }
    }
}

void StackDeployment::drop() const {
    if (!is_staged_ || is_exchanged_) return;
    if (const Status dropped = finish_unit_folder(site_->folder); !dropped.ok()) {
        log::warning(site_->connector(), dropped.error().message);
    }
}

// ---- commit

Status StackDeployment::keep_in(const fs::path& generation) const {
    if (!site_ || next_.units.empty() || generation.empty() || !is_real_folder(generation)) return {};
    return write_kept_units(generation / kept_units_name, files_);
}

void StackDeployment::finish(const fs::path& generations) const {
    if (!is_exchanged_) return;
    (void)remove_tree(downloads());
    std::vector<StackRecord> kept = kept_records(generations);
    kept.push_back(next_);
    drop_images(kept, *site_);
    std::set<std::string> needed;
    std::set<std::string> networks;
    for (const StackRecord& record : kept) needed.insert(record.secrets.begin(), record.secrets.end());
    for (const StackNetwork& network : next_.networks) networks.insert(network.name);
    const auto secrets = podman_secrets(stack_secret_prefix(site_->connector()), site_->podman);
    for (const std::string& name : secrets.value_or({})) {
        if (!needed.contains(name)) (void)remove_secret(name, site_->podman);
    }
    for (const StackNetwork& network : running_.networks) {
        // One that something else uses stays.
        if (!networks.contains(network.name)) (void)remove_network(network.name, site_->podman);
    }
}

std::vector<std::string> StackDeployment::display_done() const {
    std::vector<std::string> done = removed_;
    if (is_exchanged_ && !plan_.changes.empty()) done.push_back("updated services " + display(plan_));
    return done;
}

}  // namespace gup
