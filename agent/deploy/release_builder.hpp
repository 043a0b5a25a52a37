// SPDX-License-Identifier: Apache-2.0
// Builds a release: code and virtualenv in a new folder, verified and flushed. Does not touch the running one.
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

// An operator's release has all of its pins and its own virtualenv, or is not built. An update's release has the
// available ones of `pins`: the others must not block the code.
enum class Requester : std::uint8_t { person, update };

struct ReleaseBuild {
    const ConnectorLayout& site;
    const ReleaseCode& code;
    const Gupfile& gupfile;
    Requester maker = Requester::person;
    // Of an update:
    const ObservedVirtualenv* virtualenv = nullptr;  // the running one, which is copied
    std::vector<Drift> pins{};                       // to be installed
    std::optional<RemovePackages> remove{};          // after that
    bool creates = false;                            // a virtualenv, if there is none
    std::string gupfile_text{};                      // replaces that of the code; empty: that of the code
    std::optional<Generation> before{};              // the generation that it replaces
    // Of a release that is made anew: the old one of that id. The new one is in folder() until they change places.
    std::optional<Generation> again{};
};

class ReleaseBuilder {
public:
    // All that `build` refers to outlives it.
    ReleaseBuilder(const ReleaseBuild& build, const UpdateSettings& settings, const RunEvents& events);

    // Looks up the tags of pins, and checks the disk space. Writes nothing. As the site's owner, like all of these.
    [[nodiscard]] Status prepare();
    // Creates the folder <site.folder>/<code.id>; generation.json is written last. After a failure the caller rolls
    // back the transaction.
    [[nodiscard]] Status make(Transaction& transaction);

    // Its folder while it is made.
    [[nodiscard]] const fs::path& folder() const { return folder_; }

    // The results of make(): installed pins, one line each; failed pins; the virtualenv.
    std::vector<std::string> actions;
    std::vector<PinFailure> failures;
    ObservedVirtualenv virtualenv;

private:
    [[nodiscard]] bool is_update() const { return build_.maker == Requester::update; }
    [[nodiscard]] Status find_virtualenv_to_copy();
    void choose_pins();
    [[nodiscard]] Status require_release_room() const;
    [[nodiscard]] Status write_code(Transaction& transaction);
    [[nodiscard]] Status make_virtualenv();
    [[nodiscard]] Status fill_virtualenv(const fs::path& to);
    [[nodiscard]] Status record() const;

    const ReleaseBuild& build_;
    const ConnectorLayout& site_;
    const UpdateSettings& settings_;
    const RunEvents& events_;
    fs::path folder_;
    fs::path live_;  // the virtualenv to copy; empty: a new one is created
    VirtualenvOwner owner_;
    ObservedVirtualenv copied_;  // what is in `live_`
    std::vector<std::string> persisted_;
    InstallPins pins_;
    RemovePackages remove_;
    PreparedInstall prepared_;
};

}  // namespace gup
