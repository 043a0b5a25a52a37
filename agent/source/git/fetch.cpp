// Bringing history here from a remote.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "source/git/remote.hpp"
#include "util/log/log.hpp"
#include "util/sys/free_space.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup {
namespace git {
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

// When this process began: what is older was left by another one that ended.
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
        const bool is_gits = name.rfind("tmp_", 0) == 0;  // maybe of a git that runs right now
        if (!is_libgit2s && !is_gits) continue;
        const fs::path path = folder / name;
        struct stat info {};
        if (::lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
        const std::time_t limit = is_libgit2s ? start_of_process() : now.tv_sec - day;
        if (info.st_mtim.tv_sec < limit) ::unlink(path.c_str());
    }
}

Status fetch_from(const Opened& opened, const FetchRequest& request, const ProgressCallback& progress) {
    GUP_CHECK(SpaceWatch(opened.common_folder(), settings().disk_reserve).admit());
    if (!local_path(request.url).empty()) {
        return with_retries(settings().retry, [&] { return fetch_local(opened, request, progress); });
    }
    const auto& budget = settings().budget;
    if (!budget) return with_retries(settings().retry, [&] { return fetch_once(opened, request, progress); });
    if (auto status = budget->admit(); !status.ok()) return status;
    auto fetched = with_retries(settings().retry, [&] { return fetch_once(opened, request, progress); });
    if (auto status = budget->save(); !status.ok()) log::warning({}, status.error().message);
    return fetched;
}

}  // namespace git

namespace {

Status copy_shallow(const git::Opened& opened, const fs::path& target) {
    const auto content = read_file(opened.common_folder() / "shallow");
    if (!content) return content.error().code == ErrorCode::not_found ? Status{} : Status{content.error()};
    return write_file_atomically(target / "shallow", *content);
}

// Heads and tracking refs, so that the remote is told what is here already.
Status copy_refs(const git::Opened& opened, const fs::path& target) {
    git::ReferenceIterator iterator;
    if (const int code = git_reference_iterator_new(git::Out(iterator), opened.get()); code != 0) {
        return git::failure(code, fmt::format("cannot read the refs of {}", opened.name()));
    }
    std::vector<std::pair<std::string, std::string>> refs;
    git::Reference ref;
    while (git_reference_next(git::Out(ref), iterator.get()) == 0) {
        if (git_reference_type(ref.get()) != GIT_REFERENCE_DIRECT) continue;
        refs.emplace_back(git_reference_name(ref.get()), git::hex(*git_reference_target(ref.get())));
    }
    git_error_clear();
    std::sort(refs.begin(), refs.end());
    std::string text;
    for (const auto& [name, id] : refs) text += fmt::format("{} {}\n", id, name);
    return write_file_atomically(target / "packed-refs", text);
}

}  // namespace

Status GitRepository::fetch(const ObservedCode& code, const std::string& commit, const ProgressCallback& progress) {
    GUP_TRY(const git_oid wanted, git::parse_id(commit));
    git::sweep_packs(*state_);
    const std::string act = fmt::format("cannot fetch {}", state_->name());
    git_oid tracking{};
    if (git_reference_name_to_id(&tracking, state_->get(), code.tracking_ref.c_str()) == 0 &&
        git_oid_equal(&tracking, &wanted) != 0 && git::has_object(state_->get(), wanted)) {
        return {};
    }
    git_error_clear();
    git::FetchRequest request{code.remote_url, {fmt::format("+{}:{}", code.upstream_ref, code.tracking_ref)}, commit};
    if (const auto status = git::fetch_from(*state_, request, progress); !status) {
        return status.error().with_context(act);
    }
    if (!git::has_object(state_->get(), wanted)) {
        return Error{ErrorCode::server,
                     fmt::format("{}: {} moved on while it was fetched", act, mask_secrets(code.upstream_ref)),
                     {}};
    }
    return {};
}

Result<GitRepository> GitRepository::quarantine(const fs::path& temporary_folder) const {
    const fs::path folder = temporary_folder / (state_->name() + ".git");
    const std::string act = fmt::format("cannot make a quarantine for {}", state_->name());
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    git::Repository made;
    if (const int code = git_repository_init_ext(git::Out(made), folder.c_str(), &options); code != 0) {
        return git::failure(code, act);
    }
    made.reset();
    GUP_CHECK(make_folders(folder / "objects/info"));
    std::error_code ignored;
    const fs::path objects = fs::absolute(state_->common_folder() / "objects", ignored);
    GUP_CHECK(write_file_atomically(folder / "objects/info/alternates", objects.string() + "\n"));
    GUP_CHECK(copy_shallow(*state_, folder));
    GUP_CHECK(copy_refs(*state_, folder));

    auto state = std::make_unique<State>();
    state->user = state_->user;
    const unsigned flags = GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE;
    if (const int code = git_repository_open_ext(git::Out(state->repository), folder.c_str(), flags, nullptr);
        code != 0) {
        return git::failure(code, act);
    }
    GUP_CHECK(git::configure(state->get(), state->user, state_->get()));
    const fs::path original = state_->has_no_work_tree() ? state_->git_folder() : state_->work_tree();
    GUP_TRY(state->original, git::open_repository(original, state_->user));
    return GitRepository(std::move(state));
}

}  // namespace gup
