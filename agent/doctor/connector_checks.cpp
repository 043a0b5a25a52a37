// SPDX-License-Identifier: Apache-2.0
#include "doctor/connector_checks.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>

#include "connector/observe.hpp"
#include "connector/upstream.hpp"
#include "core/release.hpp"
#include "doctor/connector_findings.hpp"
#include "doctor/container_checks.hpp"
#include "doctor/ownership_checks.hpp"
#include "host/hooks.hpp"
#include "host/units/services.hpp"
#include "python/installer/installer_command.hpp"
#include "python/virtualenv_copy.hpp"
#include "source/garbage.hpp"
#include "source/remote/unheeded.hpp"
#include "status/last_run.hpp"
#include "status/status_document.hpp"
#include "transaction/folder_exchange.hpp"
#include "update/maintenance_window.hpp"
#include "util/parallel.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/units.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr Milliseconds walk_patience{20'000};
constexpr std::uint64_t repository_files = 200;

// Why a hook that the gupfile names cannot be run.
struct HookProblem {
    HookPhase phase = HookPhase::pre_update;
    Error error;
};

// Checks beyond the observation, as the connector's owner.
struct Examination {
    AccessFacts access;
    InstallerFacts installer;
    DiskUsage virtualenv;
    DiskUsage repository;  // .git
    std::vector<HookProblem> hooks;
    std::vector<PackPile> piles;        // where there is no git to join them
    std::optional<Error> remote_error;  // of a source that a run would not ask
    std::string folder_around;          // everything in its archive is in this folder; empty: no
    Diagnosis stacks;
};

std::string owner_text(const Owner& owner) {
    return owner.name.empty() ? std::to_string(owner.uid) : owner.name;
}

fs::path temporary_folder(const UpdateSettings& settings) {
    const fs::path& chosen = settings.installer.temporary_folder;
    return chosen.empty() ? temporary_parent() : chosen;
}

InstallerFacts installer_facts(const Observation& observation, const UpdateSettings& settings) {
    InstallerFacts facts;
    facts.creates_virtualenv = settings.create_virtualenv;
    facts.interpreter = settings.interpreter;
    facts.has_interpreter = !find_program(settings.interpreter).empty();
    if (!observation.virtualenv.present) return facts;
    facts.gone = find_files_gone(observation.virtualenv);
    InstallerSettings installer = settings.installer;
    installer.home = observation.owner.home;
    const auto tool = choose_installer(observation.virtualenv, installer);
    if (!tool.ok()) {
        facts.error = tool.error();
    } else if (const Distribution* pip = installed_pip(observation.virtualenv); !tool->uv && pip != nullptr) {
        facts.pip = pip->version;
        facts.is_old = tool->pip < parse_pip_version(oldest_good_pip);
    }
    return facts;
}

void add_unwritable(const DiskUsage& usage, AccessFacts& access) {
    for (const fs::path& folder : usage.unwritable) access.unwritable.push_back(folder.string());
    if (access.unreadable.empty()) access.unreadable = usage.unreadable.string();
}

// A run asks for a pinned archive only when it downloads it.
std::optional<Error> find_pinned_archive(const Observation& observation, const NetworkAccess& network) {
    const auto& declared = observation.connector.declared;
    if (!declared || declared->sha256.empty() || observation.upstream.is_current) return std::nullopt;
    const Status status = source_of(observation, network)->reach();
    return status.ok() ? std::nullopt : std::optional(status.error());
}

// For the current code.
std::vector<HookProblem> own_hook_problems(const Observation& observation) {
    const HookSettings none{{}, {}, {}};
    const std::pair<HookPhase, const std::string&> named[] = {
        {HookPhase::pre_update, observation.gupfile.pre_update},
        {HookPhase::post_update, observation.gupfile.post_update}};
    std::vector<HookProblem> problems;
    for (const auto& [phase, own] : named) {
        const auto hooks = find_hooks(phase, none, own, observation.connector.path);
        if (!hooks.ok()) problems.push_back({phase, hooks.error()});
    }
    return problems;
}

// Of the release of an archive: its entries, and those of the folder if it is the only one.
std::string find_folder_around(const Observation& observation) {
    const auto& declared = observation.connector.declared;
    if (!declared || declared->source.kind == SourceKind::git || observation.release.empty()) return {};
    const fs::path& release = observation.connector.path;
    std::vector<std::string> paths;
    for (const std::string& name : list_folder(release).value_or({})) {
        const bool is_made = name == generation_virtualenv_name || name == generation_record_name;
        if (is_made || is_placeholder(release, name)) continue;
        if (!paths.empty() || !is_real_folder(release / name)) return {};
        paths.push_back(name + "/");
        for (const std::string& inner : list_folder(release / name).value_or({})) {
            paths.push_back(fmt::format("{}/{}{}", name, inner, is_real_folder(release / name / inner) ? "/" : ""));
        }
    }
    return folder_around(paths);
}

