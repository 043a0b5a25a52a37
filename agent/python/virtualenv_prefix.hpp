// A virtualenv knows its own path: in the first line of its scripts, in activate, pyvenv.cfg, .pth and .egg-link. These
// functions give such a text for another path.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup {

struct PrefixChange {
    std::vector<std::string> from;  // every path by which it is known so far: its place, and where links lead to
    std::string to;
};

// `text` with each of those paths replaced; one that only begins as one of them ("/x/meter2" for "/x/meter") stays.
[[nodiscard]] std::string with_prefix(std::string_view text, const PrefixChange& change);

// The same for a script's first line, in both forms that pip writes: "#!/path/python", and for a path that is too long
// for the kernel or has a blank in it "#!/bin/sh" with "'''exec' /path/python". A path that has become too long (or
// short enough) changes the form. Nullopt when neither names the virtualenv.
[[nodiscard]] std::optional<std::string> script_with_prefix(std::string_view text, const PrefixChange& change);

// What a relative or absolute link's target becomes.
[[nodiscard]] std::string link_with_prefix(const std::string& target, const PrefixChange& change);

}  // namespace gup
