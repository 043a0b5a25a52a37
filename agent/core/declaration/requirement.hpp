// SPDX-License-Identifier: Apache-2.0
// One requirement of a declaration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/packaging/names.hpp"

namespace gup {

// A pin of a gupfile, or a line of a requirements or lock file.
struct Requirement {
    std::string name;     // as written
    std::string version;  // as written: exactly this one; empty: `range` or `source` says what satisfies
    std::string
        source;  // empty: the package index; else "git+https://…", "git+ssh://…", "git+file://…", or an archive's URL
    int line = 0;                       // in its file, from 1
    std::vector<std::string> extras{};  // as written: "socks" of requests[socks]
    std::string range{};                // PEP 440 specifiers as written: ">=2,<3"; empty together with `version`: any
    std::string marker{};               // PEP 508: it applies only where this is true; empty: everywhere
    std::vector<std::string> hashes{};  // "sha256:…": one of them is the archive's; empty: not checked
    std::string revision{};             // of "name @ git+URL@revision", whose version may be any; empty: none is named
    bool is_editable = false;           // the connector's own folder, or a source that is checked out
    std::string file{};                 // relative path of the file that declares it; empty: the gupfile

    friend bool operator==(const Requirement&, const Requirement&) = default;
};

// The operator's rules for requirements: [python] in gup-agent.toml.
struct RequirementRules {
    bool allow_ranges = false;         // a requirement that names no exact version is no error
    bool allow_index_options = false;  // --index-url and the like of a requirements file are passed on
};

// 40 hexadecimal digits: a full git commit id.
[[nodiscard]] bool is_commit_id(std::string_view text);

// "paho-mqtt==1.3.1", "requests[socks]>=2,<3", or "client-connector-lib==5.0.0 (git+https://…)", secrets masked: for people.
[[nodiscard]] std::string display(const Requirement& requirement);

// In normal form, sorted, each once.
[[nodiscard]] std::vector<std::string> normalized_extras(const std::vector<std::string>& extras);

// "-e .": the connector's own folder.
[[nodiscard]] bool is_own_folder(const Requirement& requirement);

// Whether both ask for the same: passwords of sources, hashes and places in files make no difference.
[[nodiscard]] bool is_same_requirement(const Requirement& one, const Requirement& other);

// What satisfies it, for people: "1.3.1", ">=2,<3", or "any version".
[[nodiscard]] std::string wanted_version(const Requirement& requirement);

// The repository of a "git+URL" source: without "git+", and without "#egg=…". Empty when the source is not git.
[[nodiscard]] std::string git_url_of(std::string_view source);

}  // namespace gup
