// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_entry.hpp"

namespace gup {

EntryFolder folder_below(EntryFolder parent, const std::string& name) {
    if (parent == EntryFolder::root && name == "bin") return EntryFolder::bin;
    if (parent == EntryFolder::bin) return EntryFolder::bin;
    if (parent == EntryFolder::site && name.ends_with(".dist-info")) return EntryFolder::dist_info;
    return parent != EntryFolder::site && name == "site-packages" ? EntryFolder::site : EntryFolder::other;
}

EntryUse use_of(EntryFolder folder, const std::string& name) {
    const auto is_activate = [&] { return name.starts_with("activate") || name.starts_with("Activate"); };
    switch (folder) {
        case EntryFolder::root:
            return name == "pyvenv.cfg" ? EntryUse::rewrite : EntryUse::share;
        case EntryFolder::bin:
            return is_activate() ? EntryUse::rewrite : EntryUse::script;
        case EntryFolder::site:
            if (name.starts_with('~')) return EntryUse::leave;
            if (name.ends_with(".pth") || name.ends_with(".egg-link")) return EntryUse::path_lines;
            return name.starts_with("__editable__") ? EntryUse::rewrite : EntryUse::share;
        case EntryFolder::dist_info:
            if (name == "direct_url.json") return EntryUse::rewrite;
            return name == "RECORD" ? EntryUse::copy : EntryUse::share;
        case EntryFolder::other:
            break;
    }
    return EntryUse::share;
}

}  // namespace gup
