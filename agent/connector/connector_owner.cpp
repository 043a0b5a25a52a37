// SPDX-License-Identifier: Apache-2.0
#include "connector/connector_owner.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "connector/generation_store.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/release.hpp"
#include "host/ownership.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// The files by which a repository says what git does.
constexpr const char* git_entries[] = {
    "HEAD", "config",  "config.worktree",         "commondir", "index",          "packed-refs", "shallow",
    "refs", "objects", "objects/info/alternates", "modules",   "info/attributes"};

const DeclaredConnector* find_declared(const ScanSettings& settings, const std::string& name) {
    const auto found = std::find_if(settings.declared.begin(), settings.declared.end(),
                                    [&](const DeclaredConnector& one) { return one.name == name; });
    return found == settings.declared.end() ? nullptr : &*found;
}

// A connector's files, opened below the root folder.
class Claim {
public:
    static Result<Claim> make(const ScanSettings& settings, const std::string& name) {
        Claim claim;
        claim.declared_ = find_declared(settings, name);
        claim.path_ = settings.root / name;
        GUP_TRY(claim.root_, Way::open_shared(settings.root));
        if (!claim.root_->is_there()) {
            return Error{ErrorCode::not_found, settings.root.string() + " does not exist", {}};
        }
        GUP_TRY(claim.entry_, claim.root_->open_below(name));
        GUP_TRY(claim.releases_, claim.root_->open_below(fs::path(generations_name) / name));
        claim.add_subjects(name);
        return claim;
    }

    [[nodiscard]] Result<Owner> owner() const {
        if (declared_ != nullptr && !declared_->owner.empty()) {
            GUP_TRY(Owner owner, find_owner(declared_->owner));
            if (::geteuid() == 0 || ::geteuid() == owner.uid) return owner;
            return Error{ErrorCode::permission, "only root can work as " + user_name(owner.uid),
                         "remove owner below its [[connector]] in gup-agent.toml, or run the agent as root"};
        }
        if (::geteuid() != 0) return owner_with(::geteuid());
        if (declared_ != nullptr) return owner_with(root_->end().owner);
        if (entry_.is_there()) return owner_with(entry_.end().owner);
        return owner_with((releases_.is_there() ? releases_ : *root_).end().owner);
    }

    [[nodiscard]] Status check_inside() const {
        if (!entry_.is_there() || is_below(entry_.end().path, root_->end().path)) return {};
        return Error{ErrorCode::conflict,
                     fmt::format("{} is a link that leaves {}: {}", path_.string(), root_->end().path.string(),
                                 entry_.end().path.string()),
                     fmt::format("rm {}", path_.string())};
    }

    // For a connector that is to be made.
    [[nodiscard]] Status check_root(const Owner& owner) {
        belongings_.uid = owner.uid;
        belongings_.subjects.clear();
        belongings_.add_on_the_way(*root_);
        GUP_CHECK(add_shared(generations_name));
        GUP_CHECK(add_shared(".pyenv"));
        return check();
    }

    // What is there is still the user's whose update was interrupted.
    [[nodiscard]] Status check_still_of(const Owner& owner) {
        if (const Status inside = check_inside(); !inside.ok()) {
            return Error{ErrorCode::conflict, inside.error().message,
                         fmt::format("put the folder of its interrupted update back to {}, then gup-agent recover",
                                     path_.string())};
        }
        if (::geteuid() == 0 && entry_.is_there() && entry_.end().owner != owner.uid) {
            const std::string user = owner.name.empty() ? std::to_string(owner.uid) : owner.name;
            const bool are_releases_foreign = releases_.is_there() && releases_.end().owner != owner.uid;
            const std::string releases = are_releases_foreign ? " " + releases_.end().path.string() : std::string();
            return Error{ErrorCode::conflict,
                         fmt::format("{} belongs to {}, but its interrupted update was made as {}", path_.string(),
                                     user_name(entry_.end().owner), user_name(owner.uid)),
                         fmt::format("{0} belonged to {1} when its update was interrupted: chown -R {1} {0}{2}, then "
                                     "gup-agent recover",
                                     path_.string(), user, releases)};
        }
        belongings_.add(releases_);
        Status status = check_root(::geteuid() == 0 ? owner : owner_with(::geteuid()));
        if (status.ok()) return status;
        return Error{ErrorCode::conflict, status.error().message, status.error().hint + "; gup-agent recover"};
    }

