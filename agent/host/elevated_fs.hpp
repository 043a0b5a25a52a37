// Entries of folders that a connector's owner may not write to, such as a root folder that is root's: made, renamed and
// removed there for him without following a link that somebody put there.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "host/owner.hpp"
#include "util/result.hpp"
#include "util/sys/effective_user.hpp"
#include "util/sys/file.hpp"

namespace gup {

[[nodiscard]] inline UniqueFd open_folder_itself(const fs::path& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

// Does `act` with the descriptor of path's parent and path's name; it returns 0 or an errno. First as the calling
// thread's user; when that one may not and the thread acts for an owner, as root, who opens the parent itself and not a
// link in its place. For who acts as root: what he makes he gives to the owner, what he replaces must be the owner's.
template <class Act>
Status in_parent_of(const fs::path& path, std::string_view what, Act act) {
    const std::string name = path.filename();
    int number = 0;
    {
        const UniqueFd folder(::open(path.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        number = folder.valid() ? act(folder.get(), name.c_str()) : errno;
    }
    if (number == EACCES && works_as_another()) {
        const AsAgent as_root;
        const UniqueFd folder = open_folder_itself(path.parent_path());
        number = folder.valid() ? act(folder.get(), name.c_str()) : errno;
    }
    if (number == 0) return {};
    return errno_error(number, std::string(what) + " " + path.string());
}

// An empty folder of the owner's. Nothing happens when there is a folder already; anything else there is an error.
[[nodiscard]] Status make_owner_folder(const fs::path& path, const Owner& owner);
// As `make_owner_folder`, but of whoever can make it: what several owners share (.gup).
[[nodiscard]] Status make_shared_folder(const fs::path& path);
// Nothing happens when it is not empty.
void remove_empty_folder(const fs::path& path);

// `place` becomes a link to `target`, in one step; it was a link, or nothing was there. Flushed.
[[nodiscard]] Status switch_link(const fs::path& place, const fs::path& target, const Owner& owner);
// Removes the link `place`, and what a crash of switch_link left beside it.
[[nodiscard]] Status remove_link(const fs::path& place);
// By what name switch_link makes the new link, beside the old one.
[[nodiscard]] std::string link_beside(std::string_view name);
void sweep_link(const fs::path& place);
// The folder at `place` and the link at `with` (or nothing, when the file system cannot exchange) change places, either
// way round. Flushed.
[[nodiscard]] Status exchange_entries(const fs::path& place, const fs::path& with, const Owner& owner);

}  // namespace gup
