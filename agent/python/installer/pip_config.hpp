// The index settings of pip's own configuration, which uv does not read.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/sys/file.hpp"

namespace gup {

struct PipIndexes {
    std::string index_url;
    std::vector<std::string> extra_index_urls;
    std::vector<std::string> find_links;
    std::vector<std::string> trusted_hosts;
    std::string cert;
    bool no_index = false;
};

// Applies a pip.conf ([global], then [install]). Ignores lines that cannot be parsed.
void merge_pip_config(std::string_view text, PipIndexes& indexes);

struct PipConfigPlaces {
    fs::path home;
    fs::path virtualenv;       // the virtualenv
    fs::path system = "/etc";  // contains pip.conf and xdg/pip/pip.conf
    std::string config_home;   // $XDG_CONFIG_HOME; empty: home/.config
};

// The files that pip would read, later ones over earlier ones, then $PIP_CONFIG_FILE and the PIP_* variables.
[[nodiscard]] PipIndexes read_pip_config(const PipConfigPlaces& places);

// The same as UV_* variables, without those that this process's environment already sets.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> uv_environment(const PipIndexes& indexes);

}  // namespace gup
