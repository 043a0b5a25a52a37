// SPDX-License-Identifier: Apache-2.0
#include "deploy/release_deployment.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "connector/generation_store.hpp"
#include "connector/upstream.hpp"
#include "core/release.hpp"
#include "deploy/code_tree.hpp"
#include "deploy/mirror/comparison.hpp"
#include "deploy/mirror/location.hpp"
#include "deploy/release_builder.hpp"
#include "util/log/log.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

Status check_is_link(const fs::path& path, const std::string& what, const std::string& hint) {
    GUP_TRY(const auto there, file_info(path, Follow::no));
    if (!there || there->kind == FileKind::link) return {};
    return Error{ErrorCode::conflict, fmt::format("{} is not the link to {}", path.string(), what), hint};
}

// The link by which people start the connector's Python.
fs::path virtualenv_link(const ConnectorLayout& site) {
    const bool is_its_own = site.place.path == site.link / generation_virtualenv_name;
    return site.place.present && !is_its_own ? site.place.path : site.link.parent_path() / ".pyenv" / site.name;
}

class ReleaseDeployment final : public Deployment {
public:
    ReleaseDeployment(const DeploymentRequest& request, const UpdateSettings& settings, const RunEvents& events)
        : Deployment(request, settings, events), site_(layout_of(observation_, settings.root)) {
        if (!observation_.release.empty()) generation_.code_before = site_.folder / observation_.release;
    }

private:
    Status prepare() override {
        if (request_.again != nullptr) return stage_again();
        return request_.back_to ? stage_installed() : stage_new();
    }

    [[nodiscard]] bool has_change() const override {
        return request_.back_to || request_.again != nullptr || request_.moves_code() || !result_.actions.empty() ||
               stacks() != nullptr;
    }

    [[nodiscard]] fs::path generations() const override { return site_.folder; }
    [[nodiscard]] StackRevision stack_source() const override {
        StackRevision source{generation_.folder, generation_.commit, {}, {}};
        if (request_.back_to) source.kept = generation_.folder / kept_units_name;
        return source;
    }

    Status begin(const std::string& what, const std::string& id) {
        GUP_TRY(local_, find_mirror(settings_, site_, id, observation_.release));
        TransactionPlace place = place_in_root(settings_.state, site_);
        place.systemd = settings_.systemd;
        place.podman = settings_.podman;
        GUP_TRY(transaction_, Transaction::begin_now(std::move(place), what));
        generation_.id = id;
        generation_.folder = site_.folder / id;
        generation_.code = generation_.folder;
        if (local_) {
            generation_.local = local_->path;
            generation_.next = local_->next;
        }
        std::string from = observation_.release;
        if (from.empty()) from = link_text(site_.link);
        redirecting_ = fmt::format("redirecting {}: {} --> {}", site_.name, from.empty() ? "nothing" : from, id);
        return {};
    }

    // Whether the enabled release is enabled again, because its plain folder lacks something.
    [[nodiscard]] bool is_repair() const { return local_ && request_.back_to->id == observation_.release; }
    [[nodiscard]] std::string repaired() const {
        return fmt::format("copied release {} to {} again", generation_.id, local_->path.string());
    }

    // ---- stage

    Status stage_installed() {
        const Generation& release = *request_.back_to;
        const std::string adopt = "gup-agent adopt " + site_.name;
        GUP_CHECK(check_is_link(site_.link, "a release", adopt + " turns a git checkout into releases"));
        GUP_CHECK(check_is_link(virtualenv_link(site_), "the release's virtualenv", "move it away, or: " + adopt));
        const fs::path folder = site_.folder / release.id;
        if (!release.virtualenv.empty() && !is_file(folder / generation_virtualenv_name / "pyvenv.cfg")) {
            return Error{ErrorCode::corrupt, fmt::format("the virtualenv of release {} no longer exists", release.id),
                         fmt::format("remove {}, then install it again", folder.string())};
        }
        GUP_CHECK(begin("enable", release.id));
        if (!release.virtualenv.empty()) generation_.virtualenv = virtualenv_in(site_.folder, release.id);
        generation_.commit = release.commit;
        const auto recorded = read_generation(site_.folder, release.id);
        if (recorded && recorded->previous != release.previous)
            GUP_CHECK(transaction_->rewrite_record(site_.folder, release));
        return stage_local();
    }

