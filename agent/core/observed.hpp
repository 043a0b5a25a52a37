// SPDX-License-Identifier: Apache-2.0
// The observed state as values: the work tree, and the distributions of a virtualenv.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/packaging/marker.hpp"

namespace gup {

// Whether the connector's code can follow its upstream, and if not, why. Each reason has its own outcome and hint.
enum class CodeCondition : std::uint8_t {
    ready,
    not_a_repository,  // the folder does not have its own repository
    bare,
    corrupt,
    unreadable,  // not damaged: a mistake in git's configuration, no rights, a file that is too long
    unborn_branch,
    detached_head,
    no_upstream,        // no remote, or the branch follows nothing
    wrong_branch,       // the gupfile names a branch that is not checked out
    operation_pending,  // a merge, rebase, cherry-pick, bisect … is in progress
    index_locked,       // .git/index.lock
    chosen_by_hand,     // a release that does not come from the followed branch: an operator enabled it
};

struct ObservedCode {
    CodeCondition condition = CodeCondition::ready;
    std::string detail;           // details for conditions other than ready
    std::string commit;           // HEAD, 40 hex digits; empty when unborn
    std::string branch;           // short name; empty when detached
    std::string remote;           // its name, e.g. "origin"
    std::string remote_url;       // with credentials: never log it unmasked
    std::string upstream_ref;     // on the remote: "refs/heads/main"
    std::string tracking_ref;     // locally: "refs/remotes/origin/main"
    std::string tracking_commit;  // its commit; empty if it does not exist
    std::string source;           // of a connector with a source (core/declaration/source_address), for people
    bool shallow = false;
    bool submodules_differ = false;  // a submodule is missing or not at the recorded commit
    std::string hint{};              // the way out, if the condition's own one does not fit
};

// An installed distribution: its origin and state.
enum class DistributionForm : std::uint8_t {
    dist_info,
    egg_info,
    egg_link,
    egg,
};

struct Distribution {
    std::string name;  // from its metadata
    std::string version;
    DistributionForm form = DistributionForm::dist_info;
    std::string location;  // path of the dist-info (or egg…), for messages
    bool editable = false;
    bool system = false;    // seen through include-system-site-packages
    std::string url;        // direct_url.json: url; empty: from an index
    std::string commit_id;  // direct_url.json: vcs_info.commit_id
    std::string requested_revision;
    bool requested =
        false;           // by a person or a pin, not only by another distribution. Only read for a broken virtualenv
    std::string defect;  // empty: sound. Else why it does not count as installed ("no METADATA", "interrupted install:
                         // RECORD has no INSTALLER row", …)
    std::vector<std::string> dependencies{};  // its Requires-Dist headers as written, or those of requires.txt
    std::vector<std::string> extras{};        // its Provides-Extra headers as written
};

enum class VirtualenvDefect : std::uint8_t {
    none,
    out_of_reach,  // this user may not see its interpreter
    incomplete,    // pyvenv.cfg or site-packages are missing
    cannot_run,    // no program can be started with its interpreter
};

struct ObservedVirtualenv {
    bool present = false;
    std::string path;                         // of the virtualenv; if absent: where it would be created
    std::string python;                       // <path>/bin/python
    std::string python_version{};             // "3.11"; empty: absent or unknown
    std::string python_full_version{};        // "3.11.2" of pyvenv.cfg; "3.11" if only that is known
    std::string implementation{};             // "cpython", "pypy", …; empty: absent or unknown
    MarkerEnvironment markers{};              // of its Python and this machine; without its Python if that is unknown
    std::vector<Distribution> distributions;  // sorted by normalized name
    std::vector<std::string> leftovers;       // "~name…" folders of an interrupted pip, full paths
    std::vector<std::string> unreadable;      // files whose metadata is not UTF-8: every pip command will fail on them
    // The connector's folder under the paths that lead to it: what installs the folder itself has to lead into one of
    // them. Empty: any folder will do.
    std::vector<std::string> own_folders{};
    bool sees_system = false;  // include-system-site-packages
    VirtualenvDefect defect_kind = VirtualenvDefect::none;
    std::string defect;  // e.g. "the interpreter is gone: bin/python -> /usr/bin/python3.9"
};

}  // namespace gup
