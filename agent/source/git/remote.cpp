// SPDX-License-Identifier: Apache-2.0
#include "source/git/remote.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/declaration/requirement.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/file_limits.hpp"
#include "source/libgit2/opened.hpp"
#include "source/remote/context.hpp"
#include "source/remote/transport_scope.hpp"
#include "source/transport/ls_refs.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup {
namespace git {

Error without_repeated_url(Error error, const std::string& act, const std::string& url) {
    const std::string shown = mask_secrets(url);
    const bool repeats = act.ends_with(" " + shown) && error.message.starts_with(shown);
    // Only the address itself: "URL answered 401: …" says more.
    const std::size_t end = error.message.find(' ', shown.size());
    const bool ends_address = end != std::string::npos && end > 0 && error.message[end - 1] == ':';
    if (repeats && ends_address) error.message.erase(0, end + 1);
    return error.with_context(act);
}

Error network_failure(int code, const std::string& act, const std::string& url) {
    // libgit2's message first: fetching ours would lose it.
    Error plain = failure(code, act);
    if (auto precise = take_transport_error()) return without_repeated_url(*std::move(precise), act, url);
    if (stop_requested()) return Error{ErrorCode::cancelled, act + ": stopped", {}};
    const fs::path local = local_path(url);
    if (!local.empty() && !is_folder(local)) {
        return Error{ErrorCode::unreachable, fmt::format("{}: {} does not exist", act, local.string()), {}};
    }
    // The transport reports a missing repository; other errors are a broken conversation.
    if (plain.code == ErrorCode::not_found || plain.code == ErrorCode::failed) plain.code = ErrorCode::protocol;
    return plain;
}

int connect(git_remote* remote, const std::string& url) {
    git_remote_connect_options options = GIT_REMOTE_CONNECT_OPTIONS_INIT;
    std::optional<AnyOwner> any_owner;
    if (!local_path(url).empty()) any_owner.emplace();
    return git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &options);
}

Result<Remote> make_remote(git_repository* repository, const std::string& url) {
    // libgit2 itself opens a remote that is a path.
    const fs::path local = local_path(url);
    if (!local.empty()) GUP_CHECK(check_repository_files(local, {}));
    git_remote_create_options options = GIT_REMOTE_CREATE_OPTIONS_INIT;
    options.repository = repository;
    options.flags = GIT_REMOTE_CREATE_SKIP_INSTEADOF | GIT_REMOTE_CREATE_SKIP_DEFAULT_FETCHSPEC;
    Remote remote;
    if (const int code =
            git_remote_create_with_opts(Out(remote), local.empty() ? url.c_str() : local.c_str(), &options);
        code != 0) {
        return failure(code, fmt::format("cannot use the remote {}", mask_secrets(url)));
    }
    return remote;
}

namespace {

std::string asking(const std::string& url) {
    return fmt::format("cannot ask {}", mask_secrets(url));
}

// With libgit2, which knows only the full advertisement.
Result<std::vector<RemoteRef>> list_all(git_repository* repository, const std::string& url, const std::string& act) {
    GUP_TRY(const Remote remote, make_remote(repository, url));
    if (const int code = connect(remote.get(), url); code != 0) return network_failure(code, act, url);
    const git_remote_head** heads = nullptr;
    std::size_t count = 0;
    if (const int code = git_remote_ls(&heads, &count, remote.get()); code != 0) {
        return network_failure(code, act, url);
    }
    std::vector<RemoteRef> refs;
    refs.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* target = heads[i]->symref_target;
        refs.push_back({heads[i]->name, hex(heads[i]->oid), target == nullptr ? "" : target});
    }
    git_remote_disconnect(remote.get());
    return refs;
}

}  // namespace

