// SPDX-License-Identifier: Apache-2.0
// The way to a file: every folder and link from "/" to it, as descriptors show them. The kernel follows no link.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// One entry of a way.
struct Waypoint {
    fs::path path;  // without links
    FileKind kind = FileKind::folder;
    std::uint32_t owner = 0;
    std::uint32_t group = 0;
    std::uint32_t mode = 0;
    bool is_end = false;  // what the way leads to; false: a folder or link on the way to it
};

class Way {
public:
    // Opens `path` from "/", component by component. A link is an entry of the way, and the way goes on to its target. Fails
    // when a folder cannot be searched, for a loop of links, and for a path through a file. A path that does not exist is
    // no error: the way ends at its last folder.
    [[nodiscard]] static Result<Way> open(const fs::path& path);
    // The same from the end of this way, which is a folder.
    [[nodiscard]] Result<Way> open_below(const fs::path& path) const;
    // The same for an entry below which nothing is opened. One system call for each component while none is a link.
    [[nodiscard]] Result<Way> look_below(const fs::path& path) const;
    // As open(), at most a second ago: for a folder to which many ways begin.
    [[nodiscard]] static Result<std::shared_ptr<const Way>> open_shared(const fs::path& path);

    [[nodiscard]] bool is_there() const { return is_there_; }
    // What it leads to. Only when it is there.
    [[nodiscard]] const Waypoint& end() const { return points_.back(); }
    // In their order. Those of open_below begin below the folder where it started.
    [[nodiscard]] const std::vector<Waypoint>& points() const { return points_; }

private:
    friend class Walker;
    std::vector<Waypoint> points_;
    UniqueFd fd_;  // O_PATH, of the end
    bool is_there_ = true;
};

}  // namespace gup
