// SPDX-License-Identifier: Apache-2.0
#include "commands/add.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "connector/connector_owner.hpp"
#include "connector/declaration.hpp"
#include "core/declaration/connector_name.hpp"
#include "core/declaration/source_address.hpp"
#include "core/drift.hpp"
#include "core/short_id.hpp"
#include "deploy/install_pins.hpp"
#include "python/installer/create_virtualenv.hpp"
#include "source/git/clone.hpp"
#include "source/remote/ssh_deploy_key.hpp"
#include "source/remote/ssh_host_key.hpp"
#include "transaction/transaction.hpp"
#include "update/connector_command.hpp"
#include "update/connector_update.hpp"
#include "update/supervise/owner_workers.hpp"
#include "update/supervise/recover.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// A request that was checked on this gateway.
struct Checked {
    AddRequest request;
    Connector connector;
    Owner owner;
    fs::path virtualenv;
};

Error refused(ErrorCode code, std::string message, std::string hint = {}) {
    return {code, std::move(message), std::move(hint)};
}

Status check_url(const AddRequest& request) {
    GUP_TRY(const Url url, parse_url(request.url));
    GUP_CHECK(check_git_url(request.url));
    if (!url.fragment.empty() || !url.query.empty()) {
        return refused(ErrorCode::invalid_input, mask_secrets(request.url) + ": something follows the path",
                       "a branch is named with --branch");
    }
    if (!request.host_key.empty() && url.scheme != "ssh") {
        return refused(ErrorCode::invalid_input, mask_secrets(request.url) + " is not reached over SSH: no host key");
    }
    if (!request.host_key.empty() && !request.host_key.starts_with("SHA256:")) {
        return refused(ErrorCode::invalid_input, "a host key is named by its fingerprint, SHA256:…",
                       "ssh-keygen -lf shows it");
    }
    return {};
}

Result<Owner> owner_for(const UpdateSettings& settings, const std::string& user) {
    if (user.empty()) return owner_of_root(settings);
    GUP_TRY(Owner owner, find_owner(user));
    if (::geteuid() == 0 || ::geteuid() == owner.uid) return owner;
    return refused(ErrorCode::permission, "only root can add a connector of " + user);
}

Status check_places(const UpdateSettings& settings, const Checked& checked) {
    GUP_TRY(const auto folder, file_info(checked.connector.path, Follow::no));
    if (folder) {
        return refused(ErrorCode::conflict, checked.connector.path.string() + " already exists",
                       "choose another name with --name; gup-agent now NAME updates the existing connector");
    }
    const std::string& name = checked.connector.name;
    const VirtualenvLocation found = find_virtualenv(settings.root, name, checked.owner.home);
    GUP_TRY(const auto there, file_info(checked.virtualenv, Follow::no));
    if (found.present || there) {
        const fs::path& path = found.present ? found.path : checked.virtualenv;
        return refused(ErrorCode::conflict, fmt::format("the virtualenv {} already exists", path.string()),
                       "it may belong to something else: move it away, or choose another name with --name");
    }
    return {};
}

Result<Checked> check(const UpdateSettings& settings, const AddRequest& request) {
    Checked checked;
    checked.request = request;
    GUP_CHECK(check_url(request));
    if (request.name.empty()) {
        GUP_TRY(const Url url, parse_url(request.url));
        checked.connector.name = name_from_url(url);
    } else {
        checked.connector.name = request.name;
    }
    GUP_CHECK(check_new_name(checked.connector.name));
    checked.connector.path = settings.root / checked.connector.name;
    checked.virtualenv = settings.root / ".pyenv" / checked.connector.name;
    GUP_TRY(checked.owner, owner_for(settings, request.owner));
    GUP_CHECK(check_new_connector(settings, checked.connector.name, checked.owner));
    // A leftover of that name from a crash would be in the way.
    GUP_CHECK(recover_named(settings, checked.connector.name));
    GUP_CHECK(check_places(settings, checked));
    GUP_CHECK(
        give_deploy_key(keys_folder(settings.state), checked.connector.name, {checked.owner.uid, checked.owner.gid}));
    return checked;
}

std::string random_suffix() {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    std::random_device device;
    std::uniform_int_distribution<std::size_t> any(0, letters.size() - 1);
    std::string suffix(8, ' ');
    std::generate(suffix.begin(), suffix.end(), [&] { return letters[any(device)]; });
    return suffix;
}

class Adder {
public:
    Adder(const UpdateSettings& settings, const Checked& checked, const RunEvents& events)
        : settings_(settings),
          checked_(checked),
          events_(events),
          command_(settings, events, checked.connector.name, "not added") {
        user_.home = checked.owner.home;
        user_.connector = checked.connector.name;
        command_.save_when_done();  // so that status knows it before its first night
    }