    [[nodiscard]] Status check_folder(const Owner& owner) {
        belongings_.uid = owner.uid;
        belongings_.add_on_the_way(*root_);
        belongings_.add(entry_);
        return check();
    }

    [[nodiscard]] Status check_all(const Owner& owner, const VirtualenvLocation& virtualenv) {
        GUP_CHECK(collect(owner, virtualenv));
        return check();
    }

    Status collect(const Owner& owner, const VirtualenvLocation& virtualenv) {
        belongings_.uid = owner.uid;
        belongings_.add_on_the_way(*root_);
        belongings_.add(entry_);
        if (entry_.is_there() && entry_.end().kind == FileKind::folder) {
            GUP_CHECK(add(entry_, gupfile_name));
            GUP_CHECK(add_repository(entry_, ".git"));
        }
        GUP_CHECK(add_shared(generations_name));
        belongings_.add(releases_);
        if (releases_.is_there()) {
            GUP_CHECK(add(releases_, gupfile_name));
            GUP_CHECK(add_repository(releases_, repository_name));
        }
        GUP_CHECK(add_shared(".pyenv"));
        if (!virtualenv.present) return {};
        GUP_CHECK(add_virtualenv(virtualenv.path));
        // On the virtualenv's file system, if that is another one than root's.
        const fs::path generations = generations_folder(root_->end().path, path_.filename(), virtualenv.path);
        if (generations.parent_path() != root_->end().path / generations_name) {
            GUP_TRY(const Way way, Way::open(generations));
            belongings_.add(way);
        }
        return {};
    }

    [[nodiscard]] Belongings below_root() && {
        std::erase_if(belongings_.points, [&](const Waypoint& point) {
            return point.path == root_->end().path || !is_below(point.path, root_->end().path);
        });
        return std::move(belongings_);
    }

private:
    Claim() = default;

    void add_subjects(const std::string& name) {
        belongings_.shared = {root_->end().path / generations_name, root_->end().path / ".pyenv"};
        if (declared_ != nullptr) return;  // the configuration names its owner, and the folder does not
        belongings_.subjects = {root_->end().path / name};
        if (releases_.is_there()) belongings_.subjects.push_back(root_->end().path / generations_name / name);
    }

    Status add(const Way& folder, const fs::path& name) {
        GUP_TRY(const Way way, folder.look_below(name));
        belongings_.add(way);
        return {};
    }

    Status add_shared(const char* name) {
        GUP_TRY(const Way way, root_->open_below(name));
        belongings_.add_on_the_way(way);
        return {};
    }

    // A git folder, or the file that names one.
    Status add_repository(const Way& folder, const char* name) {
        GUP_TRY(const Way git, folder.open_below(name));
        belongings_.add(git);
        if (git.is_there() && git.end().kind == FileKind::regular) return add_linked_work_tree(git);
        return add_git_folder(git);
    }

    Status add_git_folder(const Way& git) {
        if (!git.is_there() || git.end().kind != FileKind::folder) return {};
        for (const char* entry : git_entries) GUP_CHECK(add(git, entry));
        return {};
    }

    // The git folder, and the one of the repository that it is a work tree of.
    Status add_linked_work_tree(const Way& file) {
        GUP_TRY(const Way git, open_named(file.end().path, "gitdir:"));
        belongings_.add(git);
        GUP_CHECK(add_git_folder(git));
        if (!git.is_there() || !is_file(git.end().path / "commondir")) return {};
        GUP_TRY(const Way common, open_named(git.end().path / "commondir", ""));
        belongings_.add(common);
        return add_git_folder(common);
    }

