// SPDX-License-Identifier: Apache-2.0
// Durations, sizes, numbers and commands as compose writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gup::compose {

// "1m30s", "1.5s", "500ms", "100us", "2h", "1d"; "0". Nullopt for anything else, and beyond 10 years.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_compose_duration(std::string_view text);

// "512m", "1gb", "1.5 GiB", "1024": bytes, all units in powers of 1024. Nullopt for anything else.
[[nodiscard]] std::optional<std::uint64_t> parse_bytes(std::string_view text);

// A plain number as docker's YAML reader takes it, for a place that wants a text: "0x10" and "0b10000" are "16", "010" is
// "8", "1.50" is "1.5", "1_000" is "1000". Nullopt: the text is no number.
[[nodiscard]] std::optional<std::string> canonical_number(std::string_view text);

// The words of a command: blanks separate, '…' and "…" and \ quote. Nullopt: a quote has no end.
[[nodiscard]] std::optional<std::vector<std::string>> command_words(std::string_view text);

}  // namespace gup::compose
