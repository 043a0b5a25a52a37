// SPDX-License-Identifier: Apache-2.0
#include "python/shared_files.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "util/sys/directory.hpp"

namespace gup {
namespace {

constexpr std::uint64_t largest_file = 64U << 20U;

bool is_compiled(const std::string& path) {
    return path.ends_with(".pyc");
}

// The rows of a distribution whose files are in the virtualenv.
std::vector<std::pair<fs::path, RecordRow>> own_rows(const Distribution& distribution,
                                                     const ObservedVirtualenv& virtualenv) {
    std::vector<std::pair<fs::path, RecordRow>> found;
    const fs::path folder = distribution.location;
    const auto rows = read_record(folder / "RECORD");
    if (!rows.ok()) return found;
    for (const RecordRow& row : *rows) {
        fs::path path = path_of(row, folder.parent_path());
        if (!is_compiled(row.path) && is_below(path, virtualenv.path)) found.emplace_back(std::move(path), row);
    }
    return found;
}

bool is_kept(const RecordStamps& before, const RecordStamps& now, const Distribution& distribution) {
    const auto old = before.find(distribution.location);
    const auto current = now.find(distribution.location);
    return old != before.end() && current != now.end() && old->second == current->second;
}

std::string hash_of(const fs::path& path) {
    const auto text = read_file(path, largest_file);
    return text.ok() ? record_hash(*text) : std::string();
}

bool has_content(const fs::path& path, const RecordRow& row) {
    return !row.hash.starts_with("sha256=") || hash_of(path) == row.hash;
}

bool restore(const HurtFile& file, const fs::path& original, const PrefixChange& change) {
    const auto info = file_info(original, Follow::no);
    if (!info.ok() || !*info || (*info)->kind != FileKind::regular) return false;
    if (!make_folders(file.path.parent_path()).ok()) return false;
    const auto text = read_file(original, largest_file);
    if (!text.ok()) return false;
    if (file.row.hash.empty() || record_hash(*text) == file.row.hash) {
        if (::link(original.c_str(), file.path.c_str()) == 0) return true;
        return write_file_atomically(file.path, *text, (*info)->mode).ok();
    }
    const auto script = script_with_prefix(*text, change);
    if (!script || record_hash(*script) != file.row.hash) return false;
    return write_file_atomically(file.path, *script, (*info)->mode).ok();
}

}  // namespace

HurtFiles find_hurt_files(const ObservedVirtualenv& virtualenv, const RecordStamps& before, const fs::path& live) {
    HurtFiles hurt;
    const RecordStamps now = record_stamps(virtualenv);
    std::map<std::string, std::string> owners;  // of the files that are new
    for (const Distribution& distribution : virtualenv.distributions) {
        if (now.count(distribution.location) == 0 || is_kept(before, now, distribution)) continue;
        for (const auto& [path, row] : own_rows(distribution, virtualenv)) {
            owners.emplace(path.string(), fmt::format("{} {}", distribution.name, distribution.version));
        }
    }
    for (const Distribution& distribution : virtualenv.distributions) {
        if (!is_kept(before, now, distribution)) continue;
        for (auto& [path, row] : own_rows(distribution, virtualenv)) {
            const auto owner = owners.find(path.string());
            if (!is_there(path)) {
                if (is_there(live / path.lexically_relative(virtualenv.path))) {
                    hurt.lost.push_back({&distribution, path, row, {}});
                }
            } else if (owner != owners.end() && !has_content(path, row)) {
                hurt.overwritten.push_back({&distribution, path, row, owner->second});
            }
        }
    }
    return hurt;
}

std::vector<HurtFile> find_files_gone(const ObservedVirtualenv& virtualenv) {
    std::vector<HurtFile> gone;
    const RecordStamps stamps = record_stamps(virtualenv);
    for (const Distribution& distribution : virtualenv.distributions) {
        if (stamps.count(distribution.location) == 0) continue;
        const auto rows = own_rows(distribution, virtualenv);
        const auto is_gone = [](const auto& row) { return !is_there(row.first); };
        const auto found = std::find_if(rows.begin(), rows.end(), is_gone);
        if (found != rows.end()) gone.push_back({&distribution, found->first, found->second, {}});
    }
    return gone;
}

std::vector<HurtFile> restore_files(std::vector<HurtFile> lost, const fs::path& live, const PrefixChange& change) {
    std::erase_if(lost, [&](const HurtFile& file) {
        return restore(file, live / file.path.lexically_relative(change.to), change);
    });
    return lost;
}

}  // namespace gup
