// SPDX-License-Identifier: Apache-2.0
#include "util/sys/mounts.hpp"

#include <sys/statfs.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <vector>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr unsigned long tmpfs_magic = 0x01021994;
constexpr unsigned long ramfs_magic = 0x858458f6;

struct MountedSystem {
    std::string point;
    std::string type;
    std::string upper;  // of an overlay; empty: none, or it is not known
};

// proc(5): a space, a tab, a line feed and a backslash are three octal digits after a backslash.
std::string unescaped(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto is_octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
        if (text[i] == '\\' && is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

std::vector<MountedSystem> mounted_systems(const fs::path& proc) {
    constexpr std::uint64_t limit = 4U << 20U;
    constexpr std::size_t point_field = 4;
    std::vector<MountedSystem> systems;
    const std::string text = read_file(proc / "self/mountinfo", limit).value_or("");
    for (std::string_view rest = text; !rest.empty();) {
        const auto words = words_in(take_until(rest, '\n'));
        const auto dash = std::find(words.begin(), words.end(), "-");
        if (words.size() <= point_field || words.end() - dash < 4) continue;
        MountedSystem system{unescaped(words[point_field]), std::string(dash[1]), {}};
        for (std::string_view options = dash[3]; !options.empty();) {
            constexpr std::string_view key = "upperdir=";
            const std::string_view option = take_until(options, ',');
            if (option.starts_with(key)) system.upper = unescaped(option.substr(key.size()));
        }
        systems.push_back(std::move(system));
    }
    return systems;
}

// The last mount of the longest point hides the others.
const MountedSystem* system_of(const fs::path& path, const std::vector<MountedSystem>& systems) {
    const MountedSystem* found = nullptr;
    for (const MountedSystem& one : systems) {
        if (is_below(path, one.point) && (found == nullptr || one.point.size() >= found->point.size())) found = &one;
    }
    return found;
}

bool is_memory(std::string_view type) {
    return type == "tmpfs" || type == "ramfs";
}

bool is_memory_folder(const fs::path& path) {
    struct statfs status {};
    if (::statfs(path.c_str(), &status) != 0) return false;
    const auto magic = static_cast<unsigned long>(status.f_type) & 0xFFFFFFFFUL;
    return magic == tmpfs_magic || magic == ramfs_magic;
}

// The upper layer was mounted before the root folder was changed, so that its path may lead nowhere now.
bool says_command_line(const fs::path& proc) {
    const std::string text = read_file(proc / "cmdline").value_or("");
    for (const std::string_view word : words_in(text)) {
        if (word == "boot=overlay" || word.starts_with("overlayroot=tmpfs")) return true;
    }
    return false;
}

fs::path without_links(const fs::path& path) {
    std::error_code wrong;
    const fs::path absolute = fs::absolute(path, wrong);
    const fs::path real = fs::weakly_canonical(absolute, wrong);
    return wrong ? absolute : real;
}

}  // namespace

std::optional<MemoryPlace> memory_place(const fs::path& path, const fs::path& proc) {
    const auto systems = mounted_systems(proc);
    const MountedSystem* system = system_of(without_links(path), systems);
    if (system == nullptr) return std::nullopt;
    if (is_memory(system->type)) {
        return MemoryPlace{system->point == "/" ? MemoryKind::root : MemoryKind::tmpfs, system->point};
    }
    if (system->type != "overlay" || system->upper.empty()) return std::nullopt;
    const MountedSystem* upper = system_of(system->upper, systems);
    const bool in_memory = is_memory_folder(system->upper) || (upper != nullptr && is_memory(upper->type)) ||
                           (system->point == "/" && !is_there(system->upper) && says_command_line(proc));
    if (!in_memory) return std::nullopt;
    return MemoryPlace{MemoryKind::overlay, system->point};
}

}  // namespace gup
