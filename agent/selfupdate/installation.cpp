#include "selfupdate/installation.hpp"

#include <unistd.h>

#include <cstdlib>

#include "util/http/download.hpp"
#include "util/sys/directory.hpp"

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

}  // namespace gup
