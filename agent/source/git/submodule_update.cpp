// SPDX-License-Identifier: Apache-2.0
#include "source/git/submodule_update.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "source/git/fetch.hpp"
#include "source/git/remote.hpp"
#include "source/git/submodules.hpp"
#include "source/git/work_tree/fast_forward.hpp"
#include "source/git/work_tree/head.hpp"
#include "source/libgit2/config.hpp"
#include "source/libgit2/file_limits.hpp"
#include "source/libgit2/opened.hpp"
#include "util/log/log.hpp"
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

// The repository of a submodule or the outermost one.
struct Level {
    int depth = 0;
    // Where it was cloned from before its URL changed: relative URLs of its submodules once meant these.
    std::function<std::vector<std::string>()> former_bases;
};

// The URL of the outer repository, the base of relative URLs of submodules.
std::string base_url(const Opened& outer, git_config* config) {
    std::string remote = "origin";
    if (const auto head = read_head(outer.get()); head && head->ref.rfind(branch_prefix, 0) == 0) {
        const std::string branch = head->ref.substr(branch_prefix.size());
        const std::string own = config_text(config, fmt::format("branch.{}.remote", branch));
        if (!own.empty() && own != ".") remote = own;
    }
    const std::string url = first_config_text(config, fmt::format("remote.{}.url", remote));
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
    std::string remote;         // for the submodule's remote
    std::string configured;     // for submodule.<name>.url
    std::string effective;      // after insteadOf
    std::string outer;          // that of the outer repository
    bool is_operators = false;  // it is not what .gitmodules declares
};

std::string inner_remote_url(const Opened& outer, const RecordedSubmodule& submodule) {
    const fs::path folder = outer.work_tree() / submodule.path;
    if (!is_there(folder / ".git")) return {};
    const auto inner = open_repository(folder, outer.user);
    Config config;
    if (!inner || git_repository_config_snapshot(Out(config), inner->get()) != 0) {
        git_error_clear();
        return {};
    }
    return config_text(config.get(), "remote.origin.url");
}

// The absolute URLs that .gitmodules once meant for a submodule.
std::vector<std::string> past_urls(const Opened& outer, const std::string& name,
                                   const std::vector<std::string>& bases) {
    std::vector<std::string> urls;
    for (const std::string& written : declared_urls(outer, name)) {
        for (const std::string& base : bases) {
            if (auto resolved = resolve_url(written, base)) urls.push_back(*std::move(resolved));
        }
    }
    return urls;
}

// As git submodule sync sets them, but a URL that no commit has declared is the operator's choice, and stays.
class SubmoduleUrls {
public:
    SubmoduleUrls(const Opened& outer, const RecordedSubmodule& submodule, const Level& level, std::string base)
        : outer_(outer), submodule_(submodule), level_(level), base_(std::move(base)) {}

    Result<Urls> choose() {
        GUP_TRY(declared_, resolve_url(submodule_.url, base_));
        GUP_TRY(const std::string configured, resolve_url(submodule_.configured, base_));
        const std::string inner = inner_remote_url(outer_, submodule_);
        Urls urls;
        urls.configured = is_operators(configured) ? submodule_.configured : declared_;
        GUP_TRY(urls.remote, resolve_url(urls.configured, base_));
        // An own URL of the outer repository is older than the submodule's copy of it.
        if (is_operators(inner)) urls.remote = inner;
        urls.is_operators = urls.remote != declared_;
        return urls;
    }

private:
    bool is_operators(const std::string& url) {
        if (url.empty() || url == declared_) return false;
        if (!past_) {
            std::vector<std::string> bases = level_.former_bases();
            bases.push_back(base_);
            past_ = past_urls(outer_, submodule_.name, bases);
        }
        return std::find(past_->begin(), past_->end(), url) == past_->end();
    }

    const Opened& outer_;
    const RecordedSubmodule& submodule_;
    const Level& level_;
    std::string base_;
    std::string declared_;
    std::optional<std::vector<std::string>> past_;
};

