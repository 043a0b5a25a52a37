// SPDX-License-Identifier: Apache-2.0
#include "commands/remove.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <utility>

#include "commands/add.hpp"
#include "connector/layout.hpp"
#include "connector/observe.hpp"
#include "connector/scan.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "deploy/stacks/stack_removal.hpp"
#include "host/elevated_fs.hpp"
#include "host/reboot.hpp"
#include "source/git/work_tree/local_work.hpp"
#include "status/history.hpp"
#include "status/holds.hpp"
#include "transaction/recovery.hpp"
#include "transaction/transaction.hpp"
#include "update/status_store.hpp"
#include "update/supervise/owner_workers.hpp"
#include "update/supervise/recover.hpp"
#include "util/json.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr const char* kept_gupfile_name = "gupfile.removed";

// The paths that belong to one connector.
struct RemovalPaths {
    RemovalPaths(const UpdateSettings& settings, const std::string& name)
        : folder(settings.root / name),
          folder_trash(settings.root / removed_name(name)),
          virtualenv(settings.root / ".pyenv" / name),
          virtualenv_trash(settings.root / ".pyenv" / removed_name(name)),
          generations(real_path(settings.root).value_or(settings.root) / generations_name / name),
          shared(generations / shared_name),
          key(keys_folder(settings.state) / name),
          state_files{settings.state / "signatures" / (name + ".json"), settings.state / "health" / (name + ".json")} {}

    [[nodiscard]] bool any_in_root() const {
        return is_there(folder_trash) || is_there(virtualenv) || is_there(virtualenv_trash) || is_there(generations);
    }

    fs::path folder, folder_trash, virtualenv, virtualenv_trash, generations, shared, key;
    std::vector<fs::path> state_files;
};

Result<const Connector*> find_in(const Scan& scan, const std::string& name) {
    const auto found = std::find_if(scan.connectors.begin(), scan.connectors.end(),
                                    [&](const Connector& one) { return one.name == name; });
    return found == scan.connectors.end() ? nullptr : &*found;
}

// Of what is there. When only the trash is left, it is the trash's owner.
Result<Owner> owner_of_removal(const UpdateSettings& settings, const std::string& name, const RemovalPaths& paths) {
    if (!is_there(paths.folder) && !is_there(paths.generations) && ::geteuid() == 0) {
        for (const fs::path& path : {paths.folder_trash, paths.virtualenv_trash}) {
            const auto info = file_info(path, Follow::no);
            if (info.ok() && *info) return owner_with((*info)->owner);
        }
    }
    return find_owner(settings, name);
}

// As the owner: its local work and its service.
json look_inside(const UpdateSettings& settings, const Connector& connector, const RemovalPaths& paths,
                 const Owner& owner) {
    std::string service;
    const Observation observation = observe_here(connector, settings);
    if (!observation.error) service = observation.gupfile.service;
    const GitUser user{owner.home};
    const fs::path repository = paths.generations / repository_name;
    const bool is_adopted = is_real_folder(repository);
    std::string lost;
    const bool has_repository = is_adopted || is_there(paths.folder / ".git");
    if (has_repository && !connector.declared) {
        const auto work = find_local_work(is_adopted ? repository : paths.folder, user);
        lost = work.ok() ? display(*work) : fmt::format("its repository cannot be read: {}", work.error().message);
    }
    return {{"service", service}, {"local_work", lost}};
}

void plan_paths(const UpdateSettings& settings, const RemovalRequest& request, const RemovalPaths& paths,
                RemovalPlan& plan) {
    const std::string link = link_text(paths.folder);
    const auto add = [&](const fs::path& path, const char* what) {
        if (is_there(path)) plan.removed.push_back(fmt::format("{} ({})", path.string(), what));
    };
    const bool is_folder_kept = request.keeps_data && link.empty() && plan.is_connector;
    if (plan.is_connector && !is_folder_kept) {
        add(paths.folder, link.empty() ? "its code and all else in that folder" : "a link");
    }
    if (is_folder_kept && is_there(paths.folder)) {
        plan.kept.push_back(fmt::format("{} (its gupfile becomes {})", paths.folder.string(), kept_gupfile_name));
    }
    if (plan.is_connector && !link.empty() && enabled_release(settings.root, request.name).empty()) {
        plan.kept.push_back(fmt::format("{}, where {} leads to", link, paths.folder.string()));
    }
    add(paths.folder_trash, "left of an earlier removal");
    add(paths.virtualenv, link_text(paths.virtualenv).empty() ? "its virtualenv" : "the link to its virtualenv");
    add(paths.virtualenv_trash, "left of an earlier removal");
    const bool has_shared = request.keeps_data && is_there(paths.shared);
    if (has_shared) plan.kept.push_back(fmt::format("{} (persisted data)", paths.shared.string()));
    add(paths.generations, has_shared ? "its generations, without that data" : "its generations and persisted data");
    for (const UnitFolder& units : unit_folders_of(request.name, plan.owner)) {
        add(units.live(), "the units of its containers, which stop");
    }
    add(paths.key, "its deploy key");
    for (const fs::path& file : paths.state_files) add(file, "state");
}

