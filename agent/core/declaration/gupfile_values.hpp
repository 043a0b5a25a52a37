// SPDX-License-Identifier: Apache-2.0
// Checks and conversions of the values in a gupfile. Private to core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup::detail {

// True for a name that git check-ref-format allows.
[[nodiscard]] bool is_branch_name(std::string_view text);
// True for an absolute path or one with `..`: it leaves the connector's folder.
[[nodiscard]] bool leads_out(std::string_view path);
// "60s", "2m", "1h", "7d", "60" as seconds; nullopt for anything else.
[[nodiscard]] std::optional<std::int64_t> seconds_in(std::string_view text);
// An http or https URL with a host, and neither password nor blank in it.
[[nodiscard]] bool is_probe_url(std::string_view text);

// "requests [socks, security]" in its parts (PEP 508).
struct NameWithExtras {
    std::string_view name;
    std::vector<std::string_view> extras;
    std::string mistake;         // why the extras are wrong; empty: they are not
    std::size_t mistake_at = 0;  // in the text
};
[[nodiscard]] NameWithExtras split_extras(std::string_view text);

// "sha256:…", "sha384:…" or "sha512:…" in lower case; nullopt for anything else.
[[nodiscard]] std::optional<std::string> archive_hash(std::string_view text);

// A TOML parser's message as one line without secrets, and a hint.
[[nodiscard]] std::string syntax_flaw(std::string_view description);
[[nodiscard]] std::string_view syntax_hint(std::string_view flaw);

}  // namespace gup::detail
