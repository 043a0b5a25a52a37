// SPDX-License-Identifier: Apache-2.0
#include "update/fetch.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "connector/upstream.hpp"
#include "connector/vanishing.hpp"
#include "deploy/mirror/location.hpp"
#include "deploy/stacks/stack_deployment.hpp"
#include "deploy/stacks/stack_images.hpp"
#include "source/git/work_tree/index.hpp"
#include "transaction/transaction.hpp"
#include "update/maintenance_window.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"

namespace gup {
namespace {

// A fetch that changes the connector's repository. It waits for the maintenance window, and has a journal in `state`.
struct FetchPlace {
    MaintenanceWindow& window;
    const fs::path& state;
};

struct FetchContext {
    const NetworkAccess& network;
    const RunEvents& events;
    const FetchPlace* place;  // nullptr: only look, and change nothing here
    const UpdateSettings& settings;
};

// One upstream's way to fetch.
class UpstreamFetch {
public:
    UpstreamFetch(const Observation& observation, const FetchContext& context)
        : observation_(observation), context_(context) {}
    UpstreamFetch(const UpstreamFetch&) = delete;
    UpstreamFetch& operator=(const UpstreamFetch&) = delete;
    virtual ~UpstreamFetch() = default;

    [[nodiscard]] virtual Status run(FetchResult& result) = 0;
    // The folder of downloads that a crash may have left; empty: there is none.
    [[nodiscard]] virtual fs::path downloads() const { return {}; }

protected:
    [[nodiscard]] std::optional<Deferral> find_deferral() const {
        return context_.place != nullptr ? context_.place->window.ask(observation_) : std::nullopt;
    }

    [[nodiscard]] ProgressCallback progress() const {
        return [this](const TransferProgress& progress) {
            context_.events.tell(observation_.connector.name, Activity{"fetching", progress.bytes, Milliseconds{0}});
        };
    }

    const Observation& observation_;
    const FetchContext& context_;
};

// ---- the repository that a connector follows

class RepositoryFetch final : public UpstreamFetch {
public:
    RepositoryFetch(const Observation& observation, const FetchContext& context)
        : UpstreamFetch(observation, context), latest_(observation.latest_id()) {}

    Status run(FetchResult& result) override {
        Fetched& fetched = result.fetched;
        GUP_TRY(GitRepository opened, open_repository(observation_));
        GUP_CHECK(look_here(opened));
        if (!needs_download_) return compare(opened, fetched);
        fetched.deferred = find_deferral();
        if (fetched.deferred) return {};
        return context_.place != nullptr ? fetch_here(opened, context_.place->state, fetched)
                                         : fetch_aside(opened, fetched);
    }

private:
    // Finds out whether all of it is here already. An upstream that was moved back is not fetched, because that would
    // move the tracking ref: it stays visible as rewound until a person has looked.
    Status look_here(const GitRepository& repository) {
        if (!repository.has_commit(latest_)) return {};
        auto target = repository.classify(observation_.code, latest_);
        if (!target.ok()) return {};
        needs_download_ = target->relation != Relation::rewound && observation_.code.tracking_commit != latest_;
        target_ = *std::move(target);
        return {};
    }

    Status fetch_here(GitRepository& repository, const fs::path& state, Fetched& fetched) {
        const std::string id = transaction_id(system_clock().now(), observation_.code.branch, latest_);
        GUP_TRY(
            Transaction transaction,
            Transaction::begin({state, observation_.connector.name, observation_.owner, git_user(observation_)}, id));
        GUP_CHECK(transaction.log_git(observation_.repository.folder));
        const Status done = repository.fetch(observation_.code, latest_, progress());
        transaction.end();
        GUP_CHECK(done);
        return compare(repository, fetched);
    }

    // A commit that is here already needs no download to be compared.
    Status fetch_aside(const GitRepository& repository, Fetched& fetched) {
        if (target_) return compare(repository, fetched);
        GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make());
        GUP_TRY(GitRepository aside, repository.quarantine(folder.path()));
        GUP_CHECK(aside.fetch(observation_.code, latest_, progress()));
        aside_ = aside.git_folder();
        return compare(aside, fetched);
    }

