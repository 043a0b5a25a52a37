// One connector's move to another pair of code and virtualenv, in the phases that all connectors of a run go through
// together (update/settle): what is staged for one is not switched before the others are staged, and a service that two
// of them name is restarted once.
//
//   stage        the new pair is made beside the old one; the journal is open from here on
//   switch_over  hooks.before_switch, the switch, hooks.after_switch
//   (the services of all are restarted, the health of all is looked at)
//   commit       from here on it is the new pair; or
//   switch_back  the old pair is there again, and what runs is put in order, under the journal still; then end
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/generation.hpp"
#include "core/journal_format.hpp"
#include "core/plan.hpp"
#include "core/report.hpp"
#include "deploy/install_pins.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class CodeChange : std::uint8_t { none, submodules, fast_forward };

struct PairRequest {
    const Observation& observation;
    const Gupfile& gupfile;                  // that counts afterwards
    const ObservedEnvironment& environment;  // as it is before
    CodeChange code = CodeChange::none;
    std::optional<FastForward> move;  // for fast_forward; `to` may also be an ancestor
    std::optional<CreateEnvironment> create;
    std::optional<InstallPins> install;
    std::optional<Generation> back_to;  // nothing is staged: its virtualenv is switched to
};

// What is about to run, for those who take part in the switch.
struct StagedPair {
    std::string generation;   // its id
    fs::path folder;          // <root>/.gup/<name>/<id>
    std::string environment;  // the virtualenv of the pair, by its own path; empty: none
    std::string from_commit;
    std::string commit;
    fs::path code;         // the folder with its code; empty, as the next: the connector's own, which both have
    fs::path code_before;  // that of the pair before it, which is there still
    fs::path local;        // a plain folder that is kept as the code is; empty, as the next: none
    fs::path beside;       // its next content, and from the switch on the old one
};

// Each may be empty. Called as the connector's owner. `switched_back` after a failed after_switch, when the old pair is
// there again.
struct PairHooks {
    std::function<Status(const StagedPair&)> before_switch;  // fails: blocked, nothing was changed
    std::function<Status(const StagedPair&)> after_switch;   // fails: rolled back
    std::function<void(const StagedPair&)> switched_back;
};

enum class PairEnd : std::uint8_t {
    nothing,  // nothing could be changed, as `failures` say
    committed,
    failed,       // the old pair is there
    blocked,      // the old pair is there, by before_switch
    rolled_back,  // the old pair is there again, by after_switch or who called switch_back
};

// What a report says of an end with an error.
[[nodiscard]] Outcome outcome_of(PairEnd end) noexcept;

struct PairResult {
    PairEnd end = PairEnd::nothing;
    std::optional<Error> error;        // of failed, blocked, rolled_back
    std::string generation;            // when committed
    std::optional<Error> stage_error;  // why there is no new virtualenv, although the code may have moved
    std::vector<std::string> actions;  // what the new virtualenv brought; empty unless committed
    std::vector<PinFailure> failures;  // pins that are not satisfied
    ObservedEnvironment environment;   // as it is afterwards, under the path that people know
};

// Every call as the connector's owner. What the layouts have of their own is virtual.
class PairSwitch {
public:
    virtual ~PairSwitch() = default;
    PairSwitch(const PairSwitch&) = delete;
    PairSwitch& operator=(const PairSwitch&) = delete;

    // Whether there is something to switch; when not, all is over, as result() says.
    [[nodiscard]] virtual bool stage() = 0;
    // Whether it is switched, and to be committed or switched back; when not, all is over, as result() says.
    [[nodiscard]] bool switch_over(const PairHooks& hooks);
    // What was staged is not wanted any more: result() says `cause`.
    void drop(Error cause) { (void)fail(std::move(cause), PairEnd::failed); }

    [[nodiscard]] const StagedPair& pair() const { return pair_; }
    // A line in the journal, for recovery after a crash alone: switch_back does nothing about it.
    [[nodiscard]] virtual Status note(const JournalStep& step) = 0;
    // Removes what is not needed any more, and ends. Fails: the new pair is still there, and to be switched back.
    [[nodiscard]] virtual Status commit() = 0;
    // The journal stays open, until end(), for what is done after it. Whatever could not be undone is in result(),
    // which begins with `cause`; then the journal stays for good.
    void switch_back(Error cause, PairEnd end);
    virtual void end() = 0;

    [[nodiscard]] PairResult& result() { return result_; }

protected:
    // All of them outlive it.
    PairSwitch(const PairRequest& request, const UpdateSettings& settings, const RunEvents& events);

    [[nodiscard]] virtual Status switch_all() = 0;
    [[nodiscard]] virtual Status undo_all() = 0;
    // False.
    bool fail(Error cause, PairEnd how);
    // What could not be undone is recovery's.
    [[nodiscard]] bool stays_open() const { return stays_open_; }

    const PairRequest& request_;
    const Observation& observation_;  // of the request
    const UpdateSettings& settings_;
    const RunEvents& events_;
    StagedPair pair_;
    PairResult result_;

private:
    bool stays_open_ = false;
};

}  // namespace gup
