// SPDX-License-Identifier: Apache-2.0
// The directory of a zip archive, checked before anything in it is believed. Private to util/zip/archive.
//
// Both lists of the file (APPNOTE.TXT 6.3.10, 4.3) are compared: the central directory, and the header in front of each
// entry. Nothing is unpacked here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

enum class ArchiveKind : std::uint8_t { file, folder, link };

struct ArchiveEntry {
    std::string name;  // the name in the archive, not checked; a folder's without its closing slash
    ArchiveKind kind = ArchiveKind::file;
    bool is_executable = false;   // by its owner
    bool is_deflated = false;     // else stored as it is
    std::uint32_t crc32 = 0;      // of the unpacked bytes, from the archive
    std::uint64_t packed = 0;     // bytes in the archive; checked: they exist and belong to no other entry
    std::uint64_t size = 0;       // bytes unpacked, from the archive
    std::uint64_t offset = 0;     // of its local header
    std::uint64_t end = 0;        // behind its packed bytes
    bool has_descriptor = false;  // sizes may be repeated behind them
};

// "<file>: the entry '<name>' <reason>", the name as a log may have it.
[[nodiscard]] Error entry_error(ErrorCode code, const fs::path& file, std::string_view name, std::string_view reason);

// The entries in the order of their places in the file. `file` is for messages. Fails with
// - protocol for a file that is not a zip archive: the message shows its first bytes;
// - corrupt for an archive that is cut off, whose two lists disagree, whose entries overlap, or that has bytes before,
//   between or behind its entries which belong to none of them;
// - unsupported for encryption, methods other than stored and deflated, volumes, and entries that are neither a file, a
//   folder nor a symbolic link;
// - invalid_input for more than `most` entries.
[[nodiscard]] Result<std::vector<ArchiveEntry>> read_zip_directory(int fd, const fs::path& file, std::uint64_t most);

}  // namespace gup