// As the owner, if this process can become the owner.
Examination examine(const Observation& observation, const UpdateSettings& settings) {
    Examination examination;
    AccessFacts& access = examination.access;
    const auto there = file_info(observation.connector.path);
    // An agent that is not root works as itself, also in root's folder.
    const unsigned uid = ::geteuid() != 0 && there.ok() && *there ? (*there)->owner : observation.owner.uid;
    access.owner = owner_text(owner_with(uid));
    access.acts_as_owner = ::geteuid() == 0 || ::geteuid() == uid;
    const fs::path& folder = observation.connector.path;
    const fs::path repository = observation.repository.git_folder();
    examination.repository = disk_usage(repository, walk_patience);
    // The first release of a declared connector is created in root.
    const fs::path writable = is_there(folder) ? folder : folder.parent_path();
    if (!can_write_folder(writable)) access.unwritable.push_back(writable.string());
    examination.remote_error = find_pinned_archive(observation, settings.network);
    add_unwritable(examination.repository, access);
    const fs::path reflog = repository / "logs/HEAD";
    if (is_file(reflog) && !can_write_file(reflog)) access.unwritable.push_back(reflog.string());
    if (observation.virtualenv.present) {
        std::error_code error;  // the path is a link after the first update
        examination.virtualenv = disk_usage(fs::canonical(observation.virtualenv.path, error), walk_patience);
        add_unwritable(examination.virtualenv, access);
    }
    if (const fs::path place = temporary_folder(settings); !can_write_folder(place)) {
        access.temporary = place.string();
    }
    examination.installer = installer_facts(observation, settings);
    examination.hooks = own_hook_problems(observation);
    examination.folder_around = find_folder_around(observation);
    examination.stacks = examine_stacks(observation, settings);
    if (find_program("git").empty()) {
        examination.piles = pack_piles(observation.repository.folder, git_user(observation));
    }
    return examination;
}

std::string host_of(const std::string& remote_url) {
    const auto url = parse_url(remote_url);
    return url.ok() ? url->host : std::string();
}

// "https://host:8443/"; empty if it is neither https nor http.
std::string http_server(const std::string& remote_url) {
    const auto url = parse_url(remote_url);
    if (!url.ok() || (url->scheme != "https" && url->scheme != "http")) return {};
    Url server = *url;
    server.path = "/";
    return server.without_credentials();
}

class AftercareExaminer {
public:
    AftercareExaminer(const UpdateSettings& settings, Diagnosis& diagnosis)
        : settings_(settings), diagnosis_(diagnosis) {}

    // Checks the hooks and the connector's service. Asks systemd once for each service.
    void diagnose(const Observation& observation, const std::vector<HookProblem>& hooks);

private:
    const UpdateSettings& settings_;
    Diagnosis& diagnosis_;
    std::map<std::string, Result<std::vector<UnitState>>> services_;

    void diagnose_service(const UnitClaim& claim);
};

void AftercareExaminer::diagnose_service(const UnitClaim& claim) {
    auto asked = services_.find(claim.unit);
    if (asked == services_.end()) {
        asked = services_.emplace(claim.unit, unit_states({claim.unit}, settings_.systemd)).first;
    }
    const auto& states = asked->second;
    const Status loaded = states.ok() ? check_loaded(states->front()) : Status(states.error());
    if (!loaded.ok()) {
        const Error& error = loaded.error();
        diagnosis_.find({"service", claim.connector, error.message,
                         "its next update is blocked, as the service could not be restarted after it",
                         error.hint.empty() ? "systemctl status " + claim.unit : error.hint});
        return;
    }
    const Status may = may_restart(states->front(), claim, settings_.systemd.policy);
    if (may.ok()) return;
    diagnosis_.find({"service", claim.connector, may.error().message, "its next update fails", may.error().hint});
}

void AftercareExaminer::diagnose(const Observation& observation, const std::vector<HookProblem>& hooks) {
    const std::string& name = observation.connector.name;
    diagnosis_.look();
    for (const HookProblem& hook : hooks) {
        diagnosis_.find({"hook", name, hook.error.message,
                         hook.phase == HookPhase::pre_update
                             ? "its next update is blocked"
                             : "its next update is rolled back, unless it corrects this",
                         hook.error.hint.empty() ? "check [hooks] in the gupfile" : hook.error.hint});
    }
    const std::string& service = observation.gupfile.service;
    if (service.empty()) return;
    diagnosis_.look();
    diagnose_service({service, name, observation.owner});
}

class Examiner {
public:
    Examiner(const UpdateSettings& settings, const StatusDocument& status) : settings_(settings), status_(status) {}