void plan_state(const UpdateSettings& settings, const std::string& name, RemovalPlan& plan) {
    if (known_status(settings).find(name) != nullptr) plan.removed.emplace_back("its entry in status");
    const auto holds = read_holds(settings.state, system_clock().now()).value_or({});
    if (find_hold(holds, name) != nullptr) plan.removed.emplace_back("its hold");
}

// In the worker.
class OwnRemoval {
public:
    OwnRemoval(const UpdateSettings& settings, const RemovalRequest& request, Owner owner)
        : settings_(settings), request_(request), owner_(std::move(owner)), paths_(settings, request.name) {}

    Result<std::vector<std::string>> run() {
        GUP_CHECK(recover_if_needed(settings_, request_.name));
        GUP_CHECK(stop_containers());
        GUP_CHECK(sweep_trash());
        if (is_connector() || is_there(paths_.virtualenv)) GUP_CHECK(take_away());
        GUP_CHECK(sweep_trash());
        GUP_CHECK(remove_generations());
        return std::move(actions_);
    }

private:
    [[nodiscard]] bool is_connector() const {
        const auto scan = scan_root(settings_);
        return scan.ok() && find_in(*scan, request_.name).value() != nullptr && is_there(paths_.folder);
    }

    // First: they use the code.
    Status stop_containers() {
        for (const UnitFolder& folder : unit_folders_of(request_.name, owner_)) {
            GUP_TRY(const auto done, remove_stacks(folder, owner_, settings_));
            actions_.insert(actions_.end(), done.begin(), done.end());
        }
        return {};
    }

    // What makes it a connector goes with renames, which a crash or a failure undoes.
    Status take_away() {
        const ConnectorLayout site{request_.name, owner_, paths_.folder, paths_.generations, {}};
        TransactionPlace place = place_in_root(settings_.state, site);
        place.flushed = settings_.root;
        GUP_TRY(Transaction transaction, Transaction::begin_now(std::move(place), "remove"));
        if (const Status moved = move_all(transaction); !moved.ok()) return transaction.fail(moved.error());
        if (const Status done = transaction.commit(); !done.ok()) return transaction.fail(done.error());
        transaction.end();
        return {};
    }

    Status move_all(Transaction& transaction) {
        if (is_connector()) GUP_CHECK(move_folder(transaction));
        if (!is_there(paths_.virtualenv)) return {};
        actions_.push_back("removed " + paths_.virtualenv.string());
        if (!link_text(paths_.virtualenv).empty()) return transaction.link(paths_.virtualenv, {});
        return transaction.rename(paths_.virtualenv, paths_.virtualenv_trash);
    }

    Status move_folder(Transaction& transaction) {
        if (!link_text(paths_.folder).empty()) {
            actions_.push_back("removed " + paths_.folder.string());
            return transaction.link(paths_.folder, {});
        }
        if (!request_.keeps_data) {
            actions_.push_back("removed " + paths_.folder.string());
            return transaction.rename(paths_.folder, paths_.folder_trash);
        }
        if (!is_there(paths_.folder / gupfile_name)) return {};
        const fs::path kept = paths_.folder / kept_gupfile_name;
        actions_.push_back(fmt::format("renamed {} to {}", (paths_.folder / gupfile_name).string(), kept.string()));
        return transaction.rename(paths_.folder / gupfile_name, kept);
    }

    Status sweep_trash() {
        GUP_CHECK(remove_owner_tree(paths_.folder_trash, Elevated::yes));
        return remove_owner_tree(paths_.virtualenv_trash, Elevated::yes);
    }

    Status remove_generations() {
        if (!is_there(paths_.generations)) return {};
        const bool has_shared = request_.keeps_data && is_there(paths_.shared);
        if (!has_shared) {
            GUP_CHECK(remove_owner_tree(paths_.generations, Elevated::yes));
            remove_empty_folder(paths_.generations.parent_path(), Elevated::yes);
            actions_.push_back("removed " + paths_.generations.string());
            return {};
        }
        GUP_TRY(const auto names, list_folder(paths_.generations));
        for (const std::string& name : names) {
            if (name != shared_name) GUP_CHECK(remove_tree(paths_.generations / name));
        }
        actions_.push_back(fmt::format("removed the generations in {}", paths_.generations.string()));
        return {};
    }

    const UpdateSettings& settings_;
    const RemovalRequest& request_;
    Owner owner_;
    RemovalPaths paths_;
    std::vector<std::string> actions_;
};

