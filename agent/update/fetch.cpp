#include "update/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "connector/upstream.hpp"
#include "transaction/transaction.hpp"
#include "util/log/log.hpp"
#include "util/parallel.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/units.hpp"

namespace gup {
namespace {

// Each takes memory for what it unpacks, and more would not make a slow link faster.
constexpr std::size_t downloads_at_once = 4;

// Nothing of a connector is changed without its place, and nothing is downloaded while it has to wait.
struct FetchPlace {
    MaintenanceWindow& gate;
    const fs::path& state;
};

bool needs_fetch(const Observation& observation) {
    const ObservedUpstream& upstream = observation.upstream;
    return !observation.error && upstream.latest && !upstream.is_current;
}

ProgressCallback progress_of(const Observation& observation, const RunEvents& events) {
    return [&](const TransferProgress& progress) {
        events.tell(observation.connector.name, fmt::format("fetching {}", format_size(progress.bytes)));
    };
}

// ---- the repository that a connector follows

class RepositoryFetch {
public:
    RepositoryFetch(const Observation& observation, const RunEvents& events)
        : observation_(observation), events_(events), latest_(observation.latest_id()) {}

    Status run(const FetchPlace* place, Fetched& fetched) {
        GUP_TRY(GitRepository opened, open_repository(observation_));
        GUP_CHECK(look_here(opened));
        if (needs_download_) {
            if (place != nullptr) fetched.deferred = place->gate.ask(observation_);
            if (fetched.deferred) return {};
            return place != nullptr ? fetch_here(opened, place->state, fetched) : fetch_beside(opened, fetched);
        }
        return take(opened, fetched);
    }

private:
    // Whether all of it is here already. An upstream that went back is not fetched, which would move the tracking ref:
    // it stays visible as rewound until somebody has looked.
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
        GUP_CHECK(transaction.log_git(repository_folder(observation_)));
        const Status done = repository.fetch(observation_.code, latest_, progress_of(observation_, events_));
        transaction.end();
        GUP_CHECK(done);
        return take(repository, fetched);
    }

    // What is here already need not be brought to be looked at.
    Status fetch_beside(const GitRepository& repository, Fetched& fetched) {
        if (target_) return take(repository, fetched);
        GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make());
        GUP_TRY(GitRepository aside, repository.quarantine(folder.path()));
        GUP_CHECK(aside.fetch(observation_.code, latest_, progress_of(observation_, events_)));
        return take(aside, fetched);
    }

    Status take(const GitRepository& repository, Fetched& fetched) {
        if (!target_) {
            GUP_TRY(target_, repository.classify(observation_.code, latest_));
        }
        fetched.target = *target_;
        if (fetched.target.relation != Relation::behind) return {};
        GUP_TRY(const auto before, repository.read_file_at(observation_.code.commit, gupfile_name));
        GUP_TRY(const auto after, repository.read_file_at(latest_, gupfile_name));
        if (before != after) fetched.gupfile = parse_gupfile(after.value_or(""));
        return {};
    }

    const Observation& observation_;
    const RunEvents& events_;
    const std::string& latest_;
    std::optional<CodeTarget> target_;
    bool needs_download_ = true;
};

// ---- the source of a declared connector

class SourceFetch {
public:
    SourceFetch(const Observation& observation, const RunEvents& events)
        : observation_(observation),
          events_(events),
          source_(source_of(observation)),
          site_(layout_of(observation, observation.connector.path.parent_path())) {}

