// SPDX-License-Identifier: Apache-2.0
#include "source/git/submodules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "source/libgit2/config.hpp"
#include "source/libgit2/config_backend.hpp"
#include "source/libgit2/opened.hpp"
#include "source/libgit2/tree_diff.hpp"

namespace gup::git {
namespace {

struct Gitlink {
    std::string path;
    std::string commit;
};

Result<std::vector<Gitlink>> gitlinks_of(git_tree* tree) {
    std::vector<Gitlink> links;
    const auto visit = [](const char* root, const git_tree_entry* entry, void* payload) noexcept -> int {
        if (canonical_mode(git_tree_entry_filemode_raw(entry)) == GIT_FILEMODE_COMMIT) {
            auto& found = *static_cast<std::vector<Gitlink>*>(payload);
            found.push_back({std::string(root) + git_tree_entry_name(entry), hex(*git_tree_entry_id(entry))});
        }
        return 0;
    };
    if (const int code = git_tree_walk(tree, GIT_TREEWALK_PRE, visit, &links); code != 0) {
        return failure(code, "cannot list the submodules");
    }
    return links;
}

struct Declaration {
    std::string path;
    std::string url;
    std::string update;
};
using Declarations = std::map<std::string, Declaration>;  // by name

// "submodule.<name>.<key>", keys as git writes them: in lower case.
int on_declaration(const git_config_entry* entry, void* payload) noexcept {
    auto& declarations = *static_cast<Declarations*>(payload);
    const std::string_view key = entry->name;
    constexpr std::string_view head = "submodule.";
    const auto dot = key.rfind('.');
    if (key.substr(0, head.size()) != head || dot <= head.size() || entry->value == nullptr) return 0;
    Declaration& declaration = declarations[std::string(key.substr(head.size(), dot - head.size()))];
    const std::string_view last = key.substr(dot + 1);
    if (last == "path") declaration.path = entry->value;
    if (last == "url") declaration.url = entry->value;
    if (last == "update") declaration.update = entry->value;
    return 0;
}

// .gitmodules of the commit: the file in the work tree may have been edited.
Result<Declarations> declarations_of(const Opened& opened, git_tree* tree) {
    const git_tree_entry* entry = git_tree_entry_byname(tree, ".gitmodules");
    if (entry == nullptr || git_tree_entry_filemode(entry) == GIT_FILEMODE_LINK) return Declarations{};
    const std::string act = fmt::format("cannot read .gitmodules of {}", opened.name());
    constexpr std::uint64_t longest = 1U << 20U;
    GUP_TRY(const Blob blob, find_blob(opened.get(), *git_tree_entry_id(entry), longest, ".gitmodules"));
    Config config;
    int code = git_config_new(Out(config));
    git_config_backend* backend = nullptr;
    git_config_backend_memory_options options = GIT_CONFIG_BACKEND_MEMORY_OPTIONS_INIT;
    if (code == 0) {
        code = git_config_backend_from_string(&backend, static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                              static_cast<std::size_t>(git_blob_rawsize(blob.get())), &options);
    }
    if (code == 0) code = git_config_add_backend(config.get(), backend, GIT_CONFIG_LEVEL_LOCAL, nullptr, 0);
    Declarations declarations;
    if (code == 0) code = git_config_foreach(config.get(), on_declaration, &declarations);
    if (code != 0) return failure(code, act);
    return declarations;
}

}  // namespace

Result<std::vector<RecordedSubmodule>> recorded_submodules(const Opened& opened, const std::string& commit) {
    std::vector<RecordedSubmodule> recorded;
    GUP_TRY(const git_oid id, parse_id(commit));
    GUP_TRY(const Tree tree, find_tree(opened.get(), id));
    GUP_TRY(const Declarations declarations, declarations_of(opened, tree.get()));
    if (declarations.empty()) return recorded;
    GUP_TRY(const auto links, gitlinks_of(tree.get()));
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), opened.get()); code != 0) {
        return failure(code, fmt::format("cannot read the configuration of {}", opened.name()));
    }
    for (const auto& [name, declaration] : declarations) {
        const auto& path = declaration.path;
        const auto link = std::find_if(links.begin(), links.end(), [&](const Gitlink& l) { return l.path == path; });
        if (link == links.end()) continue;
        if (!is_safe_path(name) || !is_safe_path(path)) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("the submodule \"{}\" of {} is outside of the work tree", name, opened.name()),
                         {}};
        }
        const std::string section = fmt::format("submodule.{}.", name);
        const std::string own_update = config_text(config.get(), section + "update");
        if ((own_update.empty() ? declaration.update : own_update) == "none") continue;
        if (!config_flag(config.get(), section + "active", true)) continue;
        recorded.push_back({name, path, declaration.url, config_text(config.get(), section + "url"), link->commit});
    }
    return recorded;
}

std::vector<std::string> declared_urls(const Opened& opened, const std::string& name) {
    constexpr std::size_t most = 100'000;  // commits
    std::vector<std::string> urls;
    Revwalk walk;
    if (git_revwalk_new(Out(walk), opened.get()) != 0) return urls;
    git_revwalk_push_head(walk.get());
    git_revwalk_push_glob(walk.get(), "refs/remotes/*");
    git_oid last{};
    git_oid id{};
    for (std::size_t i = 0; i < most && git_revwalk_next(&id, walk.get()) == 0; ++i) {
        auto tree = find_tree(opened.get(), id);
        if (!tree) continue;
        const git_tree_entry* entry = git_tree_entry_byname(tree->get(), ".gitmodules");
        if (entry == nullptr || git_oid_equal(git_tree_entry_id(entry), &last) != 0) continue;
        last = *git_tree_entry_id(entry);
        const auto declarations = declarations_of(opened, tree->get());
        if (!declarations) continue;
        const auto found = declarations->find(name);
        if (found == declarations->end()) continue;
        if (std::find(urls.begin(), urls.end(), found->second.url) == urls.end()) urls.push_back(found->second.url);
    }
    git_error_clear();
    return urls;
}

std::string head_of(const fs::path& folder) {
    const auto repository = open_plainly(folder);
    if (!repository.ok()) return {};
    git_oid id{};
    const int code = git_reference_name_to_id(&id, repository->get(), "HEAD");
    git_error_clear();
    return code == 0 ? hex(id) : std::string{};
}

bool submodules_differ(const Opened& opened, const std::string& commit) {
    const auto recorded = recorded_submodules(opened, commit);
    // A wrong declaration is reported when it is used.
    if (!recorded) return true;
    return std::any_of(recorded->begin(), recorded->end(), [&](const RecordedSubmodule& submodule) {
        const fs::path folder = opened.work_tree() / submodule.path;
        if (head_of(folder) != submodule.commit) return true;
        Opened inner;
        inner.user = opened.user;
        auto repository = open_repository(folder, opened.user);
        if (!repository) return true;
        inner.repository = std::move(*repository);
        return submodules_differ(inner, submodule.commit);
    });
}

}  // namespace gup::git