    ConnectorDiagnosis make(const std::vector<Connector>& connectors, const RunEvents& events) {
        const auto observations = observe_all(connectors, settings_, events);
        std::vector<Examination> examinations(connectors.size());
        parallel_for(connectors.size(), settings_.parallel, [&](std::size_t i) {
            if (observations[i].error) return;
            events.tell(connectors[i].name, "examining its files");
            examinations[i] = examine(observations[i], settings_);
            events.tell(connectors[i].name, "");
        });
        for (std::size_t i = 0; i < connectors.size(); ++i) add(observations[i], examinations[i]);
        for (auto& [use, need] : needs_) survey_.needs.push_back(std::move(need));
        return {std::move(diagnosis_), std::move(survey_), std::move(answers_)};
    }

private:
    void add(const Observation& one, const Examination& examination) {
        const std::string& name = one.connector.name;
        if (one.error) {
            diagnosis_.look();
            diagnosis_.find(
                {"connector", name, one.error->message, "it is not updated",
                 one.error->hint.empty() ? "check that its owner can read everything there" : one.error->hint});
            return;
        }
        diagnose_gupfile(name, one.gupfile, diagnosis_);
        if (one.code.condition != CodeCondition::chosen_by_hand) diagnose_code(name, one.gupfile, one.code, diagnosis_);
        diagnose_packs(name, examination.piles, diagnosis_);
        diagnose_virtualenv(name, one.gupfile, one.virtualenv, examination.installer, diagnosis_);
        diagnose_access(name, examination.access, diagnosis_);
        note_groups(one, settings_, diagnosis_);
        aftercare_.diagnose(one, examination.hooks);
        diagnosis_.add(examination.stacks);
        add_held_pins(one);
        add_last_outcome(name);
        if (one.is_declared()) {
            diagnose_folder_around(name, examination.folder_around, display(one.connector.declared->source),
                                   diagnosis_);
        }
        add_remote(one, one.upstream.error ? one.upstream.error : examination.remote_error);
        add_needs(one, examination);
        note_unheeded(one);
        const UpdateTimes times = update_times(one, settings_);
        if (times.window.is_limited()) survey_.windows.emplace(name, times.window);
    }

    void add_last_outcome(const std::string& name) {
        const ConnectorStatus* entry = status_.find(name);
        if (entry == nullptr) return;
        diagnose_last_outcome(entry->report, last_seen(*entry, read_last_run(settings_.log)), diagnosis_);
    }

    void add_held_pins(const Observation& one) {
        const ConnectorStatus* entry = status_.find(one.connector.name);
        if (entry == nullptr) return;
        const UnixTime now = system_clock().now();
        auto held = in_force(entry->report.held_back, now);
        std::erase_if(held, [&](const HeldPin& pin) {
            const auto& pins = one.gupfile.pins;
            return std::none_of(pins.begin(), pins.end(),
                                [&](const Requirement& wanted) { return holds_back(pin, wanted); });
        });
        diagnose_held_pins(one.connector.name, held, now, diagnosis_);
    }

    void add_remote(const Observation& one, const std::optional<Error>& error) {
        if (one.code.condition != CodeCondition::ready) return;
        answers_.push_back({one.connector.name, host_of(one.code.remote_url), error});
        const std::string server = http_server(one.code.remote_url);
        if (server.empty()) return;
        auto& servers = survey_.http_servers;
        if (std::find(servers.begin(), servers.end(), server) == servers.end()) servers.push_back(server);
        if (!server.starts_with("https:")) return;
        survey_.any_https = true;
        if (error) survey_.all_https_answered = false;
    }

    // A linked work tree's configuration is in its repository, and is read only when it is one that is updated.
    void note_unheeded(const Observation& one) {
        const auto found = unheeded_settings(git_user(one), one.repository.git_folder());
        if (found.empty()) return;
        diagnosis_.note(
            fmt::format("{}: git has settings that the agent ignores: {}", one.connector.name, fmt::join(found, ", ")));
    }

    // pip keeps the old files until the new ones are installed, and unpacks in the temporary folder before.
    void add_needs(const Observation& one, const Examination& examination) {
        const bool has_pins = !one.gupfile.pins.empty();
        std::uint64_t bytes = examination.virtualenv.bytes;
        std::uint64_t files = examination.virtualenv.files;
        if (!one.virtualenv.present && settings_.create_virtualenv) {
            bytes = new_virtualenv_need.bytes;
            files = new_virtualenv_need.files;
        }
        if (has_pins && bytes > 0) {
            need({one.virtualenv.path, "virtualenvs", bytes, files});
            need({temporary_folder(settings_), "temporary files", bytes, files});
        }
        if (examination.repository.bytes > 0) {
            need({one.connector.path, "repositories", examination.repository.bytes, repository_files});
        }
    }

    // By use and device: the largest need of the connectors on one disk.
    void need(const SpaceNeed& wanted) {
        const auto system = file_system_of(wanted.place);
        if (!system.ok()) return;
        const auto [place, is_new] = needs_.try_emplace({wanted.use, system->device}, wanted);
        SpaceNeed& known = place->second;
        known.bytes = std::max(known.bytes, wanted.bytes);
        known.files = std::max(known.files, wanted.files);
    }

    const UpdateSettings& settings_;
    const StatusDocument& status_;
    Diagnosis diagnosis_;
    AftercareExaminer aftercare_{settings_, diagnosis_};
    ConnectorSurvey survey_;
    std::vector<RemoteAnswer> answers_;
    std::map<std::pair<std::string, std::uint64_t>, SpaceNeed> needs_;
};

}  // namespace

ConnectorDiagnosis examine_connectors(const std::vector<Connector>& connectors, const StatusDocument& status,
                                      const UpdateSettings& settings, const RunEvents& events) {
    return Examiner(settings, status).make(connectors, events);
}

}  // namespace gup
