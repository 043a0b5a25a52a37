// SPDX-License-Identifier: Apache-2.0
#include "source/git/repository.hpp"

#include <fmt/format.h>
#include <memory>
#include <optional>

#include "source/git/classify.hpp"
#include "source/git/fetch.hpp"
#include "source/git/observe.hpp"
#include "source/git/quarantine.hpp"
#include "source/git/remote.hpp"
#include "source/git/submodule_update.hpp"
#include "source/git/work_tree/fast_forward.hpp"
#include "source/git/work_tree/recovery.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/shared.hpp"

namespace gup {

struct GitRepository::State : git::Opened {};
GitRepository::GitRepository(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitRepository::GitRepository(GitRepository&&) noexcept = default;
GitRepository& GitRepository::operator=(GitRepository&&) noexcept = default;
GitRepository::~GitRepository() = default;

namespace {

Result<git::Repository> open_found(const fs::path& folder, const GitUser& user) {
    GUP_CHECK(git::check_is_repository(folder));
    auto repository = git::open_repository(folder, user);
    if (repository) return repository;
    Error error = std::move(repository).error();
    if (error.cause == Cause::format) return error;
    switch (error.code) {
        case ErrorCode::permission:
            return error.with_hint("everything in the repository must be readable for the connector's owner");
        case ErrorCode::no_space:
        case ErrorCode::invalid_input:
            return error.with_hint("git status there says what git thinks of it");
        case ErrorCode::io:
            return error.with_hint("the disk does not give its files: dmesg may say why");
        default:
            break;
    }
    error.code = ErrorCode::corrupt;
    return error.with_hint("replace it with a fresh clone; save local changes first");
}

}  // namespace

Result<GitRepository> GitRepository::open(const fs::path& folder, const GitUser& user) {
    auto state = std::make_unique<State>();
    GUP_TRY(state->repository, open_found(folder, user));
    if (state->has_no_work_tree()) {
        return Error{ErrorCode::unsupported, fmt::format("{} is a bare repository", folder.string()),
                     "a connector needs a work tree: clone without --bare"};
    }
    state->user = user;
    return GitRepository(std::move(state));
}

Result<GitRepository> GitRepository::open_git_folder(const fs::path& folder, const GitUser& user) {
    auto state = std::make_unique<State>();
    GUP_TRY(state->repository, open_found(folder, user));
    state->user = user;
    return GitRepository(std::move(state));
}

fs::path GitRepository::git_folder() const {
    return git_repository_commondir(state_->get());
}

bool GitRepository::has_commit(const std::string& commit) const {
    const auto id = git::parse_id(commit);
    return id.ok() && git::has_object(state_->get(), *id);
}

Result<std::optional<std::string>> GitRepository::read_file_at(const std::string& commit,
                                                               const std::string& path) const {
    return git::read_file_at(state_->get(), commit, path);
}

bool GitRepository::has_folder_at(const std::string& commit, const std::string& path) const {
    return git::has_folder_at(state_->get(), commit, path);
}

Result<ObservedCode> GitRepository::observe(const std::string& branch) const {
    return git::observe(*state_, branch);
}

Result<std::string> GitRepository::ask_remote(const ObservedCode& code) const {
    return git::ask_remote(*state_, code);
}

std::optional<RemoteQuestion> GitRepository::send_question(const ObservedCode& code) const {
    return git::send_question(*state_, code);
}

namespace {

// What is written while it lives is shared, also after a failure.
class Sharing {
public:
    explicit Sharing(const git::Opened& opened, const timespec& since = git::file_clock())
        : opened_(opened), since_(since) {}
    Sharing(const Sharing&) = delete;
    Sharing& operator=(const Sharing&) = delete;
    ~Sharing() { git::share_repository(opened_, since_); }

private:
    const git::Opened& opened_;
    timespec since_;
};

}  // namespace

Status GitRepository::fetch(const ObservedCode& code, const std::string& commit, const ProgressCallback& progress) {
    if (const auto access = git::shared_access(state_->get()); !access) return access.error();
    const Sharing sharing(*state_);
    return git::fetch(*state_, code, commit, progress);
}

Result<GitRepository> GitRepository::quarantine(const fs::path& temporary_folder) const {
    auto state = std::make_unique<State>();
    GUP_TRY(static_cast<git::Opened&>(*state), git::make_quarantine(*state_, temporary_folder));
    return GitRepository(std::move(state));
}

Result<CodeTarget> GitRepository::classify(const ObservedCode& code, const std::string& commit) const {
    return git::classify(*state_, code, commit);
}

Status GitRepository::move_work_tree(const std::string& branch, const std::string& from, const std::string& to,
                                     const BeforeMove& before) {
    const Sharing sharing(*state_);
    return git::fast_forward(*state_, branch, {{}, from, to}, before);
}

Status GitRepository::recover_work_tree(const WorkTreeMove& move, const std::string& goal) {
    const Sharing sharing(*state_, {});
    return git::recover_work_tree(*state_, move, goal);
}

Status GitRepository::update_submodules(const BeforeMove& before, const ProgressCallback& progress) {
    const Sharing sharing(*state_);
    return git::update_submodules(*state_, before, progress);
}

void GitRepository::remove_leftovers() {
    const Sharing sharing(*state_, {});
    git::remove_stale_locks(*state_);
}

}  // namespace gup
