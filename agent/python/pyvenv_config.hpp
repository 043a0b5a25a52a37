// pyvenv.cfg, and the folders that follow from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/sys/file.hpp"

namespace gup {

struct PyvenvConfig {
    std::string home;     // the folder of the interpreter that created the virtualenv
    std::string version;  // "3.11" of `version` or uv's and virtualenv's `version_info`; empty: missing
    bool system_site_packages = false;
};

// "key = value" lines; keys in any case; other lines are ignored.
[[nodiscard]] PyvenvConfig parse_pyvenv_config(std::string_view text);

// "3.11" of ".../python3.11" or "3.11.2"; empty if there is no such number.
[[nodiscard]] std::string minor_version(std::string_view text);

// The folders with the own distributions of the interpreter at config.home, in sys.path's order (Debian's folders too).
// They may not exist.
[[nodiscard]] std::vector<fs::path> system_site_folders(const PyvenvConfig& config);

}  // namespace gup
