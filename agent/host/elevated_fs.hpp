// SPDX-License-Identifier: Apache-2.0
// Changes in folders that a connector's owner may not write to, such as a root folder of root's. Each change is made as
// the owner first. Where the owner may not, and the caller allows it, the worker asks the agent, which makes it as root
// without following a link.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "host/owner.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// `yes` for entries of the root folder and its .pyenv. Below the connector's own folders it is `no`: what looks like a
// folder there may be a link of the owner's by now, and lead anywhere.
enum class Elevated : bool { no, yes };

// A new, empty folder of the owner's. Fails with conflict when something is there.
[[nodiscard]] Status create_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated);
// The same, but nothing happens when there is a folder already.
[[nodiscard]] Status make_owner_folder(const fs::path& path, const Owner& owner, Elevated elevated);
// Like make_owner_folder, for a folder shared by several owners (.gup, .pyenv): root's, unless the folder around it is
// the owner's alone.
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
// places. Flushed. Only an entry of path's parent may need root. An overlay cannot move a folder of its lower layer: there
// a copy takes the folder's new place, and then the folder is removed and the link takes its old one.
[[nodiscard]] Status exchange_entries(const fs::path& path, const fs::path& with, const Owner& owner,
                                      Elevated elevated);
// What a crash left of such a copy: `folder` is being removed, and its copy is complete where the link was.
[[nodiscard]] bool is_copied_over(const fs::path& folder, const fs::path& link);
// Removes an unfinished copy beside `with`, and the new link for the place of `folder`.
void sweep_exchange(const fs::path& folder, Elevated of_folder, const fs::path& with);
// Fails with conflict when something is at `to`, and with unsupported across file systems.
[[nodiscard]] Status rename_entry(const fs::path& from, const fs::path& to, Elevated elevated);

// The name of the folder or virtualenv of `connector` while it is removed.
[[nodiscard]] std::string removed_name(const std::string& connector);

// What the agent may do for one owner.
struct HelpRights {
    Owner owner;
    fs::path root;                        // its entries, and those of its .pyenv
    std::vector<std::string> connectors;  // an entry is named after one of them
};
// The agent's answer to a worker that may not make a change. Fails with permission for a change that is not the owner's,
// or in a folder that is not the agent's, and as the change does. As root, gives to the owner what it creates, and
// replaces only what the owner owns.
[[nodiscard]] Result<nlohmann::json> help_owner(const HelpRights& rights, const nlohmann::json& change);

}  // namespace gup
