// SPDX-License-Identifier: Apache-2.0
// A URL in a requirements file: a git repository, or an archive of one distribution.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/requirement.hpp"
#include "core/requirements/logical_lines.hpp"

namespace gup::detail {

struct DirectReference {
    std::string source;    // without revision and #egg=…; an archive's fragment stays: #sha256=…&subdirectory=…
    std::string revision;  // of git
    std::string name;      // what the URL says: #egg=…, or the archive's file name; empty: nothing
    std::vector<std::string> extras;  // of #egg=name[extra]
    std::string version;              // what the archive's file name says; empty: nothing
    std::optional<LineFlaw> flaw;     // offset in the URL
};

// `text` begins with a scheme. `name`: of "name @ URL", or empty.
[[nodiscard]] DirectReference read_direct_reference(std::string_view text, std::string_view name);

// Whether pip takes the text for a URL: it begins with a scheme that pip knows.
[[nodiscard]] bool begins_with_scheme(std::string_view text);

// Whether the file name is that of an archive that pip installs.
[[nodiscard]] bool is_archive_name(std::string_view path);

// "sha256:…" of an archive's "#sha256=…"; empty: the URL has none.
[[nodiscard]] std::string hash_in_url(std::string_view source);

// Why `value` is no "sha256:…" that can be checked; nullopt: it is one.
[[nodiscard]] std::optional<std::string> reason_against_hash(std::string_view value);

}  // namespace gup::detail