    RunReport run() {
        const Status done = add();
        RunReport run = command_.end(done);
        run.interrupted = stop_requested() && !done.ok();
        run.signal = run.interrupted ? stop_signal() : 0;
        return run;
    }

private:
    Status add() {
        const fs::path& root = settings_.root;
        GUP_TRY(Transaction transaction, Transaction::begin_now({settings_.state,
                                                                 checked_.connector.name,
                                                                 checked_.owner,
                                                                 user_,
                                                                 {root, root / ".pyenv", root / generations_name}},
                                                                "add"));
        Status done = make(transaction);
        if (done.ok() && stop_requested()) done = Error{ErrorCode::cancelled, "stopped", {}};
        if (done.ok()) done = publish(transaction);
        if (!done.ok()) return transaction.fail(std::move(done).error());
        transaction.end();
        added_.name = checked_.connector.name;
        command_.report() = added_;
        for (const std::string& action : actions_) command_.add_action(action);
        return {};
    }

    Status make(Transaction& transaction) {
        GUP_TRY(const RemoteBranch branch, find_branch(transaction));
        GUP_CHECK(make_hidden_folder(transaction));
        GUP_CHECK(clone({checked_.request.url, hidden_, branch, settings_.clone}));
        GUP_CHECK(transaction.create_parents(checked_.virtualenv.parent_path(), settings_.root));
        GUP_CHECK(transaction.create_folder(checked_.virtualenv));
        return install_all();
    }

    // An empty folder of the owner's, hidden from scan. Only the owner can enter it.
    Status make_hidden_folder(Transaction& transaction) {
        const std::string name = fmt::format(".gup-add-{}.{}", checked_.connector.name, random_suffix());
        GUP_CHECK(transaction.create_folder(settings_.root / name));
        hidden_ = settings_.root / name;
        GUP_TRY(const auto info, file_info(hidden_, Follow::no));
        if (!info) return Error{ErrorCode::io, hidden_.string() + " is gone", {}};
        mode_ = info->mode;
        return set_mode(mode_ & S_IRWXU);
    }

    Status publish(Transaction& transaction) {
        GUP_CHECK(set_mode(mode_));
        if (!has_gupfile_) GUP_CHECK(write_own_gupfile(transaction));
        GUP_CHECK(sync_file_system(hidden_));
        return transaction.publish(hidden_, checked_.connector.path);
    }

    [[nodiscard]] Status set_mode(std::uint32_t mode) const {
        if (::chmod(hidden_.c_str(), mode) == 0) return {};
        return errno_error(errno, "cannot set the mode of " + hidden_.string());
    }

    Result<RemoteBranch> find_branch(Transaction& transaction) {
        const std::string& url = checked_.request.url;
        events_.tell(checked_.connector.name, asking_remote);
        if (!checked_.request.host_key.empty()) GUP_CHECK(trust_host(transaction));
        auto branch = ask();
        if (branch.ok() || !is_unknown_host_key(branch.error())) return branch;
        const std::string own = own_ssh_setting(user_, {});
        if (!own.empty()) {
            return branch.error().with_context(
                fmt::format("{} selects the ssh command for {}", own, mask_secrets(url)));
        }
        GUP_CHECK(trust_host(transaction));
        return ask();
    }

    Result<RemoteBranch> ask() { return find_remote_branch(checked_.request.url, checked_.request.branch, user_); }

    // First contact: the host must show this key from now on.
    Status trust_host(Transaction& transaction) {
        GUP_TRY(const std::vector<HostKey> keys, scan_host_keys(checked_.request.url, user_));
        const std::string& wanted = checked_.request.host_key;
        const auto key = std::find_if(keys.begin(), keys.end(),
                                      [&](const HostKey& one) { return wanted.empty() || one.fingerprint == wanted; });
        if (key == keys.end()) {
            return Error{ErrorCode::authentication,
                         fmt::format("no host key is {}; the host has {}", wanted, keys.front().display()),
                         "someone may be intercepting the connection: ask the host's operator for the fingerprint"};
        }
        const fs::path file = known_hosts_file(settings_.state);
        GUP_TRY(const bool pinned, is_pinned(file, key->line()));
        if (pinned) return {};
        GUP_CHECK(transaction.trust_host_key(file, key->line()));
        actions_.push_back(fmt::format("trusted the host key {} from now on, in {}", key->display(), file.string()));
        return {};
    }

    [[nodiscard]] ProgressCallback progress(const char* what) const {
        return [this, what](const TransferProgress& progress) {
            events_.tell(checked_.connector.name, Activity{what, progress.bytes, Milliseconds{0}});
        };
    }

    Status clone(const CloneRequest& clone) {
        GUP_TRY(const std::string commit, clone_repository(clone, user_, progress("cloning")));
        GUP_CHECK(read_declaration(clone, commit));
        events_.tell(checked_.connector.name, "checking out " + short_id(commit));
        GUP_CHECK(check_out_clone(clone, commit, user_, progress("cloning submodules")));
        added_.branch = clone.branch.name;
        added_.commit = commit;
        added_.requirements = gupfile_.requirements;
        const std::string owner =
            checked_.owner.name.empty() ? std::to_string(checked_.owner.uid) : checked_.owner.name;
        actions_.push_back(fmt::format("cloned {}, branch {} at {}, as {}", mask_secrets(clone.url), clone.branch.name,
                                       short_id(commit), owner));
        return {};
    }

