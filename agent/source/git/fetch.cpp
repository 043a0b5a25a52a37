#include "source/git/fetch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "source/git/fetch_local.hpp"
#include "source/git/remote.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"
#include "source/remote/context.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

int on_progress(const git_indexer_progress* stats, void* payload) noexcept {
    if (stop_requested()) return GIT_EUSER;
    const auto& progress = *static_cast<const ProgressCallback*>(payload);
    if (progress) progress({stats->received_bytes, stats->received_objects, stats->total_objects});
    return 0;
}

Status fetch_once(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress) {
    const std::string act = fmt::format("cannot fetch from {}", mask_secrets(request.url));
    GUP_TRY(const Remote remote, make_remote(opened.get(), request.url));
    const TransportScope scope(opened.user, opened.get(), progress, Traffic::download);
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.prune = GIT_FETCH_NO_PRUNE;
    options.update_fetchhead = 0;
    options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_AUTO;
    options.depth = request.depth;
    options.callbacks.transfer_progress = on_progress;
    options.callbacks.payload = const_cast<ProgressCallback*>(&progress);
    std::vector<char*> specs;
    for (const std::string& spec : request.refspecs) specs.push_back(const_cast<char*>(spec.c_str()));
    const git_strarray array{specs.data(), specs.size()};
    if (const int code = git_remote_fetch(remote.get(), &array, &options, "gup-agent: fetch"); code != 0) {
        return network_failure(code, act, request.url);
    }
    return {};
}

// The start of this process: older files were left by another process that has ended.
std::time_t start_of_process() {
    static const std::time_t start = [] {
        struct stat info {};
        return ::stat("/proc/self", &info) == 0 ? info.st_mtim.tv_sec : 0;
    }();
    return start;
}

}  // namespace

void sweep_packs(const Opened& opened) {
    const fs::path folder = opened.common_folder() / "objects/pack";
    const auto names = list_folder(folder);
    if (!names) return;
    constexpr std::time_t day = 86400;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    for (const std::string& name : *names) {
        const bool is_libgit2s = name.rfind("pack_", 0) == 0;
        const bool is_gits = name.rfind("tmp_", 0) == 0;  // it may belong to a running git
        if (!is_libgit2s && !is_gits) continue;
        const fs::path path = folder / name;
        struct stat info {};
        if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
        const std::time_t limit = is_libgit2s ? start_of_process() : now.tv_sec - day;
        if (info.st_mtim.tv_sec < limit) ::unlink(path.c_str());
    }
}

Status fetch_from(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress) {
    GUP_CHECK(SpaceWatch(opened.common_folder(), detail::transport_settings().disk_reserve).admit());
    if (!local_path(request.url).empty()) {
        return with_retries(detail::transport_settings().retry, [&] { return fetch_local(opened, request, progress); });
    }
    const auto& budget = detail::transport_settings().budget;
    if (!budget)
        return with_retries(detail::transport_settings().retry, [&] { return fetch_once(opened, request, progress); });
    if (auto status = budget->admit(); !status.ok()) return status;
    auto fetched =
        with_retries(detail::transport_settings().retry, [&] { return fetch_once(opened, request, progress); });
    if (auto status = budget->save(); !status.ok()) log::warning({}, status.error().message);
    return fetched;
}

Status fetch(const Opened& opened, const ObservedCode& code, const std::string& commit,
             const ProgressCallback& progress) {
    GUP_TRY(const git_oid wanted, parse_id(commit));
    sweep_packs(opened);
    const std::string act = fmt::format("cannot fetch {}", opened.name());
    git_oid tracking{};
    if (git_reference_name_to_id(&tracking, opened.get(), code.tracking_ref.c_str()) == 0 &&
        git_oid_equal(&tracking, &wanted) != 0 && has_object(opened.get(), wanted)) {
        return {};
    }
    git_error_clear();
    FetchRequest request{code.remote_url, {fmt::format("+{}:{}", code.upstream_ref, code.tracking_ref)}, commit};
    if (const auto status = fetch_from(opened, request, progress); !status) {
        return status.error().with_context(act);
    }
    if (!has_object(opened.get(), wanted)) {
        return Error{ErrorCode::server,
                     fmt::format("{}: {} changed during the fetch", act, mask_secrets(code.upstream_ref)),
                     {}};
    }
    return {};
}

}  // namespace gup::git
