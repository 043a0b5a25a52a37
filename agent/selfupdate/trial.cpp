// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/trial.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "util/crypto/digest.hpp"
#include "util/http/download.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

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

bool is_verified(const fs::path& file, const std::string& sha256) {
    const auto found = sha256_of_file(file);
    return found.ok() && *found == sha256;
}

// If the file has changed since it was verified, the next run stages it again.
Status verify_staged(const SelfUpdateJob& job, SelfUpdateState& state) {
    if (is_verified(job.place.file, state.trial->file.sha256)) return {};
    state.trial.reset();
    GUP_CHECK(write_self_update_state(job.state, state));
    remove_staged(job.place);
    return Error{ErrorCode::corrupt, fmt::format("{} has changed since it was verified", job.place.file.string()), {}};
}

Status install(const SelfUpdateJob& job, SelfUpdateState& state) {
    GUP_CHECK(verify_staged(job, state));
    if (job.place.kind == InstallKind::portable) return take_the_name(job.place);
    job.tell("installing version " + state.trial->version);
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

// The free space that must stay for logs, journals and connectors.
constexpr std::uint64_t space_reserve = 8U << 20U;
// A package is unpacked twice, here and by dpkg, and is compressed.
constexpr std::uint64_t unpacked_sizes = 8;
constexpr Milliseconds self_test_time{60'000};

DownloadRequest download_request(const SelfUpdateJob& job, const AgentTrial& trial) {
    DownloadRequest request;
    request.part = job.place.part;
    request.identity = trial.file.sha256;
    request.size = trial.file.size;
    return request;
}

Status require_room(const SelfUpdateJob& job, const AgentTrial& trial) {
    GUP_CHECK(require_writable(job.place.staging));
    const std::uint64_t missing = trial.file.size - downloaded_so_far(download_request(job, trial));
    if (job.place.kind == InstallKind::portable) return require_space(job.place.staging, missing, space_reserve);
    GUP_CHECK(require_space(job.place.staging, missing + trial.file.size * unpacked_sizes, space_reserve));
    const fs::path programs = job.place.executable.parent_path();
    GUP_CHECK(require_writable(programs));
    return require_space(programs, trial.file.size * unpacked_sizes, space_reserve);
}

Status download_agent(HttpPool& pool, const SelfUpdateJob& job, const AgentTrial& trial) {
    GUP_TRY(const Url url, parse_url(job.settings.url));
    const std::string manifest = url.without_credentials();
    DownloadRequest request = download_request(job, trial);
    request.url = manifest.substr(0, manifest.rfind('/') + 1) + trial.file.file;
    request.credentials = {url.user, url.password};
    const std::string step = "downloading version " + trial.version;
    job.tell(step);
    request.progress = [&](std::uint64_t done) { job.tell(step, done); };
    return with_retries(job.retry, [&]() -> Status {
        GUP_CHECK(download(pool, request));
        return {};
    });
}

// Copies the mode and the owner of the installed agent; a package does not need this.
Status make_executable(const SelfUpdateJob& job, int fd) {
    if (job.place.kind == InstallKind::packaged) return {};
    const std::string act = "cannot make " + job.place.part.native() + " executable";
    GUP_TRY(const auto old, file_info(job.place.executable));
    const mode_t mode = old ? (old->mode & 0777U) | S_IXUSR : 0755U;
    // Only root can change owners; another user is the owner already, or cannot change it.
    if (old && ::fchown(fd, old->owner, old->group) != 0 && errno != EPERM) return errno_error(errno, act);
    return ::fchmod(fd, mode) == 0 ? Status{} : errno_error(errno, act);
}

// Verified, complete and flushed, then renamed to the name of a staged file.
Status accept(const SelfUpdateJob& job, const AgentTrial& trial) {
    const Installation& place = job.place;
    GUP_TRY(const std::string found, sha256_of_file(place.part));
    if (found != trial.file.sha256) {
        forget_download(place.part);
        return Error{ErrorCode::protocol,
                     fmt::format("{} has the wrong hash: its SHA-256 is {}, the manifest says {}", trial.file.file,
                                 found, trial.file.sha256),
                     "upload that release's files again; otherwise something changes them on their way"};
    }
    const UniqueFd fd(::open(place.part.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd.valid()) return errno_error(errno, "cannot open " + place.part.native());
    GUP_CHECK(make_executable(job, fd.get()));
    if (::fsync(fd.get()) != 0) return errno_error(errno, "cannot flush " + place.part.native());
    if (::rename(place.part.c_str(), place.file.c_str()) != 0) {
        return errno_error(errno, "cannot rename " + place.part.native());
    }
    forget_download(place.part);
    return sync_folder(place.staging);
}

Error self_test_error(const std::string& why) {
    return {ErrorCode::failed, "the new agent's self-test failed: " + why,
            "this agent continues; publish a newer version"};
}

Status self_test(const SelfUpdateJob& job, const AgentTrial& trial) {
    ProcessRequest request;
    request.argv = {job.place.staged.string(), "self-test"};
    request.argv.insert(request.argv.end(), job.arguments.begin(), job.arguments.end());
    request.set_env = {{stand_in_variable, job.place.executable.string()}};
    request.timeout = self_test_time;
    job.tell("testing version " + trial.version);
    const auto result = run_process(request);
    if (!result.ok()) {
        if (result.error().code == ErrorCode::cancelled) return result.error();
        return self_test_error(result.error().message);
    }
    if (!result->success()) {
        std::string_view said = last_line(result->err.empty() ? result->out : result->err);
        if (said.empty()) said = "it printed nothing";
        return self_test_error(fmt::format("exit code {}: {}", result->exit_code, mask_secrets(said)));
    }
    if (const std::string_view name = first_line(result->out); name != "gup-agent " + trial.version) {
        return self_test_error(fmt::format("it reports \"{}\" instead of version {}", name, trial.version));
    }
    return {};
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

Status stage_agent(HttpPool& pool, const SelfUpdateJob& job, const AgentTrial& trial) {
    const Installation& place = job.place;
    if (place.kind == InstallKind::packaged) GUP_CHECK(make_folders(place.staging, 0700));
    if (!is_verified(place.file, trial.file.sha256)) {
        GUP_CHECK(require_room(job, trial));
        GUP_CHECK(download_agent(pool, job, trial));
        GUP_CHECK(accept(job, trial));
    }
    if (place.kind == InstallKind::packaged) GUP_CHECK(unpack_agent_package(place, trial.version));
    return self_test(job, trial);
}

}  // namespace gup
