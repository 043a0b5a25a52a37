// SPDX-License-Identifier: Apache-2.0
#include "python/installer/create_virtualenv.hpp"

#include <fmt/format.h>

#include "python/installer/installer_command.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// "apt install python3.11-venv" from the advice of Debian's venv.
std::string apt_hint(std::string_view output) {
    const auto begin = output.find("apt install ");
    if (begin == std::string_view::npos) return "apt install python3-venv";
    return std::string(output.substr(begin, output.find('\n', begin) - begin));
}

Error failure_of(const ProcessResult& ended) {
    const std::string output = ended.out + ended.err;
    if (output.find("ensurepip is not") != std::string::npos ||
        output.find("No module named venv") != std::string::npos ||
        output.find("No module named 'ensurepip'") != std::string::npos) {
        return {ErrorCode::failed, "Python's venv and ensurepip are not installed", apt_hint(output)};
    }
    const std::string_view said = last_line(ended.err.empty() ? ended.out : ended.err);
    return {ErrorCode::failed,
            mask_secrets(said.empty() ? fmt::format("exit code {}", ended.exit_code) : std::string(said)),
            {}};
}

// The virtualenv's path must not exist, or be an empty folder, because a failure removes it.
Result<bool> was_there(const fs::path& path) {
    GUP_TRY(const auto info, file_info(path, Follow::no));
    if (!info) return false;
    if (info->kind == FileKind::folder) {
        GUP_TRY(const auto names, list_folder(path));
        if (names.empty()) return true;
    }
    return Error{ErrorCode::conflict, fmt::format("cannot create a virtualenv: {} already exists", path.string()), {}};
}

}  // namespace

Status create_virtualenv(const fs::path& path, const std::string& python, const InstallerSettings& settings,
                         const NewVirtualenv& wanted) {
    GUP_TRY(const bool existed, was_there(path));
    GUP_CHECK(make_folders(path.parent_path()));
    ProcessRequest process;
    process.argv = {python.empty() ? "python3" : python, "-m", "venv", path.string()};
    if (!wanted.prompt.empty()) process.argv.insert(process.argv.end() - 1, {"--prompt", wanted.prompt});
    if (wanted.sees_system) process.argv.insert(process.argv.end() - 1, "--system-site-packages");
    process.unset_env = misleading_variables(settings.home);
    process.set_env = {{"LC_ALL", "C.UTF-8"}};
    if (!settings.home.empty()) process.set_env.emplace_back("HOME", settings.home.string());
    if (!settings.temporary_folder.empty()) process.set_env.emplace_back("TMPDIR", settings.temporary_folder.string());
    // python -m puts the working folder first in sys.path, so it must have no modules.
    process.folder = "/";
    process.timeout = settings.timeout;
    const auto ended = run_process(process);
    if (ended.ok() && ended->success()) return {};
    const Error error = ended.ok() ? failure_of(*ended) : ended.error();
    (void)remove_tree(path);
    if (existed) (void)make_folders(path);
    return error.with_context(fmt::format("cannot create the virtualenv {}", path.string()));
}

}  // namespace gup
