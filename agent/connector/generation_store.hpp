// SPDX-License-Identifier: Apache-2.0
// A connector's generations on disk: <root>/.gup/<name>/<id>/ with generation.json, and .venv if that update made one.
// Everything here as the connector's owner.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/generation.hpp"
#include "host/owner.hpp"
#include "python/virtualenv.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// The folder of the generations of connector `name`, whose virtualenv has the known path `place`: <root>/.gup/<name>.
// If `place` is on another file system, .gup/<name> next to it; if it already leads to a generation, next to that one.
[[nodiscard]] fs::path generations_folder(const fs::path& root, const std::string& name, const fs::path& place);

// Creates it. If the owner cannot write to `root`, the agent creates it there as root for the owner. Elsewhere a link
// of the owner may lead, so only the owner creates it. Fails with permission if the owner may not, or on a read-only
// file system.
[[nodiscard]] Status make_generations_folder(const fs::path& folder, const fs::path& root, const Owner& owner);
// Removes it, and .gup, if they are empty. Any other folder is left alone.
void remove_empty_generations_folder(const fs::path& folder);

// The path of the virtualenv at `place` in generation.json: the real folder that a link leads to; `place` itself while
// it is a folder; "" if there is none.
[[nodiscard]] std::string virtualenv_at(const fs::path& place);
// Also empty if no virtualenv is present there.
[[nodiscard]] std::string virtualenv_at(const VirtualenvLocation& place);

// `wanted`, or with "-2", "-3" … appended if it is taken.
[[nodiscard]] std::string free_generation_id(const fs::path& folder, const std::string& wanted);

[[nodiscard]] fs::path virtualenv_in(const fs::path& folder, const std::string& id);

// Atomic and flushed.
[[nodiscard]] Status write_generation(const fs::path& folder, const Generation& generation);
// The same for a generation whose folder is `place` until it is complete.
[[nodiscard]] Status write_generation_at(const fs::path& place, const Generation& generation);

// Nullopt if there is no readable one.
[[nodiscard]] std::optional<Generation> read_generation(const fs::path& folder, const std::string& id);

// The in-place generations, the latest first. Ignores folders without a readable generation.json. Empty if there is no
// folder. A virtualenv that generations record at `place`, and that has been moved into one since, gets its new path.
[[nodiscard]] std::vector<Generation> list_generations(const fs::path& folder, const fs::path& place);

// Those with code of their own, which is complete: releases. The latest first.
[[nodiscard]] std::vector<Generation> list_releases(const fs::path& folder);

// Removes leftovers of a crash: folders without generation.json, except the one that `place` leads into. Returns what
// was removed.
std::vector<fs::path> sweep_generations(const fs::path& folder, const fs::path& place);

// Removes generations beyond `keep` (core/generation); `current` is the running one. Returns their ids. A failed
// removal is a warning in the log.
std::vector<std::string> prune_generations(const fs::path& folder, const fs::path& place, const std::string& current,
                                           std::size_t keep);

// Removes a generation. After a crash sweep_generations finishes this.
[[nodiscard]] Status remove_generation(const fs::path& folder, const std::string& id);

}  // namespace gup
