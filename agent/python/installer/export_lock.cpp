// SPDX-License-Identifier: Apache-2.0
#include "python/installer/export_lock.hpp"

#include <fmt/format.h>

#include "python/installer/installer_command.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

constexpr std::size_t most_output = 32U << 20U;  // bytes; many packages have a hundred hashes each

Result<fs::path> find_uv(const std::string& lock, const InstallerSettings& settings) {
    const fs::path program = settings.uv_path.empty() ? find_program("uv") : settings.uv_path;
    if (is_executable(program)) return program;
    return Error{
        ErrorCode::unsupported, fmt::format("{} is read with uv, which is not installed", lock),
        "put uv next to the agent; or commit what uv export --frozen -o requirements.txt writes, and name that file: "
        "requirements = \"requirements.txt\" below [connector] of a gupfile"};
}

// The last line of uv that says why.
std::string reason_of(const ProcessResult& ended) {
    std::string_view output = ended.err;
    std::string_view reason;
    while (!output.empty()) {
        const std::string_view line = trimmed(take_until(output, '\n'));
        if (reason.empty() || line.starts_with("error") || line.starts_with("Caused by")) reason = line;
    }
    return reason.empty() ? fmt::format("uv ended with exit code {}", ended.exit_code) : mask_secrets(reason);
}

}  // namespace

Result<std::string> export_lock(const LockText& lock, const InstallerSettings& settings) {
    if (lock.name != "uv.lock") {
        return Error{ErrorCode::unsupported, fmt::format("no installer reads {}", lock.name),
                     "commit what poetry export -o requirements.txt writes, and name that file: requirements = "
                     "\"requirements.txt\" below [connector] of a gupfile"};
    }
    GUP_TRY(const fs::path uv, find_uv(lock.name, settings));
    if (!lock.project) {
        return Error{ErrorCode::invalid_input, fmt::format("{} has no pyproject.toml next to it", lock.name),
                     "commit both files: uv reads them together"};
    }
    GUP_TRY(const TemporaryFolder folder, TemporaryFolder::make(settings.temporary_folder));
    GUP_CHECK(write_file_atomically(folder.path() / lock.name, lock.lock, 0600));
    GUP_CHECK(write_file_atomically(folder.path() / "pyproject.toml", *lock.project, 0600));
    ProcessRequest process;
    process.argv = {uv.string(), "export",      "--frozen",      "--offline",     "--no-config", "--no-emit-workspace",
                    "--no-dev",  "--no-header", "--no-annotate", "--no-progress", "--format",    "requirements-txt"};
    process.unset_env = misleading_variables(settings.home);
    process.set_env = {{"LC_ALL", "C.UTF-8"},
                       {"TMPDIR", folder.path().string()},
                       {"UV_CACHE_DIR", (folder.path() / "cache").string()},
                       {"UV_PYTHON_DOWNLOADS", "never"},
                       {"NO_COLOR", "1"}};
    if (!settings.home.empty()) process.set_env.emplace_back("HOME", settings.home.string());
    process.folder = folder.path();
    process.timeout = settings.timeout;
    process.output_limit = most_output;
    GUP_TRY(ProcessResult ended, run_process(process));
    if (ended.success()) return std::move(ended.out);
    return Error{ErrorCode::invalid_input, fmt::format("uv cannot read {}: {}", lock.name, reason_of(ended)),
                 "uv lock writes it again; a newer uv reads locks of newer versions"};
}

}  // namespace gup
