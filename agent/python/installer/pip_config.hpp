// SPDX-License-Identifier: Apache-2.0
// The index settings of pip's own configuration, which uv does not read.
#pragma once

#include <map>
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

// Applies a pip.conf ([global], then [install]). Ignores a file that pip cannot parse.
void merge_pip_config(std::string_view text, PipIndexes& indexes);

struct PipConfigPlaces {
    fs::path home;
    fs::path virtualenv;       // the virtualenv
    fs::path system = "/etc";  // contains pip.conf and xdg/pip/pip.conf
    std::string config_home;   // $XDG_CONFIG_HOME; empty: home/.config
    std::string config_dirs;   // $XDG_CONFIG_DIRS; empty: system/xdg
};

// A setting in a pip.conf.
struct PipSetting {
    std::string value;
    std::string section;
    fs::path file;
};

// The settings of pip's configuration files, later files over earlier ones.
class PipSettings {
public:
    void merge(std::string_view text, const fs::path& file);
    // The one that `pip install` uses: [install] over [global], empty values ignored. `key` as a long option without
    // dashes: "index-url". nullptr: none.
    [[nodiscard]] const PipSetting* find(const std::string& key) const;

private:
    std::map<std::pair<std::string, std::string>, PipSetting> known_;  // by section and key
};

// Whether pip and uv read a value as yes.
[[nodiscard]] bool is_yes(std::string_view value);

// The files that pip would read: the system's, the user's or $PIP_CONFIG_FILE, the virtualenv's.
[[nodiscard]] PipSettings read_pip_settings(const PipConfigPlaces& places);
// The indexes of those files, then of the PIP_* variables.
[[nodiscard]] PipIndexes read_pip_config(const PipConfigPlaces& places);

// The same as UV_* variables, without those that this process's environment already sets.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> uv_environment(const PipIndexes& indexes);

}  // namespace gup
