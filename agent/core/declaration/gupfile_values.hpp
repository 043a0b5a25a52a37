// Checks and conversions of the values in a gupfile. Private to core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gup::detail {

// True for a name that git check-ref-format allows.
[[nodiscard]] bool is_branch_name(std::string_view text);
// True for an absolute path or one with `..`: it leaves the connector's folder.
[[nodiscard]] bool leads_out(std::string_view path);
// "60s", "2m", "1h", "7d", "60" as seconds; nullopt for anything else.
[[nodiscard]] std::optional<std::int64_t> seconds_in(std::string_view text);
// An http or https URL with a host, and neither password nor blank in it.
[[nodiscard]] bool is_probe_url(std::string_view text);

// A TOML parser's message as one line without secrets, and a hint.
[[nodiscard]] std::string syntax_flaw(std::string_view description);
[[nodiscard]] std::string_view syntax_hint(std::string_view flaw);

}  // namespace gup::detail
