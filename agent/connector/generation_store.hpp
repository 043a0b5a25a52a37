// A connector's generations on disk: <root>/.gup/<name>/<id>/ with generation.json, and .venv when that update made
// one. Everything here as the connector's owner, whose folder it is.
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

// Where the generations of connector `name` are, whose virtualenv people know at `place`: <root>/.gup/<name>. Where
// `place` is on another file system, .gup/<name> beside it; where it leads to a generation already, beside that one.
[[nodiscard]] fs::path generations_folder(const fs::path& root, const std::string& name, const fs::path& place);

// Makes it. In `root`, which may be a folder that the owner cannot write to, root makes it for him; anywhere else,
// where a link of the owner's may have led, only he. Fails with permission where he may not, or nobody: a read-only
// file system.
[[nodiscard]] Status make_generations_folder(const fs::path& folder, const fs::path& root, const Owner& owner);
// Removes it, and .gup, when they are empty. Any other folder is left alone.
void remove_empty_generations_folder(const fs::path& folder);

// By what name generations know the virtualenv at `place`: the real folder that a link leads to; `place` itself while
// it is a folder; "" when there is none.
[[nodiscard]] std::string virtualenv_at(const fs::path& place);
// Empty as well when no virtualenv is present there.
[[nodiscard]] std::string virtualenv_at(const VirtualenvLocation& place);

// `wanted`, or with "-2", "-3" … behind it when that is taken.
[[nodiscard]] std::string free_generation_id(const fs::path& folder, const std::string& wanted);

[[nodiscard]] fs::path virtualenv_in(const fs::path& folder, const std::string& id);

// Whole or not at all, and flushed.
[[nodiscard]] Status write_generation(const fs::path& folder, const Generation& generation);

// Nullopt when there is none that can be read.
[[nodiscard]] std::optional<Generation> read_generation(const fs::path& folder, const std::string& id);

// Those that share the connector's folder for their code, the latest first. A folder without a readable generation.json
// is none. Empty when there is no folder.
// A virtualenv that generations knew by `place`, and that has been moved into one since, is known by its new path.
[[nodiscard]] std::vector<Generation> list_generations(const fs::path& folder, const fs::path& place);

// Those with code of their own, which is complete: releases. The latest first.
[[nodiscard]] std::vector<Generation> list_releases(const fs::path& folder);

// Removes what a crash left of generations: folders without generation.json, except the one that `place` leads into.
// Returns what was removed.
std::vector<fs::path> sweep_generations(const fs::path& folder, const fs::path& place);

// Removes those beyond `keep` (core/generation), `current` being what runs; returns their ids. What cannot be removed
// is left, with a warning in the log.
std::vector<std::string> prune_generations(const fs::path& folder, const fs::path& place, const std::string& current,
                                           std::size_t keep);

// Removes a generation. A crash in between leaves something for sweep_generations.
[[nodiscard]] Status remove_generation(const fs::path& folder, const std::string& id);

}  // namespace gup
