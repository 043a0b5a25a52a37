// SPDX-License-Identifier: Apache-2.0
#include "commands/import_install_py.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "connector/connector_owner.hpp"
#include "connector/generation_store.hpp"
#include "connector/layout.hpp"
#include "core/declaration/connector_name.hpp"
#include "core/release.hpp"
#include "core/release_order.hpp"
#include "core/requirements/candidates.hpp"
#include "host/ownership.hpp"
#include "transaction/transaction.hpp"
#include "update/connector_command.hpp"
#include "update/supervise/owner_workers.hpp"
#include "update/supervise/recover.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

// A checked request.
struct Workdir {
    std::string name;
    Owner owner;
    fs::path folder;  // without links
    fs::path link;
};

Error wrong_request(ErrorCode code, std::string message, std::string hint) {
    return {code, std::move(message), std::move(hint)};
}

Result<Workdir> check_request(const UpdateSettings& settings, const ImportRequest& request) {
    Workdir workdir;
    const std::string& link = request.link;
    if (link.empty() || link.find('/') != std::string::npos || link == "." || link == "..") {
        return wrong_request(ErrorCode::invalid_input,
                             fmt::format("'{}' is not the name of a link in the folder", link), "--link bot");
    }
    workdir.name = request.name.empty() ? link : request.name;
    if (const Status checked = check_new_name(workdir.name); !checked.ok()) {
        return wrong_request(checked.error().code, checked.error().message, "--name gives the connector another name");
    }
    GUP_TRY(workdir.folder, real_path(request.workdir));
    GUP_TRY(const auto info, file_info(workdir.folder));
    if (!info || info->kind != FileKind::folder) {
        return wrong_request(ErrorCode::invalid_input, request.workdir.string() + " is not a folder", "");
    }
    workdir.link = workdir.folder / link;
    workdir.owner = owner_with(::geteuid() == 0 ? info->owner : ::geteuid());
    const fs::path root = real_path(settings.root).value_or(settings.root);
    if (is_there(root / workdir.name) && workdir.link != root / workdir.name) {
        GUP_TRY(const Owner known, find_owner(settings, workdir.name));
        if (known.uid != workdir.owner.uid) {
            return wrong_request(ErrorCode::conflict,
                                 fmt::format("{} belongs to {}, and the connector {} to {}", workdir.folder.string(),
                                             user_name(workdir.owner.uid), workdir.name, user_name(known.uid)),
                                 "--name gives the connector another name");
        }
    }
    GUP_CHECK(check_new_connector(settings, workdir.name, workdir.owner));
    return workdir;
}

class Import {
public:
    Import(const UpdateSettings& settings, Workdir workdir) : settings_(settings), workdir_(std::move(workdir)) {
        Observation observation;
        observation.connector = {workdir_.name, settings_.root / workdir_.name};
        observation.owner = workdir_.owner;
        observation.place = find_virtualenv(settings_.root, workdir_.name, workdir_.owner.home);
        site_ = layout_of(observation, settings_.root);
        is_the_same_link_ = workdir_.link == real_path(settings_.root).value_or(settings_.root) / workdir_.name;
    }

    Status find() {
        GUP_TRY(const auto names, list_folder(workdir_.folder));
        for (const std::string& name : names) GUP_CHECK(look_at(name));
        if (versions_.empty() && known_.empty()) {
            return wrong_request(ErrorCode::invalid_input,
                                 fmt::format("{} has no version that install.py has made", workdir_.folder.string()),
                                 "a version is a folder with a .venv; --workdir names the folder around the versions");
        }
        std::sort(versions_.begin(), versions_.end(), [](const auto& a, const auto& b) { return is_later_id(b, a); });
        GUP_CHECK(find_enabled());
        return check_places();
    }

    [[nodiscard]] bool is_done() const {
        return versions_.empty() && (enabled_.empty() || (is_enabled_here() && leads_to_connector()));
    }

    Status run() {
        GUP_CHECK(make_generations_folder(site_.folder, settings_.root, site_.owner));
        GUP_TRY(Transaction transaction, Transaction::begin_now(place_in_root(settings_.state, site_), "import"));
        Status done = take_over(transaction);
        if (done.ok()) done = sync_file_system(site_.folder);
        if (done.ok()) done = transaction.commit();
        if (!done.ok()) return transaction.fail(std::move(done).error());
        transaction.end();
        return {};
    }

