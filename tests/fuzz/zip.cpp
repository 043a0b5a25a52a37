// SPDX-License-Identifier: Apache-2.0
// A zip archive from another machine: its directory, one of its files, and all of them in a folder.
#include "util/zip/archive.hpp"

#include <filesystem>

#include "fuzz.hpp"

void gup::fuzz::take(std::string_view input) {
    namespace fs = std::filesystem;
    constexpr ArchiveLimits limits{.bytes = 1U << 20U, .entries = 64, .ratio = 200};
    const Result<ZipArchive> archive = ZipArchive::open(file_with(input), limits);
    if (!archive) return;
    (void)archive->read("gupfile", 1024);
    const fs::path place = fs::path(folder()) / "new";
    fs::create_directory(place);
    (void)archive->extract(place);
    std::uintmax_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(place)) {
        if (entry.is_regular_file() && !entry.is_symlink()) bytes += entry.file_size();
    }
    check(bytes <= limits.bytes, "an archive unpacks to no more than its limit");
    check(std::distance(fs::directory_iterator(folder()), {}) == 2, "nothing is outside of the folder");
    fs::remove_all(place);
}