    Status run(const FetchPlace* place, FetchResult& result) {
        Fetched& fetched = result.fetched;
        if (place != nullptr) fetched.deferred = place->gate.ask(observation_);
        if (fetched.deferred) return {};
        fetched.installed = find_installed();
        if (fetched.installed) return take_installed(fetched);
        if (place == nullptr) {
            GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make());
            return bring(folder.path(), result);
        }
        GUP_CHECK(make_generations_folder(site_.folder, site_.link.parent_path(), site_.owner));
        GUP_CHECK(bring(site_.folder, result));
        // Some archives have to come before anybody knows that they are what runs.
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
        GUP_TRY(const std::string text, read_file(site_.folder / fetched.installed->id / gupfile_name, gupfile_limit));
        take(*observation_.upstream.latest, text, fetched);
        return {};
    }

    Status bring(const fs::path& folder, FetchResult& result) {
        GUP_TRY(const Revision revision,
                source_->fetch(*observation_.upstream.latest, folder, progress_of(observation_, events_)));
        const auto& running = observation_.upstream.running;
        if (is_of_revision(running, *observation_.connector.declared, revision.id)) {
            result.fetched.target.relation = Relation::same;
            result.fetched.target.commit = revision.id;
            return {};
        }
        GUP_TRY(result.tree, source_->open(revision, folder));
        take(revision, result.tree->gupfile.value_or(""), result.fetched);
        return {};
    }

    // Nobody works in a release, so whatever the source has takes the place of what runs.
    void take(const Revision& revision, const std::string& gupfile, Fetched& fetched) const {
        fetched.target.relation = Relation::replaced;
        fetched.target.commit = revision.id;
        fetched.revision = revision;
        fetched.gupfile = parse_gupfile(gupfile);
        overlay_pins(*fetched.gupfile, observation_.connector.declared->pins);
    }

    const Observation& observation_;
    const RunEvents& events_;
    std::unique_ptr<Source> source_;
    ConnectorLayout site_;
};

// ----

// `place`: empty for a look that changes nothing here.
FetchResult fetch_one(const Observation& observation, const FetchPlace* place, const RunEvents& events) {
    FetchResult result;
    if (observation.upstream.is_current) {
        result.fetched.target.relation = Relation::same;
        result.fetched.target.commit = observation.latest_id();
    }
    if (!needs_fetch(observation)) return result;
    const Status status = observation.is_declared() ? SourceFetch(observation, events).run(place, result)
                                                    : RepositoryFetch(observation, events).run(place, result.fetched);
    if (!status.ok()) result.fetched.error = status.error();
    return result;
}

// What a crash left of a download whose release runs.
void sweep(const Observation& observation) {
    const fs::path folder = layout_of(observation, observation.connector.path.parent_path()).folder;
    if (!has_download(folder)) return;
    const auto acting = EffectiveUser::begin(observation.owner);
    if (acting.ok()) sweep_download(folder);
}

FetchResult fetch_as_owner(const Observation& observation, const FetchPlace& place, const RunEvents& events) {
    const log::ConnectorScope scope(observation.connector.name);
    const auto acting = EffectiveUser::begin(observation.owner);
    if (acting.ok()) return fetch_one(observation, &place, events);
    FetchResult result;
    result.fetched.error = acting.error();
    return result;
}

}  // namespace

std::vector<FetchResult> fetch_all(const std::vector<Observation>& observations, MaintenanceWindow& gate,
                                   const UpdateSettings& settings, const RunEvents& events) {
    const FetchPlace place{gate, settings.state};
    std::vector<FetchResult> results(observations.size());
    std::vector<std::size_t> wanting;
    for (std::size_t i = 0; i < observations.size(); ++i) {
        const Observation& one = observations[i];
        if (needs_fetch(one)) {
            wanting.push_back(i);
            continue;
        }
        results[i] = fetch_one(one, &place, events);
        if (one.is_declared() && one.upstream.is_current) sweep(one);
    }
    parallel_for(wanting.size(), std::min(settings.parallel, downloads_at_once), [&](std::size_t i) {
        if (stop_requested()) return;
        results[wanting[i]] = fetch_as_owner(observations[wanting[i]], place, events);
    });
    return results;
}

Fetched fetch_aside(const Observation& observation, const RunEvents& events) {
    return fetch_one(observation, nullptr, events).fetched;
}

}  // namespace gup
