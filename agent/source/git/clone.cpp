// SPDX-License-Identifier: Apache-2.0
#include "source/git/clone.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/declaration/nearest.hpp"
#include "source/git/fetch.hpp"
#include "source/git/remote.hpp"
#include "source/git/work_tree/checkout.hpp"
#include "source/git/work_tree/fast_forward.hpp"
#include "source/git/work_tree/head.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/shared.hpp"
#include "source/remote/context.hpp"
#include "source/remote/transport_scope.hpp"
#include "util/url.hpp"

namespace gup {
namespace git {
namespace {

// A remote's branches.
struct Advertisement {
    std::vector<RemoteBranch> branches;
    std::string default_branch;  // empty: HEAD names none
};

Result<Advertisement> advertisement_of(git_remote* remote, const std::string& url, const std::string& act) {
    if (const int code = connect(remote, url); code != 0) return network_failure(code, act, url);
    const git_remote_head** refs = nullptr;
    std::size_t count = 0;
    if (const int code = git_remote_ls(&refs, &count, remote); code != 0) return network_failure(code, act, url);
    Advertisement advertisement;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view name = refs[i]->name;
        int valid = 0;
        if (!name.starts_with(branch_prefix) || git_reference_name_is_valid(&valid, refs[i]->name) != 0 || valid == 0)
            continue;
        advertisement.branches.push_back({std::string(name.substr(branch_prefix.size())), hex(refs[i]->oid)});
    }
    Buffer head;
    if (git_remote_default_branch(head.out(), remote) == 0 && head.view().starts_with(branch_prefix)) {
        advertisement.default_branch = head.view().substr(branch_prefix.size());
    }
    git_error_clear();
    git_remote_disconnect(remote);
    return advertisement;
}

Result<Advertisement> ask(const std::string& url, const GitUser& user) {
    GUP_TRY(const Config config, open_config(user, nullptr));
    const std::string effective = effective_url(url, config.get(), {});
    const std::string act = fmt::format("cannot ask {}", mask_secrets(effective));
    Advertisement advertisement;
    GUP_CHECK(with_retries(detail::transport_settings().retry, [&]() -> Status {
        GUP_TRY(const Remote remote, make_remote(nullptr, effective));
        const TransportScope scope(user, nullptr, {});
        GUP_TRY(advertisement, advertisement_of(remote.get(), effective, act));
        return {};
    }));
    return advertisement;
}

Error no_such_branch(const std::string& url, const std::string& wanted, const std::vector<RemoteBranch>& branches) {
    std::vector<std::string_view> names;
    names.reserve(branches.size());
    for (const RemoteBranch& branch : branches) names.push_back(branch.name);
    const std::string near = nearest(wanted, names);
    return Error{ErrorCode::not_found, fmt::format("{} has no branch {}", mask_secrets(url), wanted),
                 near.empty() ? std::string{} : fmt::format("did you mean {}?", near)};
}

Status set_configuration(git_repository* repository, const CloneRequest& request) {
    Config config;
    int code = git_repository_config(Out(config), repository);
    const std::string section = fmt::format("branch.{}.", request.branch.name);
    const std::string merge = std::string(branch_prefix) + request.branch.name;
    const std::string followed = request.options.single_branch ? request.branch.name : "*";
    for (const auto& [key, value] :
         {std::pair<std::string, std::string>{"remote.origin.url", request.url},
          {"remote.origin.fetch", fmt::format("+refs/heads/{0}:refs/remotes/origin/{0}", followed)},
          {section + "remote", "origin"},
          {section + "merge", merge}}) {
        if (code == 0) code = git_config_set_string(config.get(), key.c_str(), value.c_str());
    }
    if (code != 0) return failure(code, fmt::format("cannot write the configuration of {}", request.folder.string()));
    return {};
}

Result<Opened> make_repository(const CloneRequest& request, const GitUser& user) {
    const std::string act = fmt::format("cannot create a repository in {}", request.folder.string());
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags = GIT_REPOSITORY_INIT_NO_REINIT;
    options.initial_head = request.branch.name.c_str();
    Repository made;
    if (const int code = git_repository_init_ext(Out(made), request.folder.c_str(), &options); code != 0) {
        return failure(code, act);
    }
    GUP_CHECK(set_configuration(made.get(), request));
    made.reset();
    Opened opened;
    opened.user = user;
    GUP_TRY(opened.repository, open_repository(request.folder, user));
    return opened;
}

// libgit2 rewrites the configuration at each change, so this is done last.
Status hide_credentials(const Opened& opened, const std::string& url) {
    const auto parsed = parse_url(url);
    if (!parsed || parsed->scheme == "file" || mask_secrets(url) == url) return {};
    const fs::path config = opened.common_folder() / "config";
    if (::chmod(config.c_str(), S_IRUSR | S_IWUSR) == 0) return {};
    return errno_error(errno, "cannot protect " + config.string());
}

}  // namespace
}  // namespace git

