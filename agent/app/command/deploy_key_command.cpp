// SPDX-License-Identifier: Apache-2.0
#include "app/command/deploy_key_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "app/command/commands.hpp"
#include "app/command/run_lock.hpp"
#include "app/config/network.hpp"
#include "app/output/output.hpp"
#include "app/output/print_text.hpp"
#include "commands/add.hpp"
#include "connector/connector_owner.hpp"
#include "connector/layout.hpp"
#include "core/declaration/connector_name.hpp"
#include "core/declaration/gupfile.hpp"
#include "host/owner.hpp"
#include "source/remote/ssh_deploy_key.hpp"
#include "update/supervise/owner_workers.hpp"
#include "util/json.hpp"
#include "util/log/log.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

// The connector and owner of a key.
struct Subject {
    std::string name;
    fs::path folder;  // the connector's; empty: not added yet
    Owner owner;
};

Result<Subject> find_subject(const CommandLine& line, const Config& config) {
    Subject subject;
    subject.name = line.names.front();
    const fs::path folder = config.update.root / subject.name;
    const bool is_connector =
        subject.name.find('/') == std::string::npos && !subject.name.starts_with('.') && is_file(folder / gupfile_name);
    // An existing connector has the name of its folder.
    if (is_connector) {
        subject.folder = folder;
    } else {
        GUP_CHECK(check_new_name(subject.name));
    }
    if (!line.add.owner.empty()) {
        GUP_TRY(subject.owner, find_owner(line.add.owner));
    } else {
        GUP_TRY(subject.owner, is_connector ? find_owner(config.update, subject.name) : owner_of_root(config.update));
    }
    return subject;
}

struct ProvidedKey {
    DeployKey key;
    KeyOrigin origin = KeyOrigin::was_there;
    std::string own_ssh;  // the setting that makes git use another ssh
};

Result<ProvidedKey> provide(const Subject& subject, const Config& config) {
    ProvidedKey provided;
    const fs::path keys = keys_folder(config.update.state);
    GUP_TRY(provided.origin, provide_deploy_key(keys, subject.name, {subject.owner.uid, subject.owner.gid}));
    const UpdateSettings settings = worker_settings(config, {});
    OwnerJob job{subject.owner, {subject.name}, {}, {}};
    job.work = [&](const UpdateSettings&, const RunEvents&) -> Result<nlohmann::json> {
        GUP_TRY(const DeployKey key, read_deploy_key(keys, subject.name));
        return nlohmann::json{{"file", key.file.string()},
                              {"public_line", key.public_line},
                              {"fingerprint", key.fingerprint},
                              {"own_ssh", own_ssh_setting(GitUser{subject.owner.home}, subject.folder)}};
    };
    GUP_TRY(const auto value, work_as_owner(settings, {}, std::move(job)));
    provided.key.file = text_member(value, "file");
    provided.key.public_line = text_member(value, "public_line");
    provided.key.fingerprint = text_member(value, "fingerprint");
    provided.own_ssh = text_member(value, "own_ssh");
    return provided;
}

void print_key(const Subject& subject, const ProvidedKey& provided) {
    const std::string line = printable(provided.key.public_line);
    print_text("{}\n\n", line);
    print_text("The deploy key of {}, {}. Its private half stays in\n{}.\n\n", printable(subject.name),
               provided.key.fingerprint, printable(provided.key.file.string()));
    print_text(
        "Put the line above\n"
        "  GitHub: into the repository's Settings > Deploy keys; without write access\n"
        "  GitLab: into the project's Settings > Repository > Deploy keys\n"
        "  your own server: into ~/.ssh/authorized_keys of the account that may read the repository, as\n"
        "    restrict,command=\"git-shell -c \\\"$SSH_ORIGINAL_COMMAND\\\"\" {}\n\n",
        line);
    if (subject.folder.empty()) {
        print_text("Then: gup-agent add git@HOST:PATH.git --name {}\n", printable(subject.name));
    } else {
        print_text("Then: gup-agent check {}\n", printable(subject.name));
    }
    if (!provided.own_ssh.empty()) {
        print_text("\nNote: {} is set, so that command is used as it is, and this key is not.\n", provided.own_ssh);
    }
}

}  // namespace

ExitCode deploy_key_command(const CommandLine& line, const Config& config) {
    const auto subject = find_subject(line, config);
    if (!subject.ok()) return report_error(line, subject.error());
    const std::string near = subject->folder.empty() ? nearest_connector(subject->name, config) : std::string{};
    if (!near.empty()) {
        print_text(stderr, "gup-agent: no connector is named {}: this key is for a new one\nhint: did you mean {}?\n",
                   printable(subject->name), printable(near));
    }
    const auto provided = provide(*subject, config);
    if (!provided.ok()) return report_error(line, provided.error());
    if (provided->origin == KeyOrigin::just_made) {
        log::info(subject->name, fmt::format("created its deploy key {} in {}", provided->key.fingerprint,
                                             provided->key.file.string()));
    }
    if (line.form == OutputForm::text) {
        print_key(*subject, *provided);
        return ExitCode::success;
    }
    print_json({{"schema", json_schema},
                {"name", subject->name},
                {"public_key", provided->key.public_line},
                {"fingerprint", provided->key.fingerprint},
                {"file", provided->key.file.string()},
                {"near", near},
                {"made", provided->origin == KeyOrigin::just_made},
                {"own_ssh", provided->own_ssh}});
    return ExitCode::success;
}

}  // namespace gup
