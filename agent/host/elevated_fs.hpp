// Changes in folders that a connector's owner may not write to, such as a root folder of root's. Each change is made as
// the owner first. Where the owner may not, and the caller allows it, root makes it without following a link.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

#include "host/owner.hpp"
#include "util/result.hpp"
#include "util/sys/effective_user.hpp"
#include "util/sys/file.hpp"

namespace gup {

// `yes` for entries of the root folder and its .pyenv. Below the connector's own folders it is `no`: what looks like a
// folder there may be a link of the owner's by now, and lead anywhere.
enum class Elevated : bool { no, yes };

[[nodiscard]] inline UniqueFd open_folder_itself(const fs::path& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Calls `act` with a descriptor of path's parent and path's name; it returns 0 or an errno. The first call is made as
// the calling thread's user. When that user lacks permission, `elevated` allows it and the thread acts for an owner, the
// second call is made as root, who opens the parent itself and not a link in its place. As root, `act` gives to the
// owner what it creates, and replaces only what the owner owns.
template <class Act>
Status in_parent_of(const fs::path& path, Elevated elevated, std::string_view what, Act act) {
    const std::string name = path.filename();
    int number = 0;
    {
        const UniqueFd folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        number = folder.valid() ? act(folder.get(), name.c_str()) : errno;
    }
    if (number == EACCES && elevated == Elevated::yes && works_as_another()) {
        const AsAgent as_root;
        const UniqueFd folder = open_folder_itself(path.parent_path());
        number = folder.valid() ? act(folder.get(), name.c_str()) : errno;
    }
    if (number == 0) return {};
    return errno_error(number, std::string(what) + " " + path.string());
}

// A new, empty folder of the owner's. Fails with conflict when something is there.
[[nodiscard]] Status create_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated);
// The same, but nothing happens when there is a folder already.
[[nodiscard]] Status make_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated);
// Like make_owner_folder, for a folder shared by several owners (.gup): created by the owner or by root.
[[nodiscard]] Status make_shared_folder(const fs::path& path);
// Whether it was removed: nothing happens when it is not empty.
bool remove_empty_folder(const fs::path& path, Elevated elevated);
// As remove_tree. Only the last removal, of `path` itself, may be root's.
[[nodiscard]] Status remove_owner_tree(const fs::path& path, Elevated elevated);

// `path` becomes a link to `target`, in one step; it was a link, or nothing was there. Flushed.
[[nodiscard]] Status switch_link(const fs::path& path, const fs::path& target, const Owner& owner, Elevated elevated);
// Removes the link `path`.
[[nodiscard]] Status remove_link(const fs::path& path, Elevated elevated);
// Removes the new link that a crash of switch_link left.
void sweep_link(const fs::path& path, Elevated elevated);
// The folder or file at one path and the link at the other (or nothing, when the file system cannot exchange) change
// places. Flushed. Only an entry of path's parent may need root.
[[nodiscard]] Status exchange_entries(const fs::path& path, const fs::path& with, const Owner& owner,
                                      Elevated elevated);
// Fails with conflict when something is at `to`, and with unsupported across file systems.
[[nodiscard]] Status rename_entry(const fs::path& from, const fs::path& to, Elevated elevated);

}  // namespace gup