    // Before the checkout: checks that it is a connector, and that `now` will update it.
    Status read_declaration(const CloneRequest& clone, const std::string& commit) {
        GUP_TRY(const GitRepository repository, GitRepository::open(clone.folder, user_));
        DeclarationPlace place = declaration_place(settings_, checked_.connector.name, checked_.owner);
        if (!checked_.request.requirements.empty()) place.options.requirements = checked_.request.requirements;
        GUP_TRY(Declaration declaration, declaration_at(repository, commit, place));
        const std::string where = fmt::format("branch {} of {}", clone.branch.name, mask_secrets(clone.url));
        if (declaration.gupfile.is_missing) {
            return refused(ErrorCode::invalid_input,
                           where + " has no gupfile and no requirements file: it is not a connector",
                           "add one to the repository (it may be empty), or name another branch with --branch");
        }
        GUP_CHECK(check_choice(declaration, where));
        has_gupfile_ = declaration.has_gupfile();
        gupfile_ = std::move(declaration.gupfile);
        GUP_CHECK(require_usable(gupfile_, where));
        if (!gupfile_.branch.empty() && gupfile_.branch != clone.branch.name) {
            return refused(ErrorCode::invalid_input,
                           fmt::format("the gupfile of {} asks for branch {}", where, gupfile_.branch),
                           "--branch " + gupfile_.branch);
        }
        return {};
    }

    // A repository's gupfile is in force, whatever the operator chose when it was added.
    [[nodiscard]] Status check_choice(const Declaration& declaration, const std::string& where) const {
        const std::string& chosen = checked_.request.requirements;
        if (chosen.empty() || !declaration.has_gupfile()) return {};
        return refused(ErrorCode::invalid_input, fmt::format("{} has a gupfile, which names its packages", where),
                       fmt::format("leave out --requirements; or set requirements = \"{}\" below its [[connector]] in "
                                   "gup-agent.toml",
                                   chosen));
    }

    // Next to its generations, so that nothing is in the way of a gupfile that the repository gets one day.
    Status write_own_gupfile(Transaction& transaction) {
        const fs::path folder = settings_.root / generations_name / checked_.connector.name;
        const fs::path file = own_gupfile(folder);
        GUP_CHECK(transaction.create_parents(folder, settings_.root));
        GUP_TRY(const auto there, file_info(file, Follow::no));
        if (there) GUP_CHECK(transaction.remove_folder(file));
        GUP_CHECK(transaction.log_file(file));
        GUP_CHECK(write_file_atomically(file, own_gupfile_text(checked_.request.requirements)));
        actions_.push_back(declared_by(gupfile_.requirements));
        return {};
    }

    Status install_all() {
        const fs::path& path = checked_.virtualenv;
        events_.tell(checked_.connector.name, "creating its virtualenv");
        InstallerSettings installer = settings_.installer;
        installer.home = checked_.owner.home;
        GUP_CHECK(create_virtualenv(path, settings_.interpreter, installer));
        actions_.push_back(display_done(Step{CreateVirtualenv{path.string()}}));
        GUP_TRY(auto virtualenv, inspect_virtualenv({true, path}));
        InstallPins step{find_drift(gupfile_, virtualenv)};
        // Its folder has another name until all is there. The first update installs it.
        std::erase_if(step.pins, [](const Drift& one) { return is_own_folder(one.requirement); });
        if (!step.pins.empty()) {
            const VirtualenvOwner owner{checked_.connector.name, checked_.owner.home, path};
            Installed installed = install(step, {gupfile_, owner, virtualenv}, settings_.installer, events_);
            GUP_CHECK(require_all_pins(installed.failures, "correct its declaration, then add it again"));
            virtualenv = std::move(installed.virtualenv);
            actions_.insert(actions_.end(), installed.actions.begin(), installed.actions.end());
        }
        added_.pins = pin_states(gupfile_, virtualenv);
        return sync_file_system(path);
    }

    const UpdateSettings& settings_;
    const Checked& checked_;
    const RunEvents& events_;
    GitUser user_;
    fs::path hidden_;         // becomes the connector's folder
    std::uint32_t mode_ = 0;  // that it has then
    Gupfile gupfile_;
    bool has_gupfile_ = true;
    ConnectorCommand command_;
    ConnectorReport added_;
    std::vector<std::string> actions_;  // told once it is there
};

}  // namespace

fs::path known_hosts_file(const fs::path& state) {
    return state / "known_hosts";
}

fs::path keys_folder(const fs::path& state) {
    return state / "keys";
}

Result<RunReport> run_add(const UpdateSettings& settings, const AddRequest& request, const RunEvents& events) {
    GUP_TRY(const Checked checked, check(settings, request));
    OwnerJob job{checked.owner, {checked.connector.name}, {}, {}};
    job.may_trust_hosts = true;
    return run_as(settings, events, std::move(job),
                  [&](const UpdateSettings& own, const RunEvents& told) -> Result<RunReport> {
                      const log::ConnectorScope scope(checked.connector.name);
                      return Adder(own, checked, told).run();
                  });
}

}  // namespace gup