    Status compare(const GitRepository& repository, Fetched& fetched) {
        if (!target_) {
            GUP_TRY(target_, repository.classify(observation_.code, latest_));
        }
        fetched.target = *target_;
        if (fetched.target.relation != Relation::behind) return {};
        GUP_TRY(Declaration after, declaration_at(repository, latest_, observation_.declaration));
        GUP_TRY(const bool differs, differs_at(repository, observation_.code.commit, after, observation_.declaration));
        fetched.has_stacks = repository.has_folder_at(latest_, after.gupfile.services.folder);
        if (context_.place == nullptr &&
            (fetched.has_stacks || observation_.stacks.running || !observation_.stacks.left.empty())) {
            GUP_TRY(fetched.stacks, preview_stacks({observation_, after.gupfile, context_.settings, context_.events},
                                                   {{}, latest_, {}, aside_}));
        }
        if (differs) fetched.gupfile = std::move(after.gupfile);
        return {};
    }

    const std::string& latest_;
    std::optional<CodeTarget> target_;
    bool needs_download_ = true;
    fs::path aside_;  // the repository that has the objects; empty: the connector's own
};

// ---- the source of a declared connector

class SourceFetch final : public UpstreamFetch {
public:
    SourceFetch(const Observation& observation, const FetchContext& context)
        : UpstreamFetch(observation, context),
          source_(source_of(observation, context.network)),
          site_(layout_of(observation, observation.connector.path.parent_path())) {}

    fs::path downloads() const override { return site_.folder; }

    Status run(FetchResult& result) override {
        Fetched& fetched = result.fetched;
        fetched.deferred = find_deferral();
        if (fetched.deferred) return {};
        fetched.installed = find_installed();
        if (fetched.installed) return take_installed(fetched);
        if (context_.place == nullptr) {
            GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make());
            GUP_CHECK(fetch_into(folder.path(), result));
            return result.tree ? look_at_stacks(*result.tree, fetched) : Status{};
        }
        GUP_CHECK(make_generations_folder(site_.folder, site_.link.parent_path(), site_.owner));
        GUP_CHECK(fetch_into(site_.folder, result));
        // Some archives must be downloaded to see that they are the running revision.
        if (fetched.target.relation == Relation::same) source_->forget(site_.folder);
        return {};
    }

private:
    // An archive that was rolled back is not downloaded every night, and becomes a release again without its server.
    [[nodiscard]] std::optional<Generation> find_installed() const {
        if (!source_->is_downloaded_whole()) return std::nullopt;
        for (const Generation& one : list_releases(site_.folder)) {
            if (is_of_revision(one, *observation_.connector.declared, observation_.latest_id())) return one;
        }
        return std::nullopt;
    }

    Status take_installed(Fetched& fetched) const {
        GUP_TRY(Declaration declaration,
                declaration_in(site_.folder / fetched.installed->id, observation_.declaration));
        take(*observation_.upstream.latest, std::move(declaration.gupfile), fetched);
        return context_.place == nullptr ? preview(site_.folder / fetched.installed->id, fetched) : Status{};
    }

    Status look_at_stacks(const CodeTree& tree, Fetched& fetched) const {
        if (!tree.has_folder(fetched.gupfile->services.folder) && !observation_.stacks.running) return {};
        GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make());
        GUP_CHECK(tree.write_to(folder.path()));
        return preview(folder.path(), fetched);
    }

    Status preview(const fs::path& code, Fetched& fetched) const {
        GUP_TRY(fetched.stacks, preview_stacks({observation_, *fetched.gupfile, context_.settings, context_.events},
                                               {code, fetched.target.commit, {}, {}}));
        return {};
    }

    Status fetch_into(const fs::path& folder, FetchResult& result) {
        GUP_TRY(const Revision revision, source_->fetch(*observation_.upstream.latest, folder, progress()));
        const auto& running = observation_.upstream.running;
        if (is_of_revision(running, *observation_.connector.declared, revision.id)) {
            result.fetched.target.relation = Relation::same;
            result.fetched.target.commit = revision.id;
            return {};
        }
        GUP_TRY(result.tree, source_->open(revision, folder));
        GUP_TRY(Declaration declaration, declaration_of(*result.tree, observation_.declaration));
        take(revision, std::move(declaration.gupfile), result.fetched);
        return {};
    }

    // Nobody works in a release, so the source's revision replaces the running one in any case.
    void take(const Revision& revision, Gupfile gupfile, Fetched& fetched) const {
        fetched.target.relation = Relation::replaced;
        fetched.target.commit = revision.id;
        fetched.revision = revision;
        fetched.has_stacks = true;  // the folder of the release tells
        fetched.gupfile = std::move(gupfile);
        overlay_pins(*fetched.gupfile, observation_.connector.declared->pins);
    }

    std::unique_ptr<Source> source_;
    ConnectorLayout site_;
};

