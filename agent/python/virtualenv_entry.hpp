// How a copy of a virtualenv treats each entry: shared or copied.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace gup {

enum class EntryUse : std::uint8_t {
    share,    // a hard link is enough
    copy,     // is written in place
    script,   // its first line names the virtualenv
    rewrite,  // names the virtualenv anywhere
    leave,    // is not copied
};

// The position in the virtualenv.
enum class EntryFolder : std::uint8_t { root, bin, site, dist_info, other };

[[nodiscard]] inline EntryFolder folder_below(EntryFolder parent, const std::string& name) {
    if (parent == EntryFolder::root && name == "bin") return EntryFolder::bin;
    if (parent == EntryFolder::bin) return EntryFolder::bin;
    if (parent == EntryFolder::site && name.ends_with(".dist-info")) return EntryFolder::dist_info;
    return parent != EntryFolder::site && name == "site-packages" ? EntryFolder::site : EntryFolder::other;
}

[[nodiscard]] inline EntryUse use_of(EntryFolder folder, const std::string& name) {
    const auto is_activate = [&] { return name.starts_with("activate") || name.starts_with("Activate"); };
    switch (folder) {
        case EntryFolder::root:
            return name == "pyvenv.cfg" ? EntryUse::rewrite : EntryUse::share;
        case EntryFolder::bin:
            return is_activate() ? EntryUse::rewrite : EntryUse::script;
        case EntryFolder::site:
            if (name.starts_with('~')) return EntryUse::leave;
            return name.ends_with(".pth") || name.ends_with(".egg-link") || name.starts_with("__editable__")
                       ? EntryUse::rewrite
                       : EntryUse::share;
        case EntryFolder::dist_info:
            if (name == "direct_url.json") return EntryUse::rewrite;
            return name == "RECORD" ? EntryUse::copy : EntryUse::share;
        case EntryFolder::other:
            break;
    }
    return EntryUse::share;
}

// Linux lets only a file's owner, or a user with write access, link it (fs.protected_hardlinks).
[[nodiscard]] inline bool may_be_linked(const struct stat& status) {
    return status.st_uid == ::geteuid() || ::geteuid() == 0;
}

}  // namespace gup
