// SPDX-License-Identifier: Apache-2.0
#include "commands/adopt.hpp"

#include <fmt/format.h>

#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "connector/observe.hpp"
#include "core/release.hpp"
#include "deploy/shared_paths.hpp"
#include "deploy/virtualenv_link.hpp"
#include "deploy/virtualenv_stage.hpp"
#include "python/pinned_prefix.hpp"
#include "python/virtualenv_copy.hpp"
#include "source/git/export.hpp"
#include "source/git/work_tree/attach.hpp"
#include "transaction/recovery.hpp"
#include "transaction/transaction.hpp"
#include "update/connector_command.hpp"
#include "update/connector_update.hpp"
#include "util/log/log.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

Status check_code_is_quiet(const ObservedCode& code, const std::string& name) {
    switch (code.condition) {
        case CodeCondition::ready:
        case CodeCondition::no_upstream:
        case CodeCondition::wrong_branch:
        case CodeCondition::detached_head:
            return {};
        case CodeCondition::not_a_repository:
            return Error{ErrorCode::conflict, fmt::format("{} itself is not a git repository", name),
                         "gup-agent release install --from DIR creates a release of any folder"};
        case CodeCondition::bare:
        case CodeCondition::corrupt:
        case CodeCondition::unreadable:
        case CodeCondition::unborn_branch:
        case CodeCondition::operation_pending:
        case CodeCondition::index_locked:
        case CodeCondition::chosen_by_hand:
            break;
    }
    return Error{ErrorCode::conflict, fmt::format("{} cannot be adopted: {}", name, code.detail),
                 "gup-agent check shows what to do"};
}

// ---- into releases

class IntoReleases {
public:
    IntoReleases(const ConnectorLayout& site, const Observation& observation, const UpdateSettings& settings)
        : site_(site),
          observation_(observation),
          settings_(settings),
          place_(site.place.path),
          own_place_(site.link / generation_virtualenv_name) {}

    Status check() {
        GUP_CHECK(check_code_is_quiet(observation_.code, site_.name));
        GUP_TRY(persisted_, check_persisted(observation_.gupfile.persist));
        if (!is_real_folder(site_.link / ".git")) {
            return Error{ErrorCode::conflict, fmt::format("{}/.git is not a folder", site_.link.string()),
                         "a work tree of another repository cannot be adopted: clone it"};
        }
        if (is_there(site_.link / generation_record_name)) {
            return Error{ErrorCode::conflict,
                         fmt::format("{} has its own {}", site_.link.string(), generation_record_name),
                         "the release needs that name: rename it"};
        }
        if (site_.place.present && place_ != own_place_ && is_there(own_place_)) {
            return Error{ErrorCode::conflict, fmt::format("both {} and {} exist", place_.string(), own_place_.string()),
                         "remove the one that is not used"};
        }
        GitUser user{site_.owner.home};
        GUP_TRY(const GitExport repository, GitExport::open(site_.link, user));
        GUP_TRY(head_, repository.find_head());
        id_ = free_generation_id(site_.folder, release_id(head_.time, head_.branch, head_.id));
        release_ = site_.folder / id_;
        return check_room();
    }

    Status run(Transaction& transaction) {
        if (site_.place.present && is_real_folder(place_)) GUP_CHECK(anchor_links(place_, transaction));
        GUP_CHECK(transaction.replace_by_link(site_.link, release_, release_link_text(site_, id_)));
        GUP_CHECK(transaction.rename(release_ / ".git", site_.folder / repository_name));
        GUP_CHECK(take_environment(transaction));
        GUP_CHECK(link_persisted(transaction, site_, release_, persisted_, OwnFiles::are_data));
        if (!is_there(release_ / gupfile_name)) {
            GUP_CHECK(transaction.log_file(release_ / gupfile_name));
            GUP_CHECK(write_file_atomically(release_ / gupfile_name, placeholder_gupfile));
        }
        GUP_CHECK(transaction.log_file(release_ / generation_record_name));
        return write_generation(site_.folder, record());
    }

    [[nodiscard]] std::string said() const { return fmt::format("adopted {} as release {}", site_.name, id_); }

private:
    // A link leads to a virtualenv of an earlier generation, which contains its own path.
    [[nodiscard]] bool is_to_be_copied() const { return site_.place.present && !is_real_folder(place_); }

