// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/commit_files.hpp"

#include <fmt/format.h>
#include <git2.h>

#include <memory>

#include "source/libgit2/config.hpp"
#include "source/libgit2/handles.hpp"

namespace gup::git {
namespace {

struct FreeTreeBuilder {
    void operator()(git_treebuilder* builder) const noexcept { git_treebuilder_free(builder); }
};
struct FreeSignature {
    void operator()(git_signature* signature) const noexcept { git_signature_free(signature); }
};
using TreeBuilder = std::unique_ptr<git_treebuilder, FreeTreeBuilder>;
using Signature = std::unique_ptr<git_signature, FreeSignature>;

Result<Repository> open_or_create(const fs::path& folder) {
    if (is_folder(folder)) return open_plainly(folder);
    git_repository_init_options options{};
    git_repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
    options.initial_head = "main";
    Repository repository;
    if (const int code = git_repository_init_ext(Out(repository), folder.c_str(), &options); code != 0) {
        return failure(code, fmt::format("cannot create {}", folder.string()));
    }
    return repository;
}

int write_tree(git_repository* repository, const CommitFiles& files, git_oid& tree) {
    TreeBuilder builder;
    int code = git_treebuilder_new(Out(builder), repository, nullptr);
    for (const auto& [name, content] : files) {
        git_oid blob{};
        if (code == 0) code = git_blob_create_from_buffer(&blob, repository, content.data(), content.size());
        if (code == 0) code = git_treebuilder_insert(nullptr, builder.get(), name.c_str(), &blob, GIT_FILEMODE_BLOB);
    }
    return code == 0 ? git_treebuilder_write(&tree, builder.get()) : code;
}

}  // namespace

Result<std::string> commit_files(const fs::path& folder, const CommitFiles& files, const std::string& message) {
    const std::string act = fmt::format("cannot commit to {}", folder.string());
    GUP_TRY(const Repository repository, open_or_create(folder));
    constexpr const char* branch = "refs/heads/main";
    git_oid id{};
    if (const int code = write_tree(repository.get(), files, id); code != 0) return failure(code, act);
    Tree tree;
    if (const int code = git_tree_lookup(Out(tree), repository.get(), &id); code != 0) return failure(code, act);
    Commit parent;
    git_oid last{};
    if (git_reference_name_to_id(&last, repository.get(), branch) == 0) {
        GUP_TRY(parent, find_commit(repository.get(), last));
    }
    Signature author;
    if (const int code = git_signature_now(Out(author), "gup-agent demo", "demo@example.org"); code != 0) {
        return failure(code, act);
    }
    const git_commit* parents[] = {parent.get()};
    const int code = git_commit_create(&id, repository.get(), branch, author.get(), author.get(), nullptr,
                                       message.c_str(), tree.get(), parent ? 1 : 0, parents);
    if (code != 0) return failure(code, act);
    return hex(id);
}

}  // namespace gup::git