    // The path after `mark` in a file of git's.
    static Result<Way> open_named(const fs::path& file, std::string_view mark) {
        constexpr std::uint64_t longest = 8U << 10U;
        GUP_TRY(const std::string text, read_file(file, longest));
        std::string_view path = text;
        if (path.starts_with(mark)) path.remove_prefix(mark.size());
        return Way::open(file.parent_path() / trimmed(path));
    }

    Status add_virtualenv(const fs::path& path) {
        GUP_TRY(const Way way, Way::open(path));
        belongings_.add(way);
        if (!way.is_there() || way.end().kind != FileKind::folder) return {};
        for (const char* entry : {"pyvenv.cfg", "bin/python", "bin/pip", "lib64"}) GUP_CHECK(add(way, entry));
        GUP_TRY(const Way libraries, way.open_below("lib"));
        belongings_.add(libraries);
        if (!libraries.is_there()) return {};
        const auto names = list_folder(libraries.end().path).value_or({});
        for (const std::string& name : names) {
            if (name.starts_with("python")) GUP_CHECK(add(libraries, fs::path(name) / "site-packages"));
        }
        return {};
    }

    [[nodiscard]] Status check() const {
        Status status = check_ownership(belongings_);
        if (status.ok() || declared_ == nullptr) return status;
        for (const Waypoint& point : belongings_.points) {
            const auto intruder = intruder_at(point, belongings_.uid);
            if (!intruder || intruder->kind != Intruder::Kind::owner) continue;
            const std::string name = owner_with(intruder->id).name;
            return Error{status.error().code, status.error().message,
                         fmt::format("{}; or write owner = \"{}\" below its [[connector]] in gup-agent.toml",
                                     status.error().hint, name.empty() ? std::to_string(intruder->id) : name)};
        }
        return status;
    }

    const DeclaredConnector* declared_ = nullptr;
    fs::path path_;
    std::shared_ptr<const Way> root_;
    Way entry_;
    Way releases_;
    Belongings belongings_;
};

}  // namespace

Result<Owner> owner_of_root(const ScanSettings& settings) {
    GUP_TRY(const Way root, Way::open(settings.root));
    if (!root.is_there()) return Error{ErrorCode::not_found, settings.root.string() + " does not exist", {}};
    return owner_with(::geteuid() == 0 ? root.end().owner : ::geteuid());
}

Status check_new_connector(const ScanSettings& settings, const std::string& name, const Owner& owner) {
    GUP_TRY(Claim claim, Claim::make(settings, name));
    return claim.check_root(owner);
}

Result<Owner> identify_owner(const ScanSettings& settings, const std::string& name) {
    GUP_TRY(Claim claim, Claim::make(settings, name));
    GUP_TRY(Owner owner, claim.owner());
    GUP_CHECK(claim.check_inside());
    GUP_CHECK(claim.check_folder(owner));
    return owner;
}

Status check_recovery(const ScanSettings& settings, const std::string& name, const Owner& owner) {
    GUP_TRY(Claim claim, Claim::make(settings, name));
    return claim.check_still_of(owner);
}

Status check_belongings(const ScanSettings& settings, const std::string& name, const Owner& owner,
                        const VirtualenvLocation& virtualenv) {
    GUP_TRY(Claim claim, Claim::make(settings, name));
    return claim.check_all(owner, virtualenv);
}

Result<Belongings> belongings_of_root(const ScanSettings& settings) {
    GUP_TRY(const Owner owner, owner_of_root(settings));
    Belongings belongings;
    belongings.uid = owner.uid;
    GUP_TRY(const Way root, Way::open(settings.root));
    belongings.add_on_the_way(root);
    for (const char* name : {generations_name, ".pyenv"}) {
        GUP_TRY(const Way way, root.open_below(name));
        belongings.add_on_the_way(way);
        belongings.shared.push_back(root.end().path / name);
    }
    return belongings;
}

Result<Belongings> belongings_of(const ScanSettings& settings, const std::string& name, const Owner& owner,
                                 const VirtualenvLocation& virtualenv) {
    GUP_TRY(Claim claim, Claim::make(settings, name));
    GUP_CHECK(claim.collect(owner, virtualenv));
    return std::move(claim).below_root();
}

}  // namespace gup