    Status check_room() {
        if (!is_to_be_copied()) return {};
        GUP_TRY(live_, real_path(place_));
        return require_room(site_.folder, live_, {}, observation_.virtualenv, settings_);
    }

    Status take_environment(Transaction& transaction) {
        if (!site_.place.present) return {};
        const fs::path virtualenv = release_ / generation_virtualenv_name;
        const fs::path link = place_ == own_place_ ? site_.link.parent_path() / ".pyenv" / site_.name : place_;
        if (is_to_be_copied()) {
            if (is_there(virtualenv)) GUP_CHECK(transaction.link(virtualenv, {}));
            GUP_CHECK(transaction.log_folder(virtualenv));
            GUP_TRY(const CopyReport copied, copy_virtualenv({live_, virtualenv, {place_.string()}}));
            log::debug(site_.name, fmt::format("copied the virtualenv: {} files linked", copied.linked));
        } else if (place_ != own_place_) {
            GUP_CHECK(transaction.replace_by_link(place_, virtualenv, own_place_.string()));
            return pin_prefix(virtualenv);
        }
        GUP_CHECK(transaction.create_parents(link.parent_path(), link.parent_path().parent_path()));
        GUP_CHECK(transaction.link(link, own_place_.string()));
        return pin_prefix(virtualenv);
    }

    [[nodiscard]] Generation record() const {
        Generation made;
        made.id = id_;
        made.sequence = next_sequence(site_);
        made.time = system_clock().now();
        made.connector = site_.name;
        made.branch = head_.branch;
        made.commit = head_.id;
        made.from_commit = head_.id;
        if (site_.place.present) made.virtualenv = virtualenv_in(site_.folder, id_).string();
        made.pins = observation_.gupfile.pins;
        return made;
    }

    const ConnectorLayout& site_;
    const Observation& observation_;
    const UpdateSettings& settings_;
    fs::path place_;
    fs::path own_place_;  // <root>/<name>/.venv, which is the release's once the link is there
    fs::path live_;       // what is copied
    ExportedCommit head_;
    std::string id_;
    fs::path release_;
    std::vector<std::string> persisted_;
};

// ---- in place

class InPlace {
public:
    explicit InPlace(const ConnectorLayout& site)
        : site_(site),
          id_(enabled_release(site.link.parent_path(), site.name)),
          release_(site.folder / id_),
          own_place_(site.link / generation_virtualenv_name) {}

    Status check() {
        const auto release = read_generation(site_.folder, id_);
        if (!release || !is_real_folder(release_)) {
            return Error{ErrorCode::conflict, fmt::format("release {} is not complete", id_),
                         fmt::format("enable one that is: gup-agent release list {}", site_.name)};
        }
        commit_ = release->commit;
        if (!release->source.empty()) {
            return Error{ErrorCode::conflict, fmt::format("{} is deployed from {}", site_.name, release->source),
                         "git clone makes a checkout of it elsewhere"};
        }
        if (!is_real_folder(site_.folder / repository_name)) {
            return Error{ErrorCode::conflict, fmt::format("{} has no repository", site_.name),
                         "it was never adopted: gup-agent add URL makes a git checkout"};
        }
        if (is_there(site_.folder / repository_name / "index.lock")) {
            return Error{
                ErrorCode::conflict, "another git is running, or has crashed",
                fmt::format("if no git runs there: rm {}/index.lock", (site_.folder / repository_name).string())};
        }
        if (commit_.empty()) {
            return Error{
                ErrorCode::conflict, fmt::format("release {} is not a commit: it came from a folder", id_),
                fmt::format("enable one that is: gup-agent release install {0}, then gup-agent release enable {0}",
                            site_.name)};
        }
        GUP_TRY(const std::string text, read_file(release_ / gupfile_name, gupfile_limit));
        has_placeholder_ = is_placeholder_gupfile(text);
        GUP_TRY(persisted_, check_persisted(parse_gupfile(text).persist));
        return {};
    }

    Status run(Transaction& transaction) {
        GUP_CHECK(transaction.rename(site_.folder / repository_name, release_ / ".git"));
        GUP_CHECK(unlink_persisted(transaction, site_, release_, persisted_));
        GUP_CHECK(transaction.replace_link(site_.link, release_));
        GUP_CHECK(transaction.create_folder(release_));
        GUP_CHECK(transaction.rename(site_.link / generation_record_name, release_ / generation_record_name));
        if (has_placeholder_) GUP_CHECK(leave_placeholder(transaction));
        GUP_CHECK(leave_virtualenv(transaction));
        GUP_CHECK(transaction.log_git_index(site_.link));
        return attach_work_tree(site_.link, commit_, GitUser{site_.owner.home});
    }

