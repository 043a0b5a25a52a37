#include "source/git/submodule_update.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "source/git/fetch.hpp"
#include "source/git/remote.hpp"
#include "source/git/submodules.hpp"
#include "source/git/work_tree/fast_forward.hpp"
#include "source/git/work_tree/head.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/file_limits.hpp"
#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/url.hpp"

namespace gup::git {
namespace {

constexpr int deepest_nesting = 16;

struct Callbacks {
    const BeforeMove& before;
    const ProgressCallback& progress;
};

// The URL of the outer repository, the base of relative URLs of submodules.
std::string base_url(const Opened& outer, git_config* config) {
    std::string remote = "origin";
    if (const auto head = read_head(outer.get()); head && head->ref.rfind(branch_prefix, 0) == 0) {
        const std::string branch = head->ref.substr(branch_prefix.size());
        const std::string own = config_text(config, fmt::format("branch.{}.remote", branch));
        if (!own.empty() && own != ".") remote = own;
    }
    const std::string url = config_text(config, fmt::format("remote.{}.url", remote));
    return url.empty() ? outer.work_tree().string() : url;
}

bool is_relative(const std::string& url) {
    return url.rfind("./", 0) == 0 || url.rfind("../", 0) == 0;
}

// Like git: each "../" removes the last part of the base.
Result<std::string> resolve_url(std::string url, std::string base) {
    if (!is_relative(url)) return url;
    while (!base.empty() && base.back() == '/') base.pop_back();
    while (is_relative(url)) {
        const bool goes_up = url[1] == '.';
        url.erase(0, goes_up ? 3 : 2);
        if (!goes_up) continue;
        const auto cut = base.find_last_of("/:");
        if (cut == std::string::npos) {
            return Error{ErrorCode::invalid_input, fmt::format("the relative URL {} leads nowhere", url), {}};
        }
        // "host:path" keeps its colon: the next part follows it directly.
        if (base[cut] == ':') return base.substr(0, cut + 1) + url;
        base.erase(cut);
    }
    return base + "/" + url;
}

// A remote repository must not make this machine read its own files (CVE-2022-39253).
Status check_url(const std::string& url, const std::string& outer_url) {
    const auto parsed = parse_url(url);
    const std::string scheme = parsed ? parsed->scheme : std::string{};
    if (scheme == "http" || scheme == "https" || scheme == "ssh" || scheme == "git") return {};
    if (scheme == "file" && !local_path(outer_url).empty()) return {};
    return Error{ErrorCode::unsupported, fmt::format("the URL {} is not allowed for a submodule", mask_secrets(url)),
                 "allowed: http, https, ssh and git; file only below a file remote"};
}

struct Urls {
    std::string configured;  // for the submodule's remote
    std::string effective;   // after insteadOf
    std::string outer;       // that of the outer repository
};

Result<Urls> urls_of(const Opened& outer, const RecordedSubmodule& submodule) {
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), outer.get()); code != 0) {
        return failure(code, "cannot read the configuration");
    }
    const std::string base = base_url(outer, config.get());
    Urls urls;
    GUP_TRY(urls.configured, resolve_url(submodule.url, base));
    urls.effective = effective_url(urls.configured, config.get(), outer.work_tree());
    urls.outer = effective_url(base, config.get(), outer.work_tree());
    GUP_CHECK(check_url(urls.effective, urls.outer));
    return urls;
}

// No part of the way to the submodule is a link, which would lead the checkout elsewhere.
Status check_way(const fs::path& root, const std::string& path) {
    fs::path folder = root;
    for (const fs::path& part : fs::path(path)) {
        folder /= part;
        struct stat info {};
        if (::lstat(folder.c_str(), &info) == 0 && !S_ISDIR(info.st_mode)) {
            return Error{ErrorCode::conflict, fmt::format("{} is in the way of a submodule", folder.string()), {}};
        }
    }
    return {};
}

