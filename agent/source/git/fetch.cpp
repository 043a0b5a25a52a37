// SPDX-License-Identifier: Apache-2.0
#include "source/git/fetch.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "source/git/fetch_local.hpp"
#include "source/git/ref_update.hpp"
#include "source/git/remote.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"
#include "source/remote/context.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

int on_progress(const git_indexer_progress* stats, void* payload) noexcept {
    if (stop_requested()) return GIT_EUSER;
    const auto& progress = *static_cast<const ProgressCallback*>(payload);
    if (progress) progress({stats->received_bytes, stats->received_objects, stats->total_objects});
    return 0;
}

std::vector<std::string> downloaded_refspecs(const FetchRequest& request) {
    if (!request.whole) return request.refspecs;
    return {"+refs/heads/*:refs/gup-agent/heads/*", "+refs/tags/*:refs/gup-agent/tags/*"};
}

git_remote_autotag_option_t tag_option(Tags tags) noexcept {
    if (tags == Tags::all) return GIT_REMOTE_DOWNLOAD_TAGS_ALL;
    return tags == Tags::none ? GIT_REMOTE_DOWNLOAD_TAGS_NONE : GIT_REMOTE_DOWNLOAD_TAGS_AUTO;
}

Result<TheirRefs> refs_of(git_remote* remote, const Opened& opened, const FetchRequest& request) {
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    if (const int code = git_remote_ls(&heads, &count, remote); code != 0) {
        return network_failure(code, "cannot list its refs", request.url);
    }
    TheirRefs theirs{{}, [&opened](const git_oid& id) { return has_object(opened.get(), id); }};
    theirs.refs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) theirs.refs.push_back({heads[i]->name, heads[i]->oid});
    return theirs;
}

// The objects alone: libgit2 would set the refs until one of them fails.
Result<TheirRefs> download(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress) {
    const std::string act = fmt::format("cannot fetch from {}", mask_secrets(request.url));
    GUP_TRY(const Remote remote, make_remote(opened.get(), request.url));
    const TransportScope scope(opened.user, opened.get(), progress, Traffic::download);
    git_fetch_options options = GIT_FETCH_OPTIONS_INIT;
    options.download_tags = tag_option(request.tags);
    options.depth = request.depth;
    options.callbacks.transfer_progress = on_progress;
    options.callbacks.payload = const_cast<ProgressCallback*>(&progress);
    const std::vector<std::string> refspecs = downloaded_refspecs(request);
    std::vector<char*> specs;
    specs.reserve(refspecs.size());
    for (const std::string& spec : refspecs) specs.push_back(const_cast<char*>(spec.c_str()));
    const git_strarray array{specs.data(), specs.size()};
    if (const int code = git_remote_download(remote.get(), &array, &options); code != 0) {
        return network_failure(code, act, request.url);
    }
    auto theirs = refs_of(remote.get(), opened, request);
    git_remote_disconnect(remote.get());
    return theirs;
}

Status fetch_once(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress) {
    GUP_TRY(const TheirRefs theirs, download(opened, request, progress));
    if (auto status = update_refs(opened, request, theirs); !status.ok()) {
        return status.error().with_context(fmt::format("cannot fetch from {}", mask_secrets(request.url)));
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

Tags tags_of(const Opened& opened, const std::string& remote) {
    Config config;
    if (git_repository_config_snapshot(Out(config), opened.get()) != 0) {
        git_error_clear();
        return Tags::follow;
    }
    const std::string option = config_text(config.get(), fmt::format("remote.{}.tagopt", remote));
    if (option == "--no-tags") return Tags::none;
    return option == "--tags" ? Tags::all : Tags::follow;
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
    request.tags = tags_of(opened, code.remote);
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

namespace {

// The server sends only what a ref names: libgit2 knows it from the protocol, or the server says so.
bool is_id_refused(const Error& error) {
    return contains(error.message, "specific object") || contains(error.message, "not our ref");
}

}  // namespace

Status fetch_by_id(const Opened& opened, FetchRequest request, const ProgressCallback& progress) {
    GUP_TRY(const git_oid wanted, parse_id(request.commit));
    Status by_id = fetch_from(opened, request, progress);
    if (!by_id.ok() && !is_id_refused(by_id.error())) return by_id;
    if (by_id.ok() && has_object(opened.get(), wanted)) return {};
    request.whole = true;
    request.depth = git_repository_is_shallow(opened.get()) == 1 ? GIT_FETCH_DEPTH_UNSHALLOW : GIT_FETCH_DEPTH_FULL;
    GUP_CHECK(fetch_from(opened, request, progress));
    if (has_object(opened.get(), wanted)) return {};
    return Error{ErrorCode::not_found,
                 fmt::format("{} has no commit {} on a branch or tag", mask_secrets(request.url), request.commit),
                 "git ls-remote lists its branches and tags"};
}

}  // namespace gup::git
