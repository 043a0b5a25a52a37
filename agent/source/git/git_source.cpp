// SPDX-License-Identifier: Apache-2.0
#include "source/git/git_source.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/declaration/requirement.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "source/git/fetch.hpp"
#include "source/git/remote.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"
#include "util/url.hpp"

namespace gup {
namespace git {
namespace {

constexpr const char* source_ref = "refs/gup/source";
constexpr const char* source_url_key = "remote.origin.url";

const RemoteRef* find_ref(const std::vector<RemoteRef>& refs, const std::string& name) {
    const auto found = std::find_if(refs.begin(), refs.end(), [&](const RemoteRef& one) { return one.name == name; });
    return found == refs.end() ? nullptr : &*found;
}

// For an annotated tag, the ref's own line has the tag object; the line with "^{}" has the commit.
Revision tagged(const std::vector<RemoteRef>& refs, const RemoteRef& tag, const std::string& name) {
    const RemoteRef* peeled = find_ref(refs, tag.name + "^{}");
    return {peeled == nullptr ? tag.commit : peeled->commit, name, tag.name};
}

// True if it can continue as a source of `url`.
Result<Opened> open_source(const fs::path& folder, const std::string& url, const GitUser& user) {
    GUP_CHECK(check_is_repository(folder));
    Opened opened;
    opened.user = user;
    GUP_TRY(opened.repository, open_repository(folder, user));
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), opened.get()); code != 0) {
        return failure(code, fmt::format("cannot read the configuration of {}", folder.string()));
    }
    if (config_text(config.get(), source_url_key) == url) return opened;
    return Error{ErrorCode::not_found, fmt::format("{} belongs to another remote", folder.string()), {}};
}

Result<Opened> make_source(const fs::path& folder, const std::string& url, const GitUser& user) {
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    Repository made;
    int code = git_repository_init_ext(Out(made), folder.c_str(), &options);
    Config config;
    if (code == 0) code = git_repository_config(Out(config), made.get());
    if (code == 0) code = git_config_set_string(config.get(), source_url_key, url.c_str());
    if (code != 0) return failure(code, fmt::format("cannot create a repository in {}", folder.string()));
    // The URL may have a password.
    if (const fs::path file = folder / "config"; ::chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0) {
        return errno_error(errno, "cannot protect " + file.string());
    }
    return open_source(folder, url, user);
}

}  // namespace
}  // namespace git

Result<Revision> find_source_commit(const SourceAddress& source, const GitUser& user) {
    const std::string& ref = source.ref;
    if (is_commit_id(ref)) return Revision{ref, short_id(ref), ref};
    const std::string branch = std::string(git::branch_prefix) + ref;
    const std::string tag = "refs/tags/" + ref;
    const std::vector<std::string> wanted =
        ref.empty() ? std::vector<std::string>{"HEAD"} : std::vector<std::string>{branch, tag};
    GUP_TRY(const auto refs, list_remote(source.url, user, wanted));
    if (ref.empty()) {
        const RemoteRef* head = git::find_ref(refs, "HEAD");
        if (head == nullptr) {
            return Error{ErrorCode::not_found,
                         fmt::format("{} does not say which branch is its default one", mask_secrets(source.url)),
                         "name one after a #"};
        }
        std::string name = head->target.starts_with(git::branch_prefix) ? head->target.substr(git::branch_prefix.size())
                                                                        : std::string("HEAD");
        return Revision{head->commit, std::move(name), "HEAD"};
    }
    if (const RemoteRef* found = git::find_ref(refs, branch)) return Revision{found->commit, ref, branch};
    if (const RemoteRef* found = git::find_ref(refs, tag)) return git::tagged(refs, *found, ref);
    return Error{ErrorCode::not_found,
                 fmt::format("{} has neither a branch nor a tag {}", mask_secrets(source.url), ref),
                 "git ls-remote lists what it has"};
}

Status bring_source_commit(const fs::path& folder, const SourceAddress& source, const Revision& commit,
                           const GitUser& user, const ProgressCallback& progress) {
    auto opened = git::open_source(folder, source.url, user);
    const bool is_new = !opened.ok();
    if (is_new) {
        GUP_CHECK(remove_tree(folder));
        opened = git::make_source(folder, source.url, user);
        if (!opened.ok()) return opened.error();
    } else {
        GUP_TRY(GitRepository repository, GitRepository::open_git_folder(folder, user));
        repository.remove_leftovers();
        if (repository.has_commit(commit.id)) return {};
    }
    GUP_TRY(const git::Config config, git::open_config(user, nullptr));
    const std::string url = git::effective_url(source.url, config.get(), {});
    const git::FetchRequest request{
        url, {fmt::format("+{}:{}", commit.ref, git::source_ref)}, commit.id, is_new ? 1 : 0};
    if (is_commit_id(commit.ref)) return git::fetch_by_id(*opened, request, progress);
    GUP_CHECK(git::fetch_from(*opened, request, progress));
    GUP_TRY(const git_oid id, git::parse_id(commit.id));
    if (git::has_object(opened->get(), id)) return {};
    return Error{ErrorCode::server, fmt::format("{} changed during the fetch", display(source)), {}};
}

}  // namespace gup