Result<std::vector<RemoteRef>> list_refs(git_repository* repository, const std::string& url, const GitUser& user,
                                         const std::vector<std::string>& prefixes) {
    const std::string act = asking(url);
    std::vector<RemoteRef> refs;
    GUP_CHECK(with_retries(detail::transport_settings().retry, [&]() -> Status {
        const TransportScope scope(user, repository, {});
        const bool polled = detail::can_poll(url);
        auto listed = polled ? detail::poll_remote(url, prefixes) : list_all(repository, url, act);
        if (!listed.ok()) return polled ? without_repeated_url(listed.error(), act, url) : listed.error();
        refs = std::move(listed).value();
        return {};
    }));
    return refs;
}

}  // namespace git

Result<std::vector<RemoteRef>> list_remote(const std::string& url, const GitUser& user,
                                           const std::vector<std::string>& prefixes) {
    GUP_TRY(const git::Config config, git::open_config(user, nullptr));
    return git::list_refs(nullptr, git::effective_url(url, config.get(), {}), user, prefixes);
}

std::vector<std::string> tags_of_version(const std::string& version) {
    return {"refs/tags/" + version, "refs/tags/v" + version};
}

struct RemoteQuestion::State {
    std::string url;
    std::string ref;
    std::string name;  // the repository's
    std::unique_ptr<detail::StartedPoll> poll;

    [[nodiscard]] Result<std::string> find(const std::vector<RemoteRef>& refs) const {
        const auto found =
            std::find_if(refs.begin(), refs.end(), [&](const RemoteRef& one) { return one.name == ref; });
        if (found != refs.end()) return found->commit;
        return Error{ErrorCode::not_found, fmt::format("{} has no {}", mask_secrets(url), ref),
                     fmt::format("the branch was deleted or renamed there: check out another one in {}, "
                                 "or set its upstream with git branch --set-upstream-to",
                                 name),
                     Cause::missing_branch};
    }
};

RemoteQuestion::RemoteQuestion(std::unique_ptr<State> state) : state_(std::move(state)) {}
RemoteQuestion::RemoteQuestion(RemoteQuestion&&) noexcept = default;
RemoteQuestion& RemoteQuestion::operator=(RemoteQuestion&&) noexcept = default;
RemoteQuestion::~RemoteQuestion() = default;

Result<std::string> RemoteQuestion::answer() {
    const auto refs = state_->poll->finish();
    if (!refs.ok()) return git::without_repeated_url(refs.error(), git::asking(state_->url), state_->url);
    return state_->find(*refs);
}

Status RemoteQuestion::send_again() {
    return state_->poll->send_again();
}

std::optional<RemoteQuestion> git::send_question(const Opened& opened, const ObservedCode& code) {
    const TransportScope scope(opened.user, opened.get(), {});
    auto poll = detail::start_poll(code.remote_url, {code.upstream_ref});
    if (!poll) return std::nullopt;
    return RemoteQuestion(std::make_unique<RemoteQuestion::State>(
        RemoteQuestion::State{code.remote_url, code.upstream_ref, opened.name(), std::move(poll)}));
}

Result<std::string> git::ask_remote(const Opened& opened, const ObservedCode& code) {
    GUP_TRY(const auto refs, git::list_refs(opened.get(), code.remote_url, opened.user, {code.upstream_ref}));
    return RemoteQuestion::State{code.remote_url, code.upstream_ref, opened.name(), nullptr}.find(refs);
}

std::optional<Result<std::string>> ask_path(const ObservedCode& code, const GitUser& user, const std::string& name) {
    if (git::local_path(code.remote_url).empty()) return std::nullopt;
    const auto refs = git::list_refs(nullptr, code.remote_url, user, {code.upstream_ref});
    if (!refs.ok()) return Result<std::string>(refs.error());
    return RemoteQuestion::State{code.remote_url, code.upstream_ref, name, nullptr}.find(*refs);
}

std::string revision_for_version(const std::vector<RemoteRef>& refs, const std::string& version) {
    for (const std::string& tag : {version, "v" + version}) {
        const std::string name = "refs/tags/" + tag;
        if (std::any_of(refs.begin(), refs.end(), [&](const RemoteRef& ref) { return ref.name == name; })) return tag;
    }
    return is_commit_id(version) ? version : std::string{};
}

}  // namespace gup
