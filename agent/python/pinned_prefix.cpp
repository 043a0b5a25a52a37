// SPDX-License-Identifier: Apache-2.0
#include "python/pinned_prefix.hpp"

#include <string_view>

#include "python/site_packages.hpp"

namespace gup {
namespace {

// One line, because a .pth file executes single lines. It sorts after every other .pth, so that it sees their
// additions. Python reads them twice, hence dict.fromkeys.
constexpr const char* own_view_name = "zzz_gup_generation.pth";
constexpr std::string_view own_view_text =
    "import os, sys; (lambda p, r: (sys.path.__setitem__(slice(None), list(dict.fromkeys(r + x[len(p):] "
    "if (x + \"/\").startswith(p + \"/\") else x for x in sys.path))), setattr(sys, \"executable\", r + "
    "sys.executable[len(p):] if (sys.executable or \"\").startswith(p + \"/\") else sys.executable), "
    "setattr(sys, \"prefix\", r), setattr(sys, \"exec_prefix\", r)))(sys.prefix, os.path.realpath(sys.prefix))\n";

}  // namespace

Status pin_prefix(const fs::path& virtualenv) {
    GUP_TRY(const auto sites, site_folders(virtualenv));
    for (const fs::path& site : sites) {
        const fs::path file = site / own_view_name;
        const auto there = read_file(file);
        if (there.ok() && *there == own_view_text) continue;
        GUP_CHECK(write_file_atomically(file, own_view_text));
    }
    return {};
}

}  // namespace gup
