// SPDX-License-Identifier: Apache-2.0
// The lines of a unit in systemd's journal.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/units/services.hpp"
#include "status/log_lines.hpp"
#include "util/result.hpp"

namespace gup {

// A line of journalctl's output form short-unix ("1733018465.123456 pi-17 meter[42]: text") in the form of gup.log:
// "[2026-11-30T22:28:02+0000] (meter.service) meter[42]: text". Nullopt for another text.
[[nodiscard]] std::optional<LogLine> journal_line(std::string_view text, const std::string& unit);

// The last lines. Fails with not_found where there is no journalctl, and with failed when it refuses.
[[nodiscard]] Result<std::vector<LogLine>> read_journal(const std::string& unit, const LogQuery& query,
                                                        const Systemd& systemd);

// New lines from now on, until this program is to stop.
void follow_journal(const std::string& unit, const Systemd& systemd,
                    const std::function<void(const LogLine& line)>& take);

}  // namespace gup