// ----

std::unique_ptr<UpstreamFetch> make_fetch(const Observation& observation, const FetchContext& context) {
    if (observation.is_declared()) return std::make_unique<SourceFetch>(observation, context);
    return std::make_unique<RepositoryFetch>(observation, context);
}

std::string damage_of(const Observation& observation) {
    if (observation.error || !observation.is_declared()) return {};
    const ConnectorLayout site = layout_of(observation, observation.connector.path.parent_path());
    return mirror_damage({*observation.connector.declared}, site, observation.upstream.running);
}

// The stacks of the revision that runs, with the settings of now.
void preview_running(const Observation& observation, const FetchContext& context, Fetched& fetched) {
    StackRevision source{{}, observation.code.commit, {}, {}};
    if (observation.layout == Layout::releases) source.folder = observation.connector.path;
    auto preview = preview_stacks({observation, observation.gupfile, context.settings, context.events}, source);
    if (!preview.ok()) {
        fetched.error = preview.error();
    } else {
        fetched.stacks = *std::move(preview);
    }
}

void look_for_images(const Observation& observation, const FetchContext& context, Fetched& fetched) {
    const auto site = find_stack_site(context.settings, observation.connector.name, observation.owner);
    if (!site) return;
    const StackRecord& running = *observation.stacks.running;
    auto moved = find_moved_tags(running, *site, observation.owner.home, context.settings, context.events);
    if (!moved.ok()) {
        fetched.error = moved.error();
    } else {
        fetched.stacks = std::move(moved->text);
        fetched.moved = std::move(moved->key);
    }
}

FetchResult fetch_one(const Observation& observation, const FetchContext& context) {
    FetchResult result;
    result.fetched.damage = damage_of(observation);
    if (observation.upstream.is_current) {
        result.fetched.target.relation = Relation::same;
        result.fetched.target.commit = observation.latest_id();
    }
    if (!needs_fetch(observation)) {
        if (context.place == nullptr && observation.stacks.differ()) {
            preview_running(observation, context, result.fetched);
        } else if (asks_registries(observation)) {
            look_for_images(observation, context, result.fetched);
        }
        return result;
    }
    if (auto status = make_fetch(observation, context)->run(result); !status.ok())
        result.fetched.error = status.error();
    return result;
}

// Removes what a crash left of a download whose release runs, and a lock that could not be removed after the last update.
void sweep(const Observation& observation, const FetchContext& context) {
    git::IndexLock::remove_ours(observation.connector.path / ".git");
    const fs::path folder = make_fetch(observation, context)->downloads();
    if (folder.empty() || !has_download(folder)) return;
    sweep_download(folder);
}

}  // namespace

bool asks_registries(const Observation& observation) {
    const auto& running = observation.stacks.running;
    return !observation.error && running && observation.gupfile.services.is_nightly && !running->images.empty();
}

bool needs_fetch(const Observation& observation) {
    const ObservedUpstream& upstream = observation.upstream;
    return !observation.error && upstream.latest && !upstream.is_current;
}

FetchResult fetch(const Observation& observation, MaintenanceWindow& gate, const UpdateSettings& settings,
                  const RunEvents& events) {
    const log::ConnectorScope scope(observation.connector.name);
    const FetchPlace place{gate, settings.state};
    const FetchContext context{settings.network, events, &place, settings};
    if (needs_fetch(observation) && stop_requested()) return {};
    if (auto vanishing = needs_fetch(observation) ? vanishing_updates(settings) : std::nullopt) {
        FetchResult refused;
        refused.fetched.error = std::move(vanishing);
        return refused;
    }
    if (needs_fetch(observation)) events.tell(observation.connector.name, "fetching");
    FetchResult result = fetch_one(observation, context);
    if (needs_fetch(observation)) events.tell(observation.connector.name, waiting_for_turn);
    if (observation.upstream.is_current) sweep(observation, context);
    return result;
}

Fetched fetch_aside(const Observation& observation, const UpdateSettings& settings, const RunEvents& events) {
    if (needs_fetch(observation)) events.tell(observation.connector.name, "fetching");
    return fetch_one(observation, {settings.network, events, nullptr, settings}).fetched;
}

}  // namespace gup
