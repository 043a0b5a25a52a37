#include "selfupdate/trial.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "selfupdate/dpkg.hpp"
#include "selfupdate/semantic_version.hpp"
#include "util/crypto/digest.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

// A package that dpkg has refused so often will also be refused the next night.
constexpr int install_attempts = 3;

// Keeps the installed agent under another name; file systems without hard links, such as FAT, keep none.
void keep_previous(const Installation& place) {
    const fs::path aside = place.previous.native() + ".tmp";
    ::unlink(aside.c_str());
    if (::link(place.executable.c_str(), aside.c_str()) != 0) return;
    ::rename(aside.c_str(), place.previous.c_str());
    ::unlink(aside.c_str());  // it still exists if both were the same file
}

Status take_the_name(const Installation& place) {
    keep_previous(place);
    if (::rename(place.staged.c_str(), place.executable.c_str()) != 0) {
        return errno_error(errno, "cannot replace " + place.executable.native());
    }
    return sync_folder(place.staging);
}

// If the file has changed since it was verified, the next run stages it again.
Status verify_staged(const SelfUpdateJob& job, SelfUpdateState& state) {
    const auto found = sha256_of_file(job.place.file);
    if (found.ok() && *found == state.trial->file.sha256) return {};
    state.trial.reset();
    GUP_CHECK(write_self_update_state(job.state, state));
    remove_staged(job.place);
    return Error{ErrorCode::corrupt, fmt::format("{} has changed since it was verified", job.place.file.string()), {}};
}

Status install(const SelfUpdateJob& job, SelfUpdateState& state) {
    GUP_CHECK(verify_staged(job, state));
    if (job.place.kind == InstallKind::portable) return take_the_name(job.place);
    ++state.trial->installs;
    GUP_CHECK(write_self_update_state(job.state, state));
    auto installed = install_agent_package(job.place);
    if (installed.ok()) return {};
    if (installed.error().code == ErrorCode::busy) {
        --state.trial->installs;
        GUP_CHECK(write_self_update_state(job.state, state));
    } else if (state.trial->installs >= install_attempts) {
        GUP_CHECK(refuse_trial(job, state, fmt::format("it could not be installed: {}", installed.error().message)));
    }
    return installed;
}

}  // namespace

ManifestVerdict judge_trial(const SelfUpdateJob& job, const SelfUpdateState& state) {
    Client reader;
    reader.now = system_clock().now();
    reader.earliest = std::max(job.built, state.newest_created);
    return judge_expiry(state.trial->expires, reader);
}

Status begin_trial(const SelfUpdateJob& job, SelfUpdateState& state) {
    ++state.trial->starts;
    return write_self_update_state(job.state, state);
}

Status refuse_trial(const SelfUpdateJob& job, SelfUpdateState& state, const std::string& reason) {
    state.refused.push_back({state.trial->version, reason, system_clock().now()});
    state.trial.reset();
    state.settled.reset();
    GUP_CHECK(write_self_update_state(job.state, state));
    remove_staged(job.place);
    return {};
}

Status finish_trial(const SelfUpdateJob& job, SelfUpdateState& state) {
    if (!state.trial->proven) {
        state.trial->proven = true;
        GUP_CHECK(write_self_update_state(job.state, state));
    }
    GUP_CHECK(install(job, state));
    state.trial.reset();
    GUP_CHECK(write_self_update_state(job.state, state));
    remove_staged(job.place);
    return {};
}

Result<std::string> clean_up_trial(const SelfUpdateJob& job, SelfUpdateState& state) {
    if (!state.trial) return std::string();
    const auto own = ReleaseVersion::parse(job.version);
    const auto tried = ReleaseVersion::parse(state.trial->version);
    if (own && tried && *own < *tried) return std::string();
    std::string done = fmt::format("this agent is version {} now", job.version);
    if (job.place.kind == InstallKind::packaged) {
        GUP_TRY(const bool configured, configure_agent_package());
        if (configured) done += "; dpkg was interrupted, and has finished its work";
    }
    state.trial.reset();
    GUP_CHECK(write_self_update_state(job.state, state));
    remove_staged(job.place);
    return done;
}

}  // namespace gup
