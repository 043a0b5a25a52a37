// SPDX-License-Identifier: Apache-2.0
#include "python/installer/uninstall.hpp"

#include <fmt/format.h>

#include "python/installer/installer_command.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/signals.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {

Status uninstall(const ObservedVirtualenv& virtualenv, const std::vector<std::string>& names,
                 const InstallerSettings& settings, const std::function<void(std::string_view line)>& on_line) {
    if (names.empty()) return {};
    if (stop_requested()) return Error{ErrorCode::cancelled, "stopped before the installer was called", {}};
    GUP_TRY(const InstallerTool tool, choose_installer(virtualenv, settings, true));
    GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make(settings.temporary_folder));
    ProcessRequest process = uninstaller_process(tool, virtualenv, settings, folder.path(), names);
    std::string last;
    process.on_line = [&](std::string_view line) {
        const std::string masked = mask_secrets(line);
        if (!trimmed(masked).empty()) last = masked;
        if (on_line) on_line(masked);
    };
    const auto ended = run_process(process);
    if (!ended.ok()) return ended.error().with_context(fmt::format("cannot run {}", tool.name()));
    if (ended->success()) return {};
    return Error{ErrorCode::failed,
                 fmt::format("{} ended with exit code {}: {}", tool.name(), ended->exit_code,
                             last.empty() ? "it printed nothing" : last),
                 {}};
}

}  // namespace gup
