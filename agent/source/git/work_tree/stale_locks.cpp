#include "source/git/work_tree/stale_locks.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "source/libgit2/opened.hpp"
#include "util/sys/directory.hpp"

namespace gup::git {
namespace {

constexpr std::string_view lock_ending = ".lock";

std::vector<std::string> names_in(const fs::path& folder) {
    return is_real_folder(folder) ? list_folder(folder).value_or({}) : std::vector<std::string>{};
}

// Git does not allow a ref with this ending.
void sweep_locks(const fs::path& folder) {
    for (const std::string& name : names_in(folder)) {
        const fs::path path = folder / name;
        if (name.ends_with(lock_ending)) {
            ::unlink(path.c_str());
        } else {
            sweep_locks(path);
        }
    }
}

void sweep_packs(const fs::path& folder) {
    for (const std::string& name : names_in(folder)) {
        if (name.starts_with("pack_git2_") || name.ends_with(lock_ending)) ::unlink((folder / name).c_str());
    }
}

void sweep_git_folder(const fs::path& folder);

// Names of submodules may have slashes, so a git folder may be deeper.
void sweep_modules(const fs::path& folder) {
    for (const std::string& name : names_in(folder)) {
        if (is_file(folder / name / "HEAD")) {
            sweep_git_folder(folder / name);
        } else {
            sweep_modules(folder / name);
        }
    }
}

void sweep_git_folder(const fs::path& folder) {
    constexpr std::array locks{"HEAD.lock", "ORIG_HEAD.lock", "packed-refs.lock", "shallow.lock", "config.lock"};
    for (const char* name : locks) ::unlink((folder / name).c_str());
    sweep_locks(folder / "refs");
    sweep_locks(folder / "logs");
    sweep_packs(folder / "objects/pack");
    sweep_modules(folder / "modules");
}

}  // namespace

void remove_stale_locks(const Opened& opened) {
    sweep_git_folder(opened.common_folder());
    if (opened.git_folder() != opened.common_folder()) sweep_git_folder(opened.git_folder());
}

}  // namespace gup::git