    [[nodiscard]] std::string said() const {
        return fmt::format("moved {} back in place, at release {}", site_.name, id_);
    }

private:
    // The virtualenv contains the release's path and stays there. A link replaces it with an exchange, so that the path
    // exists at each moment.
    Status leave_virtualenv(Transaction& transaction) {
        if (!is_real_folder(own_place_)) return {};
        const fs::path virtualenv = release_ / generation_virtualenv_name;
        GUP_CHECK(transaction.link(virtualenv, own_place_.string()));
        const fs::path& place = site_.place.path;
        if (link_text(place) == own_place_) {
            GUP_CHECK(transaction.link(place, virtualenv.string()));
        }
        return transaction.replace_link(virtualenv, own_place_);
    }

    // In the work tree it would be in the way of a gupfile that the repository gets one day.
    Status leave_placeholder(Transaction& transaction) {
        fs::path place = own_gupfile(site_.folder);
        if (is_there(place)) place = release_ / gupfile_name;
        return transaction.rename(site_.link / gupfile_name, place);
    }

    const ConnectorLayout& site_;
    std::string id_;
    fs::path release_;
    fs::path own_place_;
    std::string commit_;
    bool has_placeholder_ = false;
    std::vector<std::string> persisted_;
};

template <class Change>
Status change_layout(Change& change, const ConnectorLayout& site, const UpdateSettings& settings) {
    GUP_CHECK(make_generations_folder(site.folder, settings.root, site.owner));
    GUP_TRY(Transaction transaction, Transaction::begin_now(place_in_root(settings.state, site), "adopt"));
    Status done = change.run(transaction);
    if (done.ok()) done = transaction.commit();
    if (!done.ok()) return transaction.fail(std::move(done).error());
    transaction.end();
    return {};
}

Error no_connector(const ConnectorLayout& site) {
    return {ErrorCode::invalid_input, fmt::format("no connector is named {}", site.name),
            "a connector is a folder under root that contains a gupfile or a requirements file"};
}

// Fails when the change makes no sense here. Then nothing was begun.
template <class Change>
Result<RunReport> run_change(Change& change, const ConnectorLayout& site, const UpdateSettings& settings,
                             ConnectorCommand& command) {
    GUP_CHECK(change.check());
    const Status done = change_layout(change, site, settings);
    if (done.ok()) command.add_action(change.said());
    return command.end(done);
}

Result<RunReport> into_releases(const ConnectorLayout& site, const UpdateSettings& settings,
                                ConnectorCommand& command) {
    const Observation observation = observe_here({site.name, site.link}, settings);
    if (observation.gupfile.is_missing) return no_connector(site);
    if (observation.error) return *observation.error;
    if (observation.gupfile.is_found) GUP_CHECK(require_usable(observation.gupfile, site.name));
    command.report() = first_report(observation);
    IntoReleases change(site, observation, settings);
    return run_change(change, site, settings, command);
}

Result<RunReport> into_place(const ConnectorLayout& site, const UpdateSettings& settings, ConnectorCommand& command) {
    InPlace change(site);
    return run_change(change, site, settings, command);
}

}  // namespace

Result<RunReport> run_adopt(const UpdateSettings& settings, const std::string& name, AdoptInto into,
                            const RunEvents& events) {
    GUP_TRY(ConnectorLayout site, find_layout(settings, name));
    const log::ConnectorScope scope(site.name);
    GUP_CHECK(recover_if_needed(settings, site.name));
    GUP_TRY(site, find_layout(settings, name));  // the current state
    const bool is_adopted = is_releases_layout(settings.root, site.name);
    if (!is_adopted && !is_real_folder(site.link)) return no_connector(site);
    ConnectorCommand command(settings, events, site.name, "not adopted");
    if (is_adopted == (into == AdoptInto::releases)) {
        return command.unchanged(
            fmt::format("{} is already {}", site.name, is_adopted ? "in the releases layout" : "in place"));
    }
    events.tell(site.name, is_adopted ? "moving it back in place" : "moving it to the releases layout");
    return into == AdoptInto::releases ? into_releases(site, settings, command) : into_place(site, settings, command);
}

}  // namespace gup