    // A rollback may use the reserve.
    Status stage_local() {
        if (!local_) return {};
        events_.tell(site_.name, "copying");
        if (request_.back_to && is_repair()) {
            accepted_ = read_accepted(site_.folder, generation_.id);
            damage_ = find_damage(local_->path, local_->release, accepted_);
        }
        GUP_TRY(const LocalChanges changes,
                stage_mirror(*transaction_, *local_, request_.back_to ? 0 : settings_.disk_reserve));
        fs::path kept;
        if (request_.back_to && is_repair()) {
            GUP_TRY(kept, keep_changed(*local_, changes.replaced));
        }
        for (const std::string& path : changes.replaced) {
            log::warning(site_.name, fmt::format("{} had local changes: replaced with the file of the release{}",
                                                 (local_->path / path).string(),
                                                 kept.empty() ? "" : fmt::format(", and kept in {}", kept.string())));
        }
        for (const std::string& path : changes.removed) {
            log::warning(site_.name, fmt::format("{} had local changes: removed, because the release has no such file",
                                                 (local_->path / path).string()));
        }
        for (const std::string& path : changes.kept) {
            log::warning(site_.name, fmt::format("{} is not of the release any more, and stays because of its local "
                                                 "changes",
                                                 (local_->path / path).string()));
        }
        return {};
    }

    Result<ReleaseCode> find_code() {
        if (request_.revision && request_.revision->installed) {
            return code_of_release(site_, *request_.revision->installed);
        }
        if (request_.revision) return find_revision(*request_.revision);
        if (observation_.is_declared()) return code_of_release(site_, observation_.upstream.running);
        ReleaseRequest wanted;
        wanted.name = site_.name;
        wanted.from = generation_.commit;
        return find_release_code(site_, wanted);
    }

    Result<ReleaseCode> find_revision(const RevisionMove& move) {
        auto tree = move.tree;
        if (!tree) {
            GUP_TRY(tree, source_of(observation_, settings_.network)->open(move.revision, site_.folder));
        }
        return code_of_revision(*observation_.connector.declared, move.revision, std::move(tree));
    }

    // New pins alone give a release of the same commit. The operator's changes of its gupfile stay, as in place.
    Status stage_new() {
        GUP_TRY(code_, find_code());
        code_.id = free_generation_id(site_.folder, code_.id);
        for (const std::string& path : code_.tree->left_out) {
            log::warning(site_.name, fmt::format("not in release {}: {}", code_.id, path));
        }
        ReleaseBuild build{site_, code_, request_.gupfile, Requester::update};
        build.virtualenv = &request_.virtualenv;
        if (request_.install) build.pins = request_.install->pins;
        build.remove = request_.remove;
        build.creates = request_.create.has_value();
        build.before = read_generation(site_.folder, observation_.release);
        if (!request_.moves_code()) {
            GUP_TRY(build.gupfile_text, read_file(site_.link / gupfile_name, gupfile_limit));
        }
        ReleaseBuilder builder(build, settings_, events_);
        GUP_CHECK(builder.prepare());
        GUP_CHECK(begin("update", code_.id));
        GUP_CHECK(builder.make(*transaction_));
        code_.tree.reset();  // it is written
        GUP_CHECK(stage_local());
        if (build.before && request_.moves_code()) warn_of_files_left(*build.before);
        if (!builder.virtualenv.path.empty()) generation_.virtualenv = virtualenv_in(site_.folder, code_.id);
        if (request_.create) result_.actions.push_back(display_done(Step{*request_.create}));
        result_.actions.insert(result_.actions.end(), builder.actions.begin(), builder.actions.end());
        result_.failures = std::move(builder.failures);
        result_.virtualenv = std::move(builder.virtualenv);
        return {};
    }

    // In the folder of the builder, until the two change places.
    Status stage_again() {
        if (find_declared_local()) {
            return Error{ErrorCode::unsupported,
                         fmt::format("release {} is enabled, and mirrored in a plain folder", request_.again->code.id),
                         "give the new one another id with --version, and enable it"};
        }
        ReleaseBuilder builder(*request_.again, settings_, events_);
        GUP_CHECK(builder.prepare());
        GUP_CHECK(begin("replace", request_.again->code.id));
        GUP_CHECK(builder.make(*transaction_));
        generation_.code_before = generation_.folder;
        generation_.folder = builder.folder();
        generation_.code = generation_.folder;
        generation_.commit = request_.again->code.commit;
        result_.actions.push_back(fmt::format("made release {} again from {}; its old content is removed",
                                              generation_.id, request_.again->code.origin));
        result_.actions.insert(result_.actions.end(), builder.actions.begin(), builder.actions.end());
        result_.virtualenv = std::move(builder.virtualenv);
        return {};
    }

