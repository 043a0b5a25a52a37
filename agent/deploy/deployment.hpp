// SPDX-License-Identifier: Apache-2.0
// One connector's move to another generation of code and virtualenv, in the phases that all connectors of a run go
// through together (update/verify). No generation is activated before all are staged, and a service that two connectors
// name is restarted once.
//
//   stage        makes the new generation next to the old one; the journal is open from here on
//   activate     hooks.pre_update, the switch, hooks.post_update
//   (update/verify restarts the services of all, and checks the health of all)
//   commit       the new generation stays; or
//   roll_back    the old generation is there again; what runs is restarted under the journal; then end
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "core/plan.hpp"
#include "core/report.hpp"
#include "core/revision.hpp"
#include "deploy/install_pins.hpp"
#include "deploy/stacks/stack_deployment.hpp"
#include "source/code_tree.hpp"
#include "transaction/transaction.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class CodeChange : std::uint8_t { none, submodules, fast_forward, revision };

// Another revision of a declared connector's source.
struct RevisionMove {
    Revision revision;
    std::optional<Generation> installed;   // a release of it, which was left once
    std::shared_ptr<const CodeTree> tree;  // its files; empty: they are opened where they were fetched
};

struct ReleaseBuild;

struct DeploymentRequest {
    const Observation& observation;
    const Gupfile& gupfile;                // of the new generation
    const ObservedVirtualenv& virtualenv;  // as it is before
    CodeChange code = CodeChange::none;
    std::optional<FastForward> move{};  // for fast_forward; `to` may also be an ancestor
    std::optional<CreateVirtualenv> create{};
    std::optional<InstallPins> install{};
    std::optional<Generation> back_to{};     // nothing is staged: its virtualenv is switched to
    std::optional<RevisionMove> revision{};  // for revision
    std::optional<RemovePackages> remove{};  // from the new virtualenv, after `install`
    std::optional<Layout> layout{};          // of the new generation; nullopt: that of the observation
    const ReleaseBuild* again = nullptr;     // the enabled release, which is made anew
    bool stacks = false;                     // its stacks are looked at

    // Whether the code becomes another.
    [[nodiscard]] bool moves_code() const { return move || revision; }
};

// The generation that is about to run, for hooks and health checks.
struct StagedGeneration {
    std::string id;
    fs::path folder;         // <root>/.gup/<name>/<id>
    std::string virtualenv;  // by its own path; empty: none
    std::string from_commit;
    std::string commit;
    fs::path code;         // the folder with its code; empty, as the next: the connector's own, for both generations
    fs::path code_before;  // that of the generation before it; in place a copy for hooks, until the end
    fs::path local;        // a plain folder that is kept as the code is; empty, as the next: none
    fs::path next;         // its next content, and from the switch on the old one
};

// Each may be empty. Called as the connector's owner. `rolled_back` is called after a failed post_update, when the old
// generation is active again.
struct DeploymentHooks {
    std::function<Status(const StagedGeneration&)> pre_update;   // fails: blocked, nothing was changed
    std::function<Status(const StagedGeneration&)> post_update;  // fails: rolled back
    std::function<void(const StagedGeneration&)> rolled_back;
    std::function<bool()> compares;  // whether hooks after the switch may compare the code with that before
};

// After an end with an error the old generation is active.
enum class DeploymentEnd : std::uint8_t {
    nothing,  // nothing could be changed, as `failures` say
    committed,
    failed,
    blocked,      // by pre_update
    rolled_back,  // by post_update, or by the caller of roll_back
};

// The outcome in a report for an end with an error.
[[nodiscard]] Outcome outcome_of(DeploymentEnd end) noexcept;

struct DeploymentResult {
    DeploymentEnd end = DeploymentEnd::nothing;
    std::optional<Error> error;        // of failed, blocked, rolled_back
    std::string generation;            // when committed
    std::optional<Error> stage_error;  // why there is no new virtualenv, although the code may have moved
    std::vector<std::string> actions;  // what the new virtualenv brought; empty unless committed
    std::vector<PinFailure> failures;  // pins that are not satisfied
    ObservedVirtualenv virtualenv;     // as it is afterwards, under the path that people know
};

// Every call as the connector's owner. The phases are the same in both layouts, which differ in where code is.
class Deployment {
public:
    virtual ~Deployment() = default;
    Deployment(const Deployment&) = delete;
    Deployment& operator=(const Deployment&) = delete;

    // Whether there is something to switch; when not, all is over, as result() says.
    [[nodiscard]] bool stage();
    // Whether it is switched, and to be committed or switched back; when not, all is over, as result() says.
    [[nodiscard]] bool activate(const DeploymentHooks& hooks);
    // Discards the staged generation: result() has `cause`.
    void drop(Error cause) { (void)fail(std::move(cause), DeploymentEnd::failed); }

    [[nodiscard]] const StagedGeneration& staged() const { return generation_; }
    // The stacks that are switched; nullptr: none.
    [[nodiscard]] const StackDeployment* stacks() const {
        return stacks_ && stacks_->has_change() ? &*stacks_ : nullptr;
    }
    // The service is restarted next. Only recovery after a crash reads it: roll_back does nothing about it.
    [[nodiscard]] Status log_restart(const std::string& unit, const std::string& boot_id);
    // Removes what is not needed any more, and ends. After a failure the new generation is still active: roll it back.
    [[nodiscard]] Status commit();
    // The journal stays open, until end(), for what is done after it. Whatever could not be undone is in result(),
    // which begins with `cause`; then the journal stays for good.
    void roll_back(Error cause, DeploymentEnd end);
    void end();

    [[nodiscard]] DeploymentResult& result() { return result_; }

protected:
    // All of them outlive it.
    Deployment(const DeploymentRequest& request, const UpdateSettings& settings, const RunEvents& events);

    // The steps that differ between the layouts. Makes the new generation; the journal is open before the first change.
    [[nodiscard]] virtual Status prepare() = 0;
    [[nodiscard]] virtual bool has_change() const = 0;
    [[nodiscard]] virtual Status switch_all() = 0;
    // The last writing before the commit.
    [[nodiscard]] virtual Status record() { return {}; }
    // Before the switch: a copy of the code, where it is replaced.
    virtual void keep_code_before() {}
    // After the commit: fills result() with the new state.
    virtual void describe() = 0;
    // Removes generations beyond update.keep, after the commit and before the journal ends, or after its end.
    virtual void prune() const {}
    virtual void prune_after_end() const {}

    [[nodiscard]] Status roll_back_steps();
    // Where the new generation's compose files are, and the folder of all generations.
    [[nodiscard]] virtual StackRevision stack_source() const = 0;
    [[nodiscard]] virtual fs::path generations() const = 0;
    // False.
    bool fail(Error cause, DeploymentEnd how);

    const DeploymentRequest& request_;
    const Observation& observation_;  // of the request
    const UpdateSettings& settings_;
    const RunEvents& events_;
    StagedGeneration generation_;
    DeploymentResult result_;
    std::optional<Transaction> transaction_;  // nullopt before the first change
    std::optional<StackDeployment> stacks_;

private:
    [[nodiscard]] Status stage_stacks();

    bool stays_open_ = false;  // what could not be undone is recovery's
};

}  // namespace gup
