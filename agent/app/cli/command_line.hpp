// SPDX-License-Identifier: Apache-2.0
// The arguments of the program. Names and exit codes are stable: scripts and cron depend on them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/services_request.hpp"
#include "commands/add.hpp"
#include "commands/adopt.hpp"
#include "commands/import_install_py.hpp"
#include "core/release_order.hpp"
#include "core/report.hpp"
#include "util/result.hpp"

namespace gup {

enum class Command : std::uint8_t {
    run,
    now,
    daemon,
    check,
    status,
    recover,
    rollback,
    release_install,
    release_enable,
    release_list,
    release_prune,
    adopt,
    add,
    deploy_key,
    doctor,
    self_update,
    self_test,
    deploy,
    import_repo_deploy,
    lint,
    init,
    schema,
    reference,
    import_install_py,
    history,
    hold,
    unhold,
    logs,
    remove,
    list,
    completion,
    complete,  // hidden: names and ids for the completions of the shells
    help,
    demo,
    support,
    self_uninstall,
    services_convert,
    services_determine,
    services_generate,
    services_pull,
    services_restart,
    services_status,
    services_manage,
    import_script,
    version
};
enum class OutputForm : std::uint8_t { text, json };
// quiet: prints nothing if nothing happened and no terminal is there.
enum class Verbosity : std::uint8_t { quiet, normal, verbose };
enum class ColourChoice : std::uint8_t { automatic, always, never };
enum class UpdateMode : std::uint8_t { install, check };

enum class Quarantine : std::uint8_t { heed, retry };

// For deploy and import repo-deploy, in repo-deploy's form. Empty: the value of its file.
struct DeployRequest {
    std::string remote;
    std::string local;
    std::string directory;  // as before 1.0: `local` is its subfolder "current"
    std::string identity;   // as before 1.0: a folder, or an archive, of the remote
    std::string cache;
    bool fetches_once = false;  // -f: no schedule
};

enum class LintForm : std::uint8_t { text, json, sarif };

struct LintRequest {
    std::vector<std::filesystem::path> paths;  // empty: the working folder
    LintForm form = LintForm::text;            // --json gives json, too
};

struct NewGupfile {
    std::filesystem::path folder;  // empty: the working folder
    std::filesystem::path from;    // what its pins come from; empty: what the folder has
};

struct HoldRequest {
    std::string span;   // "7d"
    std::string until;  // "2026-12-24"
    std::string reason;
};

struct RemovalOptions {
    bool keeps_data = false;
    bool is_confirmed = false;
    bool is_forced = false;
};

struct CommandLine {
    Command command = Command::version;
    std::vector<std::string> names;
    std::string generation;                           // of rollback
    std::string from;                                 // of release install and enable: a folder or a revision
    std::string version;                              // of them: the release's id
    bool replaces = false;                            // of release install: a release of that id that differs
    ReleaseOrder release_order = ReleaseOrder::time;  // of release list
    std::optional<std::size_t> keep;                  // of release prune
    AdoptInto adopt_into = AdoptInto::releases;
    bool resident = false;             // a run that the daemon has started
    std::filesystem::path pre_hooks;   // of run, now and deploy; empty: as configured
    std::filesystem::path post_hooks;  // the same
    Quarantine quarantine = Quarantine::heed;
    AddRequest add;  // of deploy_key only the owner
    DeployRequest deploy;
    LintRequest lint;
    NewGupfile init;
    std::string schema_of;     // of schema: "gupfile" or "gup-agent.toml"
    std::string reference_of;  // of reference: "commands", "configuration" or "gupfile"
    std::string shell;         // of completion: "bash", "zsh" or "fish"
    std::string kind;          // of complete: "connectors", "generations" or "releases"
    ImportRequest import;
    std::filesystem::path support_file;  // of support; empty: a name with host and time in the working folder
    bool purges = false;                 // of self-uninstall: configuration and keys, too
    bool is_certain = false;             // of self-uninstall: do it; false: only show it
    std::filesystem::path demo_folder;   // of demo; empty: gup-agent-demo in the working folder
    bool judges = false;                 // of status: the exit code tells the state
    bool lists = false;                  // of rollback: only show the generations
    HoldRequest hold;                    // of hold
    RemovalOptions removal;              // of remove
    bool follows = false;                // of logs
    std::string since;                   // of logs: a span or a date
    std::optional<std::size_t> lines;    // of logs and history: at most so many, 0: all
    ServicesRequest services;            // of the family "services"
    std::filesystem::path config;
    std::filesystem::path root;
    OutputForm form = OutputForm::text;
    Verbosity verbosity = Verbosity::normal;
    ColourChoice colour = ColourChoice::automatic;
    UpdateMode update_mode = UpdateMode::install;  // of self-update
    std::vector<std::string> arguments;            // all arguments, unchanged
    std::filesystem::path on_behalf_of;            // see selfupdate/self_update.hpp; empty: a normal start
};

// Either the parsed line, or, for help, a text for standard output, or the error of a wrong line.
struct ParsedLine {
    CommandLine line;  // of a wrong line: only the form of its output
    std::string text;
    std::optional<Error> error;
    std::optional<ExitCode> exit;  // set with `text` and `error`
};
// `columns`: of the terminal that shows the text.
[[nodiscard]] ParsedLine parse_command_line(int argc, const char* const* argv, std::size_t columns = 80);

}  // namespace gup