Result<RemoteBranch> find_remote_branch(const std::string& url, const std::string& wanted, const GitUser& user) {
    GUP_TRY(const auto advertisement, git::ask(url, user));
    const auto& branches = advertisement.branches;
    if (branches.empty()) {
        return Error{ErrorCode::not_found, mask_secrets(url) + " has no branch: it has no commit", {}};
    }
    const std::string& name = wanted.empty() ? advertisement.default_branch : wanted;
    if (name.empty()) {
        return Error{ErrorCode::not_found, mask_secrets(url) + " does not say which branch is its default one",
                     fmt::format("name one with --branch, e.g. {}", branches.front().name)};
    }
    const auto found =
        std::find_if(branches.begin(), branches.end(), [&](const RemoteBranch& branch) { return branch.name == name; });
    if (found == branches.end()) return git::no_such_branch(url, name, branches);
    return *found;
}

Result<std::string> clone_repository(const CloneRequest& request, const GitUser& user,
                                     const ProgressCallback& progress) {
    GUP_TRY(const git::Opened opened, git::make_repository(request, user));
    GUP_CHECK(git::share_new_repository(opened));
    GUP_CHECK(git::hide_credentials(opened, request.url));
    git::Config config;
    if (const int code = git_repository_config_snapshot(git::Out(config), opened.get()); code != 0) {
        return git::failure(code, "cannot read the configuration");
    }
    const std::string url = git::effective_url(request.url, config.get(), {});
    const std::string tracking = "refs/remotes/origin/" + request.branch.name;
    const std::string spec = fmt::format("+refs/heads/{}:{}", request.branch.name, tracking);
    GUP_CHECK(git::fetch_from(opened, {url, {spec}, request.branch.commit, request.options.depth}, progress));
    git_oid commit{};
    if (const int code = git_reference_name_to_id(&commit, opened.get(), tracking.c_str()); code != 0) {
        return git::failure(code, fmt::format("{} has no branch {}", mask_secrets(url), request.branch.name));
    }
    git::share_repository(opened, {});
    return git::hex(commit);
}

Status check_out_clone(const CloneRequest& request, const std::string& commit, const GitUser& user,
                       const ProgressCallback& progress) {
    git::Opened opened;
    opened.user = user;
    GUP_TRY(opened.repository, git::open_repository(request.folder, user));
    GUP_TRY(const git_oid id, git::parse_id(commit));
    const git::Head unborn{std::string(git::branch_prefix) + request.branch.name, {}};
    if (auto status = git::move_to(opened, unborn, id, {}); !status) {
        return status.error().with_context("cannot check out " + request.branch.name);
    }
    GUP_TRY(GitRepository repository, GitRepository::open(request.folder, user));
    GUP_CHECK(repository.update_submodules({}, progress));
    git::share_repository(opened, {});
    return git::hide_credentials(opened, request.url);
}

}  // namespace gup
