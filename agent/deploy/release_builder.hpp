// Making a release: code and virtualenv in a folder of their own, verified and flushed. What runs is left alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/observe.hpp"
#include "connector/settings.hpp"
#include "core/plan.hpp"
#include "core/report.hpp"
#include "deploy/code_tree.hpp"
#include "deploy/install_pins.hpp"
#include "transaction/transaction.hpp"
#include "util/result.hpp"

namespace gup {

// An operator's has all of its pins, and a virtualenv of its own, or is not made. An update's has those of `pins` that
// can be had: the others must not hold the code up.
enum class Requester : std::uint8_t { person, update };

struct ReleaseBuild {
    const ConnectorLayout& site;
    const ReleaseCode& code;
    const Gupfile& gupfile;
    Requester maker = Requester::person;
    // Of an update:
    const ObservedVirtualenv* virtualenv = nullptr;  // that runs, and is copied
    std::vector<Drift> pins{};                       // to be installed
    bool creates = false;                            // a virtualenv, when there is none
    std::string gupfile_text{};                      // in place of that of the code; empty: that of the code
    std::optional<Generation> before{};              // that it takes the place of
};

class ReleaseBuilder {
public:
    // What `build` refers to outlives it.
    ReleaseBuilder(const ReleaseBuild& build, const UpdateSettings& settings, const RunEvents& events);

    // Looks tags of pins up, and whether there is room for all of it. Nothing is written. As the site's owner, as all.
    [[nodiscard]] Status prepare();
    // Makes the folder <site.folder>/<code.id>; generation.json, by which it is a release, comes last. On failure the
    // caller undoes the transaction.
    [[nodiscard]] Status make(Transaction& transaction);

    // What make() came to: pins that were installed, one line each; those that were not; what is in its virtualenv.
    std::vector<std::string> actions;
    std::vector<PinFailure> failures;
    ObservedVirtualenv virtualenv;

private:
    [[nodiscard]] bool is_update() const { return build_.maker == Requester::update; }
    [[nodiscard]] Status find_virtualenv_to_copy();
    [[nodiscard]] Status require_release_room() const;
    [[nodiscard]] Status write_code(Transaction& transaction);
    [[nodiscard]] Status make_virtualenv();
    [[nodiscard]] Status record() const;

    const ReleaseBuild& build_;
    const ConnectorLayout& site_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    fs::path folder_;
    fs::path live_;  // what the virtualenv is copied of; empty: a new one is made
    VirtualenvOwner owner_;
    ObservedVirtualenv copied_;  // what is in `live_`
    std::vector<std::string> persisted_;
    InstallPins pins_;
    PreparedInstall prepared_;
};

}  // namespace gup
