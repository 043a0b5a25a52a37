// SPDX-License-Identifier: Apache-2.0
// Zip archives from another machine: their entries, and their files in a new folder. Nothing in an archive is believed.
//
// A "." in a name is left out: "./a" is "a". Refused before the first file is written, each with a sentence that names the archive and the entry:
// - names that are absolute, leave the folder, or are no names on every system (util/zip/entry_names);
// - two entries of one name, and entries below a file or a link;
// - links that leave the folder, go up behind a name, or lead through another link;
// - hard links, device files, fifos, sockets;
// - encryption, and methods other than stored and deflated;
// - more entries, more bytes or a higher ratio than the limits;
// - an archive that is cut off, has entries that overlap, bytes of no entry, or two lists that disagree
//   (util/zip/directory).
// Refused while it is unpacked: a wrong checksum, and more or fewer bytes than were announced.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"
#include "util/units.hpp"

namespace gup {

struct ArchiveLimits {
    std::uint64_t bytes = 1024 * mebibyte;  // unpacked, all files together
    std::uint64_t entries = 50'000;
    std::uint64_t ratio = 200;  // unpacked to packed, of a file and of the whole; only for 16 MiB and more
};

// The part of an archive that is used. All names are checked.
struct ArchiveView {
    std::function<bool(std::string_view path)> skip{};  // true: the entry of that path is left out
    std::string folder{};  // only what is in this folder, with paths relative to it; empty: all
};

struct ArchiveContents {
    std::uint64_t bytes = 0;    // of all files, unpacked
    std::uint64_t files = 0;    // and links
    std::uint64_t folders = 0;  // that have an entry of their own
};

// An archive that is open, and that has been checked as far as can be without unpacking it. Its directory is read once.
class ZipArchive {
public:
    // Nothing is written. Fails as above, with protocol for a file that is not a zip archive (the message shows its
    // first bytes), not_found without the view's folder, else with corrupt, unsupported or invalid_input. An archive
    // without a file is invalid_input.
    [[nodiscard]] static Result<ZipArchive> open(const fs::path& file, const ArchiveLimits& limits = {},
                                                 const ArchiveView& view = {});
    ZipArchive(ZipArchive&&) noexcept;
    ZipArchive& operator=(ZipArchive&&) noexcept;
    ~ZipArchive();

    [[nodiscard]] const ArchiveContents& contents() const;
    // Of its entries; those of folders end with a slash.
    [[nodiscard]] std::vector<std::string> paths() const;
    // From now on without the entries of those paths; the path of a folder ends with a slash.
    void leave_out(const std::function<bool(std::string_view path)>& is_left_out);

    // The content of the file of that exact path; nullopt when there is none. Fails with invalid_input when it is no
    // file or longer than `limit` bytes.
    [[nodiscard]] Result<std::optional<std::string>> read(std::string_view path, std::uint64_t limit) const;

    // Unpacks its files into the empty folder `folder`; 0755 where the owner may execute one, 0644 else, folders 0755,
    // all less the umask; links last, so that nothing is written through one. No times, owners or other attributes are
    // kept. Everything as the process's user, by descriptors below `folder`, which may be a link itself. Flushes
    // nothing. After a failure the written files stay.
    [[nodiscard]] Status extract(const fs::path& folder) const;

private:
    struct State;
    explicit ZipArchive(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace gup