    [[nodiscard]] std::vector<std::string> actions() const {
        std::vector<std::string> done;
        for (const std::string& id : versions_) done.push_back(fmt::format("took over {} as a release", id));
        if (enabled_.empty()) {
            done.push_back(fmt::format("{} does not exist: no release is enabled", workdir_.link.string()));
        } else if (is_the_same_link_) {
            done.push_back(fmt::format("release {} is enabled", enabled_));
        } else {
            done.push_back(fmt::format("release {} is enabled; {} now leads to {}", enabled_, workdir_.link.string(),
                                       site_.link.string()));
        }
        return done;
    }

private:
    Status look_at(const std::string& name) {
        const fs::path folder = workdir_.folder / name;
        if (name.starts_with('.') || !is_real_folder(folder)) return {};
        if (!is_file(folder / generation_virtualenv_name / "pyvenv.cfg")) {
            log::info(workdir_.name, fmt::format("{} has no virtualenv: it is not a version", folder.string()));
            return {};
        }
        if (const Status named = check_release_id(name); !named.ok()) {
            log::warning(workdir_.name,
                         fmt::format("{} is not taken over: {}", folder.string(), named.error().message));
            return {};
        }
        if (const auto release = read_generation(site_.folder, name)) {
            if (release->imported == folder.string()) {
                known_.push_back(name);
                return {};
            }
            return wrong_request(
                ErrorCode::conflict,
                fmt::format("release {} of {} is not the version in {}", name, site_.name, folder.string()),
                "--name gives the connector another name");
        }
        Belongings belongings;
        belongings.uid = workdir_.owner.uid;
        GUP_TRY(const Way way, Way::open(folder));
        belongings.add(way);
        GUP_CHECK(check_ownership(belongings));
        versions_.push_back(name);
        return {};
    }

    Status find_enabled() {
        GUP_TRY(const auto info, file_info(workdir_.link, Follow::no));
        if (!info) return {};
        if (info->kind != FileKind::link) {
            return wrong_request(ErrorCode::conflict, workdir_.link.string() + " is not a link",
                                 "--link is the name of the link that install.py switches");
        }
        if (leads_to_connector()) {
            enabled_ = enabled_release(settings_.root, site_.name);
            return {};
        }
        const fs::path target = real_path(workdir_.link).value_or(link_text(workdir_.link));
        const std::string id = target.filename();
        const auto is_it = [&](const std::string& one) { return one == id; };
        const bool is_version =
            std::any_of(versions_.begin(), versions_.end(), is_it) || std::any_of(known_.begin(), known_.end(), is_it);
        if (target.parent_path() == workdir_.folder && is_version) {
            enabled_ = id;
            return {};
        }
        return wrong_request(
            ErrorCode::conflict,
            fmt::format("{} leads to {}, which is not a version", workdir_.link.string(), target.string()),
            "let it lead to the version that is to run, or remove it");
    }

    // The link in workdir is the connector's already.
    [[nodiscard]] bool leads_to_connector() const {
        if (is_the_same_link_) return !enabled_release(settings_.root, site_.name).empty();
        return link_text(workdir_.link) == site_.link;
    }

    [[nodiscard]] bool is_enabled_here() const { return enabled_release(settings_.root, site_.name) == enabled_; }

    [[nodiscard]] fs::path virtualenv_place() const { return site_.link.parent_path() / ".pyenv" / site_.name; }

    [[nodiscard]] Status check_places() const {
        const std::string running = enabled_release(settings_.root, site_.name);
        if (is_there(site_.link) && running.empty() && !is_the_same_link_) {
            return wrong_request(ErrorCode::conflict, site_.link.string() + " is there already, and is no release",
                                 "--name gives the connector another name");
        }
        if (!running.empty() && !enabled_.empty() && running != enabled_ && !leads_to_connector()) {
            return wrong_request(ErrorCode::conflict,
                                 fmt::format("{} is at release {}, but {} leads to {}", site_.name, running,
                                             workdir_.link.string(), enabled_),
                                 fmt::format("gup-agent release enable {} {}", site_.name, enabled_));
        }
        GUP_TRY(const auto place, file_info(virtualenv_place(), Follow::no));
        if (place && place->kind != FileKind::link) {
            return wrong_request(ErrorCode::conflict, virtualenv_place().string() + " is there already",
                                 "--name gives the connector another name");
        }
        if (!enabled_.empty() && !leads_to_connector() && ::access(workdir_.folder.c_str(), W_OK) != 0) {
            return errno_error(errno, fmt::format("cannot change {}", workdir_.link.string()));
        }
        return {};
    }

