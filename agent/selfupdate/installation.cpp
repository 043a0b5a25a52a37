// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/installation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "selfupdate/manifest.hpp"
#include "util/http/download.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// dpkg's name of the architecture.
std::string debian_architecture(std::string_view platform) {
    if (platform == "x86_64") return "amd64";
    if (platform == "aarch64") return "arm64";
    return std::string(platform);
}

bool is_listed(const fs::path& executable, const DpkgPaths& dpkg) {
    const auto list = read_file(dpkg.admin / "info" / (std::string(package_name) + ".list"));
    if (!list.ok()) return false;
    const fs::path inside = executable.lexically_relative(dpkg.root);
    const std::string line = "\n/" + inside.string() + "\n";
    return !inside.empty() && ("\n" + *list).find(line) != std::string::npos;
}

Result<ProcessResult> run_tool(std::vector<std::string> argv) {
    ProcessRequest request;
    request.argv = std::move(argv);
    request.set_env = {{"DEBIAN_FRONTEND", "noninteractive"}, {"LC_ALL", "C.UTF-8"}, {"DPKG_COLORS", "never"}};
    request.folder = "/";
    return run_process(request);
}

// One field of the package file.
Result<std::string> field(const Installation& place, const std::string& name) {
    GUP_TRY(const ProcessResult result, run_tool({"dpkg-deb", "--field", place.file.string(), name}));
    if (result.success()) return std::string(first_line(result.out));
    return Error{ErrorCode::protocol, fmt::format("not a Debian package: {}", last_line(result.err)), {}};
}

Status check_fields(const Installation& place, const std::string& version) {
    GUP_TRY(const std::string name, field(place, "Package"));
    GUP_TRY(const std::string found, field(place, "Version"));
    GUP_TRY(const std::string architecture, field(place, "Architecture"));
    const auto wrong = [](const std::string& what) {
        return Error{ErrorCode::protocol, what, "the manifest and the packages must belong to one release"};
    };
    if (name != package_name) return wrong(fmt::format("it is the package {}, not {}", name, package_name));
    if (found != version && release_of_debian_version(found) != version) {
        return wrong(fmt::format("it is version {}, not {}", found, version));
    }
    if (architecture + ".deb" != place.target) {
        return wrong(fmt::format("it is for {}, not for {}", architecture, place.target));
    }
    return {};
}

Error dpkg_error(const ProcessResult& result) {
    const bool busy = result.err.find("lock") != std::string::npos && result.exit_code == 2;
    const std::string said = fmt::format("dpkg ended with exit code {}: {}", result.exit_code, last_line(result.err));
    if (busy) return {ErrorCode::busy, said, "another program installs packages; the next run tries again"};
    return {ErrorCode::failed, said, "sudo dpkg --audit says what is wrong"};
}

Status run_dpkg(std::vector<std::string> arguments) {
    std::vector<std::string> argv{"dpkg", "--force-confold", "--force-confdef"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    GUP_TRY(const ProcessResult result, run_tool(std::move(argv)));
    return result.success() ? Status{} : dpkg_error(result);
}

}  // namespace

Installation find_installation(const fs::path& executable, const fs::path& state, std::string_view platform,
                               const DpkgPaths& dpkg) {
    Installation place;
    place.executable = executable;
    if (is_listed(executable, dpkg)) {
        place.kind = InstallKind::packaged;
        place.staging = state / "self-update";
        place.part = place.staging / "package.part";
        place.file = place.staging / "package.deb";
        place.unpacked = place.staging / "package";
        place.staged = place.unpacked / "usr/bin" / package_name;
        place.target = debian_architecture(platform) + ".deb";
        return place;
    }
    const std::string name = executable.filename().string();
    place.staging = executable.parent_path();
    place.part = place.staging / ("." + name + ".part");
    place.file = place.staging / ("." + name + ".new");
    place.staged = place.file;
    place.previous = place.staging / (name + ".previous");
    place.target = platform;
    return place;
}

DpkgPaths dpkg_paths() {
    DpkgPaths place;
    const char* root = std::getenv("DPKG_ROOT");       // NOLINT(concurrency-mt-unsafe): nothing here sets variables
    const char* admin = std::getenv("DPKG_ADMINDIR");  // NOLINT(concurrency-mt-unsafe)
    if (root != nullptr && *root == '/') place.root = root;
    place.admin = admin != nullptr && *admin == '/' ? fs::path(admin) : place.root / "var/lib/dpkg";
    return place;
}

void remove_staged(const Installation& place) {
    forget_download(place.part);
    ::unlink(place.file.c_str());
    if (place.kind == InstallKind::packaged) (void)remove_tree(place.staging);
}

Status unpack_agent_package(const Installation& place, const std::string& version) {
    if (auto fields = check_fields(place, version); !fields.ok()) {
        return fields.error().with_context(place.file.filename().string());
    }
    GUP_CHECK(remove_tree(place.unpacked));
    GUP_CHECK(make_folders(place.unpacked, 0700));
    GUP_TRY(const ProcessResult result,
            run_tool({"dpkg-deb", "--extract", place.file.string(), place.unpacked.string()}));
    if (!result.success()) {
        return Error{ErrorCode::failed, fmt::format("cannot unpack the package: {}", last_line(result.err)), {}};
    }
    if (is_file(place.staged)) return {};
    return Error{ErrorCode::protocol, "the package has no usr/bin/gup-agent", {}};
}

Status install_agent_package(const Installation& place) {
    return run_dpkg({"--install", place.file.string()});
}

Result<bool> configure_agent_package() {
    GUP_TRY(const ProcessResult result,
            run_tool({"dpkg-query", "--show", "--showformat=${db:Status-Status}", package_name}));
    if (!result.success() || result.out == "installed") return false;
    GUP_CHECK(run_dpkg({"--configure", package_name}));
    return true;
}

}  // namespace gup
