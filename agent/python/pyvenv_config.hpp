// pyvenv.cfg, and the folders that follow from it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "util/sys/file.hpp"

namespace gup {

struct PyvenvConfig {
    std::string home;     // the folder of the interpreter that the virtualenv was made from
    std::string version;  // "3.11" of `version` or uv's and virtualenv's `version_info`; empty: not said
    bool system_site_packages = false;
};

// "key = value" lines; keys in any case; what is not understood is passed over.
[[nodiscard]] PyvenvConfig parse_pyvenv_config(std::string_view text);

// "3.11" of ".../python3.11" or "3.11.2"; empty when there is no such number.
[[nodiscard]] std::string minor_version(std::string_view text);

// Where the interpreter at config.home keeps its own distributions, in sys.path's order (Debian's folders too); they
// need not exist.
[[nodiscard]] std::vector<fs::path> system_site_folders(const PyvenvConfig& config);

}  // namespace gup