    [[nodiscard]] bool find_declared_local() const {
        return observation_.connector.declared && !observation_.connector.declared->local.empty();
    }

    Status exchange_again() {
        GUP_CHECK(transaction_->exchange({generation_.code_before, generation_.folder, {}, {}, false}));
        std::swap(generation_.folder, generation_.code_before);
        generation_.code = generation_.folder;
        generation_.virtualenv = virtualenv_in(site_.folder, generation_.id);
        return {};
    }

    void warn_of_files_left(const Generation& before) const {
        const auto left = files_left_behind(site_, before, generation_.folder);
        if (left.empty()) return;
        log::warning(site_.name, fmt::format("left in release {}, because neither the commit nor persist has them: {}",
                                             before.id, fmt::join(left, ", ")));
    }

    // What differs now is a hook's work. What was changed since, and was replaced now, is not replaced a second time.
    void accept_differences() const {
        AcceptedPaths accepted = accepted_;
        const MirrorDamage now = find_damage(local_->path, local_->release);
        for (const AcceptedPaths* more : {&damage_.changed, &now.changed, &now.missing}) {
            accepted.insert(more->begin(), more->end());
        }
        write_accepted(site_.folder, generation_.id, accepted);
    }

    // ---- switch

    Status switch_all() override {
        if (request_.again != nullptr) return exchange_again();
        const fs::path place = virtualenv_link(site_);
        if (!generation_.virtualenv.empty()) {
            GUP_CHECK(transaction_->create_parents(place.parent_path(), place.parent_path().parent_path()));
            GUP_CHECK(transaction_->link(place, site_.link / generation_virtualenv_name));
        }
        if (local_) GUP_CHECK(switch_mirror(*transaction_, *local_));
        return transaction_->link(site_.link, release_link_text(site_, generation_.id));
    }

    // ---- commit

    void describe() override {
        const bool redirects = request_.again == nullptr && !(request_.back_to && is_repair());
        if (redirects) log::info(site_.name, redirecting_);
        if (local_) accept_differences();
        if (request_.revision) source_of(observation_, settings_.network)->forget(site_.folder);
        if (request_.back_to) result_.actions.push_back(is_repair() ? repaired() : redirecting_);
        const fs::path place = virtualenv_link(site_);
        if (auto now = inspect_virtualenv({is_folder(place), place}); now.ok()) result_.virtualenv = *std::move(now);
    }

    // A transaction of its own: releases may have any name, so only a journal tells what a crash left of one.
    void prune_after_end() const override {
        if (request_.again != nullptr) return;
        const auto pruned = prune_releases(site_, settings_.state, settings_.keep);
        if (!pruned.ok()) return log::warning(site_.name, pruned.error().message);
        for (const std::string& id : *pruned) log::debug(site_.name, fmt::format("removed release {}", id));
    }

    ConnectorLayout site_;
    ReleaseCode code_;
    std::string redirecting_;  // "redirecting smart-meter: <old> --> <new>"
    std::optional<Mirror> local_;
    MirrorDamage damage_;     // of a repair
    AcceptedPaths accepted_;  // before it
};

}  // namespace

bool leads_to_release(const ConnectorLayout& site) {
    return link_text(virtualenv_link(site)) == site.link / generation_virtualenv_name;
}

std::unique_ptr<Deployment> make_release_deployment(const DeploymentRequest& request, const UpdateSettings& settings,
                                                    const RunEvents& events) {
    return std::make_unique<ReleaseDeployment>(request, settings, events);
}

Result<std::vector<std::string>> prune_releases(const ConnectorLayout& site, const fs::path& state, std::size_t keep) {
    const auto releases = list_releases(site.folder);
    const std::string enabled = enabled_release(site.link.parent_path(), site.name);
    const PruneRequest request{site.folder.string(), virtualenv_at(site.place.path), keep};
    auto pruned = choose_pruned(releases, find_generation(releases, enabled), request);
    if (pruned.empty()) return pruned;
    GUP_TRY(Transaction transaction, Transaction::begin_now(place_in_root(state, site), "prune"));
    Status done;
    for (const std::string& id : pruned) {
        if (done.ok()) done = transaction.remove_folder(site.folder / id);
    }
    if (done.ok()) done = transaction.commit();
    if (!done.ok()) return transaction.fail(std::move(done).error());
    transaction.end();
    return pruned;
}

}  // namespace gup
