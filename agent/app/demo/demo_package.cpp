// SPDX-License-Identifier: Apache-2.0
#include "app/demo/demo_package.hpp"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/process/process.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

constexpr const char* package = "meter_reader";

Result<ProcessResult> run_python(const fs::path& python, std::vector<std::string> arguments, const fs::path& folder) {
    ProcessRequest request;
    request.argv = {python.string(), "-I"};
    for (std::string& argument : arguments) request.argv.push_back(std::move(argument));
    request.folder = folder;
    return run_process(request);
}

Status write_in_folder(const fs::path& file, std::string_view content) {
    GUP_CHECK(make_folders(file.parent_path()));
    return write_file_atomically(file, content);
}

}  // namespace

fs::path find_python_for_virtualenvs() {
    const fs::path python = find_program("python3");
    if (python.empty()) return {};
    const auto tried = run_python(python, {"-c", "import ensurepip, venv, zipfile"}, {});
    return tried.ok() && tried->success() ? python : fs::path{};
}

Status write_demo_package(const fs::path& python, const fs::path& folder, const std::string& version) {
    const std::string id = fmt::format("{}-{}", package, version);
    const fs::path parts = folder / fmt::format(".{}", id);
    const std::string info = fmt::format("{}.dist-info", id);
    // RECORD may leave out hashes; pip writes them when it installs.
    const std::array<std::pair<std::string, std::string>, 4> files{{
        {fmt::format("{}/__init__.py", package), fmt::format("VERSION = \"{}\"\n", version)},
        {info + "/METADATA", fmt::format("Metadata-Version: 2.1\nName: meter-reader\nVersion: {}\n", version)},
        {info + "/WHEEL", "Wheel-Version: 1.0\nGenerator: gup-agent\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
        {info + "/RECORD",
         fmt::format("{0}/__init__.py,,\n{1}/METADATA,,\n{1}/WHEEL,,\n{1}/RECORD,,\n", package, info)},
    }};
    for (const auto& [name, content] : files) GUP_CHECK(write_in_folder(parts / name, content));
    const std::string wheel = fmt::format("../{}-py3-none-any.whl", id);
    GUP_TRY(const ProcessResult packed, run_python(python, {"-m", "zipfile", "-c", wheel, package, info}, parts));
    GUP_CHECK(remove_tree(parts));
    if (packed.success()) return {};
    return Error{ErrorCode::failed, fmt::format("cannot pack {}: {}", wheel, packed.err), {}};
}

}  // namespace gup
