// SPDX-License-Identifier: Apache-2.0
#include "app/lint/named_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/declaration/gupfile_toml.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

struct NamedFile {
    std::string_view key;
    std::string path;
};

std::vector<NamedFile> named_files(const Gupfile& gupfile) {
    std::vector<NamedFile> files{{"hooks.pre-update", gupfile.pre_update},
                                 {"hooks.post-update", gupfile.post_update},
                                 {"update.ready", gupfile.update.ready}};
    const auto& command = gupfile.health.command;
    // A name without '/' is looked up in PATH, an absolute path is of the gateway.
    if (!command.empty() && command.front().find('/') != std::string::npos) {
        files.push_back({"health.command", command.front()});
    }
    std::erase_if(files, [](const NamedFile& file) { return file.path.empty() || file.path.starts_with('/'); });
    return files;
}

// A file that the connector writes while it runs is not in its repository.
bool is_persisted(const Gupfile& gupfile, const std::string& path) {
    return std::any_of(gupfile.persist.begin(), gupfile.persist.end(), [&](const std::string& persisted) {
        return is_below(fs::path(path).lexically_normal(), fs::path(persisted + "/").lexically_normal().parent_path());
    });
}

// Begins with a mark of Windows: an interpreter of the name "python3\r" does not exist anywhere.
bool has_windows_line_ends(const fs::path& program) {
    constexpr std::uint64_t largest_script = 1U << 20U;
    const auto text = read_file(program, largest_script);
    if (!text.ok() || !text->starts_with("#!")) return false;
    const auto end = text->find('\n');
    return end != std::string::npos && (*text)[end - 1] == '\r';
}

std::optional<FileMistake> mistake_of(const NamedFile& named, const fs::path& folder) {
    const fs::path program = folder / named.path;
    const auto info = file_info(program);
    FileMistake mistake;
    if (!info.ok()) {
        mistake.message = fmt::format("'{}' names '{}': {}", named.key, named.path, info.error().message);
        mistake.hint = "correct the path";
    } else if (!*info) {
        mistake.message = fmt::format("'{}' names '{}', and there is no such file", named.key, named.path);
        mistake.hint = "add the file to the repository, or correct the path";
    } else if ((*info)->kind != FileKind::regular) {
        mistake.message = fmt::format("'{}' names '{}', which is not a file", named.key, named.path);
        mistake.hint = "name a program";
    } else if (((*info)->mode & 0111U) == 0) {
        mistake.message = fmt::format("'{}' names '{}', which is not executable", named.key, named.path);
        mistake.hint = fmt::format("chmod +x {0}; in git: git update-index --chmod=+x {0}", named.path);
    } else if (has_windows_line_ends(program)) {
        mistake.message = fmt::format("'{}' names '{}', whose lines end as on Windows", named.key, named.path);
        mistake.hint = "save it with LF line ends; in .gitattributes: *.sh text eol=lf";
    } else {
        return std::nullopt;
    }
    return mistake;
}

}  // namespace

detail::Place place_of_key(std::string_view text, std::string_view key) {
    const auto places = detail::places_of_keys(without_byte_order_mark(text).value_or(std::string_view{}));
    const auto found = places.find(std::string(key));
    return found == places.end() ? detail::Place{1, 1} : found->second;
}

std::vector<FileMistake> file_mistakes(const Gupfile& gupfile, std::string_view text, const fs::path& folder) {
    std::vector<FileMistake> mistakes;
    for (const NamedFile& named : named_files(gupfile)) {
        if (is_persisted(gupfile, named.path)) continue;
        auto mistake = mistake_of(named, folder);
        if (!mistake) continue;
        mistake->place = place_of_key(text, named.key);
        mistakes.push_back(*std::move(mistake));
    }
    return mistakes;
}

}  // namespace gup