// The agent's own files. Each removal is repeated by another call.
Status forget(const UpdateSettings& settings, const RemovalRequest& request, std::vector<std::string>& actions) {
    const RemovalPaths paths(settings, request.name);
    if (is_there(paths.key)) {
        GUP_CHECK(remove_tree(paths.key));
        actions.emplace_back("removed its deploy key");
    }
    for (const fs::path& file : paths.state_files) {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "cannot remove " + file.string());
    }
    GUP_TRY(const auto holds, remove_holds(settings.state, {request.name}, system_clock().now()));
    if (!holds.empty()) actions.emplace_back("removed its hold");
    if (auto reboot = read_reboot_request(settings.state).value_or(std::nullopt)) {
        const auto count =
            std::erase_if(reboot->connectors, [&](const RebootedConnector& one) { return one.name == request.name; });
        if (count > 0) GUP_CHECK(write_reboot_request(settings.state, *reboot));
    }
    StatusDocument document = known_status(settings);
    const auto count =
        std::erase_if(document.connectors, [&](const ConnectorStatus& one) { return one.report.name == request.name; });
    return count == 0 ? Status{} : write_status(status_file(settings), document);
}

}  // namespace

Result<RemovalPlan> plan_removal(const UpdateSettings& settings, const RemovalRequest& request) {
    RemovalPlan plan;
    const RemovalPaths paths(settings, request.name);
    GUP_TRY(plan.owner, owner_of_removal(settings, request.name, paths));
    GUP_TRY(const Scan scan, scan_root(settings));
    GUP_TRY(const Connector* connector, find_in(scan, request.name));
    plan.is_connector = connector != nullptr && is_there(paths.folder);
    plan_paths(settings, request, paths, plan);
    plan_state(settings, request.name, plan);
    if (connector != nullptr && connector->declared && !connector->declared->local.empty()) {
        plan.kept.push_back(fmt::format("{} (the copy of its release)", connector->declared->local));
    }
    if (!plan.is_connector) return plan;
    OwnerJob job{plan.owner, {request.name}, {}, {}};
    job.work = [&](const UpdateSettings& own, const RunEvents&) -> Result<json> {
        GUP_TRY(const ConnectorLayout site, find_layout(own, request.name));
        json inside = look_inside(own, *connector, paths, plan.owner);
        const fs::path& place = site.place.path;
        const bool is_elsewhere = site.place.present && !is_below(place, own.root);
        inside["virtualenv"] = is_elsewhere ? place.string() : std::string();
        return inside;
    };
    GUP_TRY(const json inside, work_as_owner(settings, {}, std::move(job)));
    plan.service = text_member(inside, "service");
    plan.local_work = request.keeps_data ? std::string() : text_member(inside, "local_work");
    if (const std::string elsewhere = text_member(inside, "virtualenv"); !elsewhere.empty()) {
        plan.kept.push_back(elsewhere + " (its virtualenv, which is not in root)");
    }
    return plan;
}

Result<RunReport> run_remove(const UpdateSettings& settings, const RemovalRequest& request, const RemovalPlan& plan,
                             const RunEvents& events) {
    if (!plan.local_work.empty() && !request.is_forced) {
        return Error{
            ErrorCode::conflict, fmt::format("{} has local work: {}", request.name, plan.local_work),
            fmt::format("commit and push it; or gup-agent remove {} --keep-data, which leaves its folder; or --force",
                        request.name)};
    }
    const log::ConnectorScope scope(request.name);
    std::vector<std::string> actions;
    const bool has_units = !unit_folders_of(request.name, plan.owner).empty();
    if (plan.is_connector || has_units || RemovalPaths(settings, request.name).any_in_root()) {
        OwnerJob job{plan.owner, {request.name}, {}, {}};
        job.work = [&](const UpdateSettings& own, const RunEvents&) -> Result<json> {
            GUP_TRY(const auto done, OwnRemoval(own, request, plan.owner).run());
            return json{{"actions", done}};
        };
        GUP_TRY(const json result, work_as_owner(settings, events, std::move(job)));
        actions = text_members(result, "actions");
    }
    GUP_CHECK(forget(settings, request, actions));
    RunReport run;
    run.connectors.emplace_back();
    ConnectorReport& report = run.connectors.front();
    report.name = request.name;
    report.outcome = Outcome::updated;
    for (const std::string& action : actions) log::info(request.name, action);
    const HistoryEntry entry{system_clock().now(),
                             request.name,
                             settings.started_by,
                             Outcome::updated,
                             {},
                             {},
                             {},
                             {},
                             "removed by a person",
                             {}};
    if (auto status = add_history(settings.state, {entry}); !status.ok()) log::error({}, status.error().message);
    report.actions = std::move(actions);
    return run;
}

}  // namespace gup
