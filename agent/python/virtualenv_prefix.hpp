// SPDX-License-Identifier: Apache-2.0
// A virtualenv contains its own path: in the first line of its scripts, in activate, pyvenv.cfg, .pth and .egg-link.
// These functions change such a text to another path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

struct PrefixChange {
    std::vector<std::string> from;  // all its old paths: the known path, and the targets of links
    std::string to;
};

// `text` with each of those paths replaced; a longer one ("/x/meter2" for "/x/meter") stays.
[[nodiscard]] std::string with_prefix(std::string_view text, const PrefixChange& change);

// The same for a script's first line, in both forms that pip writes: "#!/path/python", and for a path that is too long
// for the kernel or has a blank in it "#!/bin/sh" with "'''exec' /path/python". A path that has become too long (or
// short enough) changes the form. Nullopt if neither names the virtualenv.
[[nodiscard]] std::optional<std::string> script_with_prefix(std::string_view text, const PrefixChange& change);

// The new target of a relative or absolute link.
[[nodiscard]] std::string link_with_prefix(const std::string& target, const PrefixChange& change);

}  // namespace gup