    Status take_over(Transaction& transaction) {
        for (const std::string& id : versions_) GUP_CHECK(make_release(transaction, id));
        if (enabled_.empty()) return {};
        const fs::path place = virtualenv_place();
        GUP_CHECK(transaction.create_parents(place.parent_path(), place.parent_path().parent_path()));
        GUP_CHECK(transaction.link(place, site_.link / generation_virtualenv_name));
        GUP_CHECK(transaction.link(site_.link, release_link_text(site_, enabled_)));
        return is_the_same_link_ ? Status{} : transaction.link(workdir_.link, site_.link.string());
    }

    // A declaration is only read where its folder is. These texts are the only copies.
    static bool is_declaration(const std::string& name) {
        return std::find(requirement_candidates.begin(), requirement_candidates.end(), name) !=
               requirement_candidates.end();
    }

    Status make_release(Transaction& transaction, const std::string& id) {
        const fs::path from = workdir_.folder / id;
        const fs::path to = site_.folder / id;
        GUP_CHECK(transaction.create_folder(to));
        GUP_TRY(const auto names, list_folder(from));
        for (const std::string& name : names) {
            if (name == gupfile_name || name == generation_record_name) continue;
            if (is_declaration(name) && is_file(from / name)) {
                GUP_TRY(const std::string text, read_file(from / name));
                GUP_CHECK(write_file_atomically(to / name, text));
                continue;
            }
            if (::symlink((from / name).c_str(), (to / name).c_str()) != 0) {
                return errno_error(errno, fmt::format("cannot create {}", (to / name).string()));
            }
        }
        const auto gupfile = read_file(from / gupfile_name, gupfile_limit);
        GUP_CHECK(write_file_atomically(to / gupfile_name, gupfile.ok() ? *gupfile : std::string(placeholder_gupfile)));
        Generation made;
        made.id = id;
        made.sequence = next_sequence(site_);
        GUP_TRY(const auto info, file_info(from));
        constexpr std::int64_t second = 1'000'000'000;
        made.time = info ? info->modified_ns / second : 0;
        made.connector = site_.name;
        made.virtualenv = virtualenv_in(site_.folder, id);
        if (gupfile.ok()) made.pins = parse_gupfile(*gupfile).pins;
        made.imported = from;
        return write_generation(site_.folder, made);
    }

    const UpdateSettings& settings_;
    Workdir workdir_;
    ConnectorLayout site_;
    bool is_the_same_link_ = false;      // root is the workdir
    std::vector<std::string> versions_;  // to be taken over, the oldest first
    std::vector<std::string> known_;     // that are releases already
    std::string enabled_;
};

Result<RunReport> import_as_owner(const UpdateSettings& settings, const Workdir& workdir, const RunEvents& events) {
    const log::ConnectorScope scope(workdir.name);
    Import import(settings, workdir);
    GUP_CHECK(import.find());
    ConnectorCommand command(settings, events, workdir.name, "not imported");
    if (import.is_done()) {
        return command.unchanged(
            fmt::format("all versions in {} are releases of {} already", workdir.folder.string(), workdir.name));
    }
    const Status done = import.run();
    if (done.ok()) {
        for (const std::string& action : import.actions()) command.add_action(action);
    }
    return command.end(done);
}

}  // namespace

Result<RunReport> run_import_install_py(const UpdateSettings& settings, const ImportRequest& request,
                                        const RunEvents& events) {
    GUP_TRY(const Workdir workdir, check_request(settings, request));
    GUP_CHECK(recover_named(settings, workdir.name));
    UpdateSettings own = settings;
    own.writable.push_back(workdir.folder);
    OwnerJob job{workdir.owner, {workdir.name}, {}, {}, NeedsNetwork::no};
    return run_as(own, events, std::move(job), [&](const UpdateSettings& settings_there, const RunEvents& told) {
        return import_as_owner(settings_there, workdir, told);
    });
}

}  // namespace gup
