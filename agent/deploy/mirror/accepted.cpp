// SPDX-License-Identifier: Apache-2.0
#include "deploy/mirror/accepted.hpp"

#include <unistd.h>

#include "util/log/log.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr const char* accepted_name = ".local";  // no release has such a name
constexpr std::uint64_t longest_list = 8U << 20U;

}  // namespace

AcceptedPaths read_accepted(const fs::path& folder, const std::string& release) {
    AcceptedPaths paths;
    const auto text = read_file(folder / accepted_name, longest_list);
    std::string_view rest = text.ok() ? std::string_view(*text) : std::string_view();
    if (take_until(rest, '\n') != release) return paths;
    while (!rest.empty()) paths.emplace(take_until(rest, '\n'));
    return paths;
}

void write_accepted(const fs::path& folder, const std::string& release, const AcceptedPaths& paths) {
    const fs::path file = folder / accepted_name;
    if (paths.empty()) {
        (void)::unlink(file.c_str());
        return;
    }
    std::string text = release + "\n";
    for (const std::string& path : paths) {
        if (!contains(path, "\n")) text += path + "\n";
    }
    if (const Status written = write_file_atomically(file, text); !written.ok())
        log::debug({}, written.error().message);
}

}  // namespace gup
