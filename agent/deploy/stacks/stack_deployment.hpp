// SPDX-License-Identifier: Apache-2.0
// The part of a deployment that is about stacks: units, images, secrets and networks. They change place together with the
// connector's code, under the same transaction.
//
//   stage        reads and renders the compose files of the new revision, brings the images, and lets the machine's own
//                Quadlet try the units; nothing that runs has changed
//   activate     stops what goes, exchanges the folder of units, makes systemd read it
//   start        one restart of what changed, and of what depends on it
//   roll_back    (the transaction puts the folder back) the units that ran before run again
//   finish       what no generation needs any more is removed
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/stacks.hpp"
#include "core/stack/stack_plan.hpp"
#include "core/stack/stack_set.hpp"
#include "transaction/transaction.hpp"
#include "util/result.hpp"

namespace gup {

// Where the new generation's compose files are.
struct StackRevision {
    fs::path folder;      // of the code; empty: in `commit` of the connector's repository
    std::string commit;   // also for the key
    fs::path kept;        // a copy of a generation's units, which is used as it is; empty, or missing: none
    fs::path repository;  // that has `commit`; empty: the connector's own
};

// The folder in a generation that has the copy of its units.
inline constexpr const char* kept_units_name = ".gup-units";

// All of them outlive a deployment.
struct StackContext {
    const Observation& observation;
    const Gupfile& gupfile;  // of the new generation
    const UpdateSettings& settings;
    const RunEvents& events;
};

// What a deployment would change, for people; empty: nothing. Changes nothing, and pulls no image.
[[nodiscard]] Result<std::string> preview_stacks(const StackContext& context, const StackRevision& source);

class StackDeployment {
public:
    explicit StackDeployment(const StackContext& context);

    // Fails when a compose file is wrong, a power is not allowed, an image is not available, or Quadlet refuses a unit.
    [[nodiscard]] Status stage(const StackRevision& source, const std::string& generation);
    // Whether units are exchanged, or removed from a place where they may not be any more.
    [[nodiscard]] bool has_change() const { return has_change_ || !observation_.stacks.left.empty(); }
    [[nodiscard]] Status activate(Transaction& transaction);
    // Fails when a unit does not come up within `limit`.
    [[nodiscard]] Status start(Milliseconds limit) const;
    // The restarted containers that systemd does not know to be healthy: they are watched.
    [[nodiscard]] std::vector<std::string> watched() const;
    [[nodiscard]] const StackSite& site() const { return *site_; }
    // Before the transaction is rolled back, and after it.
    void stop_new() const;
    void bring_back() const;
    // What was staged, and is not used.
    void drop() const;
    // Before the commit: a copy of the units, for a later rollback. Does nothing when there are none.
    [[nodiscard]] Status keep_in(const fs::path& generation) const;
    void finish(const fs::path& generations) const;

    // "updated services gw (services/gw/compose.yaml)".
    [[nodiscard]] std::vector<std::string> display_done() const;
    [[nodiscard]] const StackRecord& record() const { return next_; }

private:
    friend Result<std::string> preview_stacks(const StackContext& context, const StackRevision& source);
    enum class Images : bool { known, all };
    [[nodiscard]] Status make_set(const StackRevision& source, const std::string& generation, Images images);
    [[nodiscard]] fs::path downloads() const;  // parts of images
    [[nodiscard]] Status take_kept(std::vector<UnitFolderFile> files);
    [[nodiscard]] Result<std::optional<std::vector<UnitFolderFile>>> find_kept(const fs::path& folder) const;
    [[nodiscard]] bool belongs_to_another() const;
    [[nodiscard]] Status note_kept();
    [[nodiscard]] Status check_rights() const;
    [[nodiscard]] Status check_powers() const;
    [[nodiscard]] Status check_containers() const;
    [[nodiscard]] Status check_names() const;
    [[nodiscard]] Status bring_secrets() const;
    [[nodiscard]] Status stage_folder();
    [[nodiscard]] Status log_restarts(Transaction& transaction);
    [[nodiscard]] Status stop_old() const;
    [[nodiscard]] Status leave_places();
    [[nodiscard]] std::vector<UnitClaim> claims_of(const std::vector<std::string>& units) const;

    const Observation& observation_;
    const Gupfile& gupfile_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    const StackSettings& stacks_;
    std::optional<StackSite> site_;
    StackRecord running_;
    StackRecord next_;
    std::vector<UnitFolderFile> files_;
    std::vector<StackSecret> secrets_;
    StackPlan plan_;
    std::vector<std::string> ran_;         // units that ran before, and are stopped or restarted
    std::vector<std::string> dependents_;  // of them: those that are not of the connector
    std::vector<std::string> removed_;     // from places that are left, for people
    bool has_change_ = false;
    bool is_staged_ = false;
    bool is_exchanged_ = false;
};

}  // namespace gup
