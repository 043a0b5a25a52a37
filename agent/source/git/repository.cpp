// Opening a repository, and reading a file of a commit.
#include <fmt/format.h>

#include "source/libgit2/handles.hpp"

namespace gup {
namespace git {

Result<Repository> open_repository(const fs::path& folder, const GitUser& user) {
    Repository repository;
    // A git folder that was moved away from its work tree has none, whatever its configuration says.
    const bool has_git = is_there(folder / ".git");
    const unsigned flags =
        GIT_REPOSITORY_OPEN_NO_SEARCH | static_cast<unsigned>(has_git ? 0 : GIT_REPOSITORY_OPEN_BARE);
    if (const int code = git_repository_open_ext(Out(repository), folder.c_str(), flags, nullptr); code != 0) {
        return failure(code, fmt::format("cannot open {}", folder.string()));
    }
    GUP_CHECK(configure(repository.get(), user, repository.get()));
    return repository;
}

Status check_is_repository(const fs::path& folder) {
    if (is_there(folder / ".git")) return {};
    if (is_there(folder / "HEAD") && is_there(folder / "objects") && is_there(folder / "refs")) return {};
    return Error{ErrorCode::not_found, fmt::format("{} is not a git repository", folder.string()), {}};
}

Result<std::optional<std::string>> read_file_at(git_repository* repository, const std::string& commit,
                                                const std::string& path) {
    GUP_TRY(const git_oid id, parse_id(commit));
    GUP_TRY(const Tree tree, find_tree(repository, id));
    TreeEntry entry;
    const int code = git_tree_entry_bypath(Out(entry), tree.get(), path.c_str());
    if (code == GIT_ENOTFOUND) {
        git_error_clear();
        return std::optional<std::string>{};
    }
    const std::string act = fmt::format("cannot read {} of commit {}", path, commit);
    if (code != 0) return failure(code, act);
    const git_filemode_t mode = git_tree_entry_filemode(entry.get());
    if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE) return std::optional<std::string>{};
    constexpr std::uint64_t longest = 1U << 20U;
    GUP_TRY(const Blob blob, find_blob(repository, *git_tree_entry_id(entry.get()), longest, path));
    return std::optional<std::string>(std::in_place, static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                      static_cast<std::size_t>(git_blob_rawsize(blob.get())));
}

}  // namespace git

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
    if (error.code != ErrorCode::permission && error.code != ErrorCode::no_space) error.code = ErrorCode::corrupt;
    return error.with_hint("a fresh clone in its place will do; keep what was changed by hand");
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

bool GitRepository::has_commit(const std::string& commit) const {
    const auto id = git::parse_id(commit);
    return id.ok() && git::has_object(state_->get(), *id);
}

Result<std::optional<std::string>> GitRepository::read_file_at(const std::string& commit,
                                                               const std::string& path) const {
    return git::read_file_at(state_->get(), commit, path);
}

}  // namespace gup
