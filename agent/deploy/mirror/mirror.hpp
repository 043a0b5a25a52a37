// A plain folder outside of root that is kept as the enabled release is ([[connector]] local): for programs that know
// one path, and follow no link.
//
// Its next content is made beside it (.<name>.gup-<id>), whole and flushed, and takes its place in one step. A file
// that stays as it was is the same file (a hard link to the one that was there, never to the release); what is not the
// release's is kept: hard links too, and what appears until the old folder goes is moved over. Left out of it are what
// is the repository's own, .venv and generation.json; links to persisted files are absolute. A program that works in it
// sees the old folder until it is restarted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connector/layout.hpp"
#include "connector/settings.hpp"
#include "core/journal_format.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct Mirror {
    fs::path path;                     // that programs know
    fs::path beside;                   // its next content, and from the switch on the old one
    fs::path release;                  // what it is to be
    fs::path before;                   // the release that it was; empty: none
    std::vector<std::string> carried;  // paths of files that are not the release's, as make_mirror linked them
};

// That of the site's connector, for its move from one release to another ("": from none); nullopt when it has none.
// Fails with conflict for one that lies in root or around it, in another connector's or around it, is a mount point or
// no folder; with permission when nothing can be made beside it. As the owner, as all of these.
[[nodiscard]] Result<std::optional<Mirror>> find_mirror(const UpdateSettings& settings, const ConnectorLayout& site,
                                                        const std::string& id, const std::string& before);
// Whether it is there, or none is wished for: a release that is enabled already may have to be enabled again.
[[nodiscard]] bool has_mirror(const UpdateSettings& settings, const std::string& connector);

// Makes `beside`, and flushes it; `reserve` bytes stay free. Returns what a person should know: files that somebody had
// changed, and that are the release's again. On failure what was made is left.
[[nodiscard]] Result<std::vector<std::string>> make_mirror(Mirror& local, std::uint64_t reserve);

// What the journal needs to know of the switch, once `beside` is made.
[[nodiscard]] Result<JournalStep> mirror_switch_step(const char* kind, const Mirror& local);
// The two change places, or `beside` is renamed to where nothing was. Fails with unsupported where the file system
// cannot exchange two folders. What appeared in the old one meanwhile is moved over.
[[nodiscard]] Status switch_mirror(const Mirror& local);
// Back, if it was done, with what appeared meanwhile. By the step alone; may be called again.
[[nodiscard]] Status undo_mirror_switch(const JournalStep& step);
// After the commit: the old folder goes, what appeared in it since the switch is moved over. As undo_mirror_switch.
[[nodiscard]] Status finish_mirror_switch(const JournalStep& step);

}  // namespace gup
