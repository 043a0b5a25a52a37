// A copy of a virtualenv beside it, for an update that never touches the live one.
//
// What lies in it is shared by hard links, which pip does not mind: it renames the old files away and writes new ones.
// Really copied is what names the virtualenv's own path (bin/, pyvenv.cfg, .pth, .egg-link, direct_url.json, an
// editable's finder), or is written to in place (RECORD). "~name" leftovers of an interrupted pip stay behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/disk_need.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct VirtualenvCopy {
    fs::path from;                         // the real folder, not a link to it
    fs::path to;                           // must not be there; its parent must
    std::vector<std::string> other_names;  // paths besides `from` by which the original is known, such as its place
};

struct CopyReport {
    std::uint64_t linked = 0;  // files
    std::uint64_t copied = 0;
    std::uint64_t bytes = 0;           // of those that were copied
    std::vector<std::string> skipped;  // neither file, folder nor link: pipes, sockets, devices
};

// Makes `to`, with its own path in everything that names it, RECORD rows included, and with pin_prefix. Where hard
// links cannot be had (another file system, another owner's file) it makes reflinks, or real copies. Follows no link
// out of the tree. On failure what was made of `to` is left: the caller removes it. Nothing is flushed.
[[nodiscard]] Result<CopyReport> copy_virtualenv(const VirtualenvCopy& request);

// Of a new one: `python3 -m venv` with its pip and setuptools (Debian 12: 26 MB in 1,660 files).
inline constexpr DiskNeed new_virtualenv_need{32U << 20U, 2'000};
// What copy_virtualenv will need at most for a copy in the folder `beside`; reflinks are not counted on.
[[nodiscard]] Result<DiskNeed> measure_virtualenv_copy(const fs::path& from, const fs::path& beside);

// A Python that is started through a link to `environment` takes the link's path for its own and would import from
// another generation once the link is switched. A .pth file makes it resolve its prefix when it starts, so that it
// stays with what it started with until it is restarted. Nothing happens when it is there already, or there is no
// site-packages.
[[nodiscard]] Status pin_prefix(const fs::path& virtualenv);

}  // namespace gup
