// SPDX-License-Identifier: Apache-2.0
// Taking a portable agent away. The connectors, their virtualenvs and their generations stay.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "app/setup/crontab.hpp"
#include "util/result.hpp"

namespace gup {

// Whether deploy keys, known hosts and the configuration go, too.
enum class OperatorFiles : bool { kept, removed };

struct UninstallPlan {
    std::vector<fs::path> remove;        // files and folders that exist
    std::vector<fs::path> keep;          // those that stay without OperatorFiles::removed
    std::optional<CrontabEdit> crontab;  // lines that start this agent
    std::string crontab_before;
};

// Fails with unsupported for an agent of a package (the hint is apt's command), with conflict while a run or a daemon is
// active or a journal is open (the hint is gup-agent recover).
[[nodiscard]] Result<UninstallPlan> plan_uninstall(const Config& config, OperatorFiles own);
// The crontab first, the program last: after a crash the same command goes on.
[[nodiscard]] Status uninstall(const Config& config, const UninstallPlan& plan);

}  // namespace gup