Result<Urls> urls_of(const Opened& outer, const RecordedSubmodule& submodule, const Level& level) {
    Config config;
    if (const int code = git_repository_config_snapshot(Out(config), outer.get()); code != 0) {
        return failure(code, "cannot read the configuration");
    }
    const std::string base = base_url(outer, config.get());
    GUP_TRY(Urls urls, SubmoduleUrls(outer, submodule, level, base).choose());
    urls.effective = effective_url(urls.remote, config.get(), outer.work_tree());
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

// For a repository that an earlier work tree of the submodule left, as git mv and git submodule deinit do: its commits
// stay. HEAD is unborn and the index gone, so that the next steps write all files, also after a kill.
Status reuse_repository(const Opened& outer, const RecordedSubmodule& submodule) {
    const fs::path folder = outer.work_tree() / submodule.path;
    const fs::path git_folder = outer.common_folder() / "modules" / submodule.name;
    GUP_TRY(const Repository left, open_repository(git_folder, outer.user));
    GUP_TRY(const Head head, read_head(left.get()));
    int code = 0;
    if (head.ref.empty()) {
        Reference kept;
        const std::string name = fmt::format("refs/gup-agent/{}", hex(head.commit));
        code = git_reference_create(Out(kept), left.get(), name.c_str(), &head.commit, 1, nullptr);
    }
    if (code == 0) code = git_repository_set_head(left.get(), "refs/heads/gup-agent/none");
    if (code != 0) return failure(code, fmt::format("cannot set HEAD of {}", git_folder.string()));
    GUP_CHECK(remove_tree(git_folder / "index"));
    return write_file_atomically(folder / ".git",
                                 fmt::format("gitdir: {}\n", git_folder.lexically_relative(folder).string()));
}

// libgit2 makes a new file of a configuration that it changes, with the umask's mode.
class ConfigMode {
public:
    explicit ConfigMode(fs::path file) : file_(std::move(file)) {
        struct stat info {};
        if (::stat(file_.c_str(), &info) == 0) mode_ = info.st_mode & permissions;
    }
    ConfigMode(const ConfigMode&) = delete;
    ConfigMode& operator=(const ConfigMode&) = delete;
    ~ConfigMode() {
        if (mode_ && ::chmod(file_.c_str(), *mode_) != 0) log::warning({}, "cannot keep the mode of " + file_.string());
    }

private:
    static constexpr mode_t permissions = 07777;
    fs::path file_;
    std::optional<mode_t> mode_;
};

// The settings that git submodule init and git submodule sync write into the outer configuration.
Status register_url(const Opened& outer, const RecordedSubmodule& submodule, const std::string& url) {
    if (submodule.configured == url) return {};
    const ConfigMode mode(outer.common_folder() / "config");
    Config config;
    Config local;
    int code = git_repository_config(Out(config), outer.get());
    if (code == 0) code = git_config_open_level(Out(local), config.get(), GIT_CONFIG_LEVEL_LOCAL);
    const std::string section = fmt::format("submodule.{}.", submodule.name);
    if (code == 0 && submodule.configured.empty()) {
        code = git_config_set_bool(local.get(), (section + "active").c_str(), 1);
    }
    if (code == 0) code = git_config_set_string(local.get(), (section + "url").c_str(), url.c_str());
    if (code != 0) return failure(code, fmt::format("cannot register the submodule {}", submodule.name));
    return {};
}

// Once the commit is here, so that a URL that does not work is not kept.
Status keep_urls(const Opened& outer, const RecordedSubmodule& submodule, const Opened& inner, const Urls& urls) {
    GUP_CHECK(register_url(outer, submodule, urls.configured));
    Config config;
    Config local;
    int code = git_repository_config(Out(config), inner.get());
    if (code == 0) code = git_config_open_level(Out(local), config.get(), GIT_CONFIG_LEVEL_LOCAL);
    if (code != 0) return failure(code, "cannot read the configuration");
    if (config_text(local.get(), "remote.origin.url") == urls.remote) return {};
    const ConfigMode mode(inner.common_folder() / "config");
    code = git_config_set_string(local.get(), "remote.origin.url", urls.remote.c_str());
    if (code != 0) return failure(code, "cannot set the remote");
    return {};
}

Status fetch_commit(const Opened& inner, const std::string& url, const git_oid& commit,
                    const ProgressCallback& progress) {
    if (has_object(inner.get(), commit)) return {};
    sweep_packs(inner);
    FetchRequest request{url, {"+refs/heads/*:refs/remotes/origin/*"}, hex(commit)};
    request.tags = tags_of(inner, "origin");
    GUP_CHECK(fetch_from(inner, request, progress));
    if (has_object(inner.get(), commit)) return {};
    // On no branch: some servers send it by its id, others with a tag.
    request.refspecs = {fmt::format("+{0}:refs/gup-agent/{0}", hex(commit))};
    return fetch_by_id(inner, request, progress);
}

// Why the fetch failed is the remote's business; that it is asked at another place than .gitmodules says is not.
Error failed_fetch(const Opened& outer, const RecordedSubmodule& submodule, const Urls& urls, const Error& error) {
    if (!urls.is_operators) return error;
    return error.with_hint(fmt::format("{} is not the URL of .gitmodules; to use that one: git -C {} submodule sync {}",
                                       mask_secrets(urls.remote), outer.work_tree().string(), submodule.path));
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

Status update_all(const Opened& outer, const Callbacks& callbacks, const Level& level);

Status update_one(const Opened& outer, const RecordedSubmodule& submodule, const Callbacks& callbacks,
                  const Level& level) {
    const fs::path folder = outer.work_tree() / submodule.path;
    GUP_CHECK(check_way(outer.work_tree(), submodule.path));
    const bool has_git = is_there(folder / ".git");
    GUP_TRY(const git_oid wanted, parse_id(submodule.commit));
    if (!has_git || head_of(folder) != submodule.commit) {
        GUP_TRY(const Urls urls, urls_of(outer, submodule, level));
        if (!has_git) {
            GUP_CHECK(init_repository(outer, submodule, urls.remote));
            // libgit2 makes the .git file only together with a new repository.
            if (!is_there(folder / ".git")) GUP_CHECK(reuse_repository(outer, submodule));
        }
        Opened inner;
        inner.user = outer.user;
        if (inner.user.home_remote.empty()) inner.user.home_remote = urls.outer;
        GUP_TRY(inner.repository, open_repository(folder, outer.user));
        if (auto status = fetch_commit(inner, urls.effective, wanted, callbacks.progress); !status) {
            return failed_fetch(outer, submodule, urls, status.error());
        }
        GUP_CHECK(keep_urls(outer, submodule, inner, urls));
        GUP_TRY(const Head head, read_head(inner.get()));
        GUP_CHECK(check_local_commits(inner, head, wanted));
        GUP_CHECK(detach(inner, head));
        GUP_CHECK(move_to(inner, Head{{}, head.commit}, wanted, callbacks.before));
    }
    Opened inner;
    inner.user = outer.user;
    GUP_TRY(inner.repository, open_repository(folder, outer.user));
    const auto former_bases = [&]() -> std::vector<std::string> {
        Config config;
        if (git_repository_config_snapshot(Out(config), outer.get()) != 0) return {};
        std::vector<std::string> bases = level.former_bases();
        bases.push_back(base_url(outer, config.get()));
        return past_urls(outer, submodule.name, bases);
    };
    return update_all(inner, callbacks, {level.depth + 1, former_bases});
}

Status update_all(const Opened& outer, const Callbacks& callbacks, const Level& level) {
    if (level.depth > deepest_nesting) return Error{ErrorCode::unsupported, "submodules are nested too deep", {}};
    GUP_TRY(const Head head, read_head(outer.get()));
    if (git_oid_is_zero(&head.commit) != 0) return {};
    GUP_TRY(const auto recorded, recorded_submodules(outer, hex(head.commit)));
    for (const RecordedSubmodule& submodule : recorded) {
        if (stop_requested()) return Error{ErrorCode::cancelled, "stopped", {}};
        if (auto status = update_one(outer, submodule, callbacks, level); !status) {
            return status.error().with_context(fmt::format("cannot update the submodule {}", submodule.path));
        }
    }
    return {};
}

}  // namespace

Status update_submodules(const Opened& opened, const BeforeMove& before, const ProgressCallback& progress) {
    return update_all(opened, Callbacks{before, progress}, {0, [] { return std::vector<std::string>{}; }});
}

}  // namespace gup::git