// .git/modules/<name> and the .git file that names it. Both may already exist.
Status init_repository(const Opened& outer, const RecordedSubmodule& submodule, const std::string& url) {
    const fs::path folder = outer.work_tree() / submodule.path;
    const fs::path git_folder = outer.common_folder() / "modules" / submodule.name;
    if (const auto names = list_folder(folder); names && !names->empty()) {
        return Error{ErrorCode::conflict, fmt::format("{} is not empty and not a repository", folder.string()),
                     "move its content away"};
    }
    GUP_CHECK(make_folders(folder));
    GUP_CHECK(check_repository_files(git_folder, {}));
    git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
    options.flags =
        GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_DOTGIT_DIR | GIT_REPOSITORY_INIT_RELATIVE_GITLINK;
    options.workdir_path = folder.c_str();
    Repository made;
    if (const int code = git_repository_init_ext(Out(made), git_folder.c_str(), &options); code != 0) {
        return failure(code, fmt::format("cannot create a repository in {}", git_folder.string()));
    }
    Config config;
    int code = git_repository_config(Out(config), made.get());
    if (code == 0) code = git_config_set_string(config.get(), "remote.origin.url", url.c_str());
    if (code == 0) {
        code = git_config_set_string(config.get(), "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
    }
    if (code != 0) return failure(code, fmt::format("cannot set the remote of {}", folder.string()));
    return {};
}

// The settings that git submodule init writes into the outer configuration.
Status register_url(const Opened& outer, const RecordedSubmodule& submodule, const std::string& url) {
    Config config;
    Config local;
    int code = git_repository_config(Out(config), outer.get());
    if (code == 0) code = git_config_open_level(Out(local), config.get(), GIT_CONFIG_LEVEL_LOCAL);
    const std::string section = fmt::format("submodule.{}.", submodule.name);
    if (code == 0 && config_text(local.get(), section + "url").empty()) {
        code = git_config_set_bool(local.get(), (section + "active").c_str(), 1);
        if (code == 0) code = git_config_set_string(local.get(), (section + "url").c_str(), url.c_str());
    }
    if (code != 0) return failure(code, fmt::format("cannot register the submodule {}", submodule.name));
    return {};
}

Status fetch_commit(const Opened& inner, const std::string& url, const git_oid& commit,
                    const ProgressCallback& progress) {
    if (has_object(inner.get(), commit)) return {};
    sweep_packs(inner);
    GUP_CHECK(fetch_from(inner, {url, {"+refs/heads/*:refs/remotes/origin/*"}, hex(commit)}, progress));
    if (has_object(inner.get(), commit)) return {};
    // On no branch: some servers send it by its id.
    const std::string kept = fmt::format("+{0}:refs/gup-agent/{0}", hex(commit));
    GUP_CHECK(fetch_from(inner, {url, {kept}, hex(commit)}, progress));
    if (has_object(inner.get(), commit)) return {};
    return Error{ErrorCode::not_found, fmt::format("{} has no commit {}", mask_secrets(url), hex(commit)), {}};
}

// A detached HEAD that neither a ref nor the new commit contains: moving it would lose these commits.
Status check_local_commits(const Opened& inner, const Head& head, const git_oid& commit) {
    if (!head.ref.empty() || git_oid_is_zero(&head.commit) != 0) return {};
    std::vector<git_oid> tips{commit};
    ReferenceIterator iterator;
    if (git_reference_iterator_new(Out(iterator), inner.get()) == 0) {
        Reference ref;
        while (git_reference_next(Out(ref), iterator.get()) == 0) {
            Object target;
            if (git_reference_peel(Out(target), ref.get(), GIT_OBJECT_COMMIT) == 0) {
                tips.push_back(*git_object_id(target.get()));
            }
        }
    }
    git_error_clear();
    if (std::any_of(tips.begin(), tips.end(), [&](const git_oid& tip) { return git_oid_equal(&tip, &head.commit); })) {
        return {};
    }
    const int reached = git_graph_reachable_from_any(inner.get(), &head.commit, tips.data(), tips.size());
    if (reached < 0) return failure(reached, "cannot follow the history");
    if (reached == 1) return {};
    return Error{ErrorCode::conflict, fmt::format("its commit {} is on no branch", hex(head.commit)),
                 "keep it with git branch in the submodule"};
}

// Like git submodule update: a branch is not moved. First, so that recovery does not move it, either.
Status detach(const Opened& inner, const Head& head) {
    if (head.ref.empty() || git_oid_is_zero(&head.commit) != 0) return {};
    if (const int code = git_repository_set_head_detached(inner.get(), &head.commit); code != 0) {
        return failure(code, "cannot detach HEAD");
    }
    return {};
}

Status update_all(const Opened& outer, const Callbacks& callbacks, int depth);

Status update_one(const Opened& outer, const RecordedSubmodule& submodule, const Callbacks& callbacks, int depth) {
    const fs::path folder = outer.work_tree() / submodule.path;
    GUP_CHECK(check_way(outer.work_tree(), submodule.path));
    const bool has_git = is_there(folder / ".git");
    GUP_TRY(const git_oid wanted, parse_id(submodule.commit));
    if (!has_git || head_of(folder) != submodule.commit) {
        GUP_TRY(const Urls urls, urls_of(outer, submodule));
        if (!has_git) {
            GUP_CHECK(register_url(outer, submodule, urls.configured));
            GUP_CHECK(init_repository(outer, submodule, urls.configured));
        }
        Opened inner;
        inner.user = outer.user;
        if (inner.user.home_remote.empty()) inner.user.home_remote = urls.outer;
        GUP_TRY(inner.repository, open_repository(folder, outer.user));
        GUP_CHECK(fetch_commit(inner, urls.effective, wanted, callbacks.progress));
        GUP_TRY(const Head head, read_head(inner.get()));
        GUP_CHECK(check_local_commits(inner, head, wanted));
        GUP_CHECK(detach(inner, head));
        GUP_CHECK(move_to(inner, Head{{}, head.commit}, wanted, callbacks.before));
    }
    Opened inner;
    inner.user = outer.user;
    GUP_TRY(inner.repository, open_repository(folder, outer.user));
    return update_all(inner, callbacks, depth + 1);
}

Status update_all(const Opened& outer, const Callbacks& callbacks, int depth) {
    if (depth > deepest_nesting) return Error{ErrorCode::unsupported, "submodules are nested too deep", {}};
    GUP_TRY(const Head head, read_head(outer.get()));
    if (git_oid_is_zero(&head.commit) != 0) return {};
    GUP_TRY(const auto recorded, recorded_submodules(outer, hex(head.commit)));
    for (const RecordedSubmodule& submodule : recorded) {
        if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
        if (auto status = update_one(outer, submodule, callbacks, depth); !status) {
            return status.error().with_context(fmt::format("cannot update the submodule {}", submodule.path));
        }
    }
    return {};
}

}  // namespace

Status update_submodules(const Opened& opened, const BeforeMove& before, const ProgressCallback& progress) {
    return update_all(opened, Callbacks{before, progress}, 0);
}

}  // namespace gup::git
