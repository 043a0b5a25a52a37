// SPDX-License-Identifier: Apache-2.0
#include "app/init/init.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "app/init/pin_lines.hpp"
#include "app/lint/folder_files.hpp"
#include "core/declaration/gupfile_keys.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/requirements/candidates.hpp"
#include "core/requirements/read_declaration.hpp"

namespace gup {
namespace {

constexpr const char* pyproject_name = "pyproject.toml";

// What goes into the gupfile besides comments.
struct Content {
    std::string requirements;  // the value of the key; empty: none
    PinLines pins;
};

std::string commented(const GupfileKey& key) {
    return fmt::format("# {}\n# {} = {}\n", key.about, key.name, key.example);
}

std::string table_text(const GupfileTable& table, const Content& content) {
    const bool is_pins = table.rows.empty();
    const bool is_used = is_pins || (table.name == "connector" && !content.requirements.empty());
    std::string text = fmt::format("\n# {}\n{}[{}]\n", table.about, is_used ? "" : "# ", table.name);
    for (const auto& row : table.rows) {
        if (row.key.name == "requirements" && is_used) {
            text += fmt::format("# {}\nrequirements = \"{}\"\n", row.key.about, content.requirements);
        } else {
            text += commented(row.key);
        }
    }
    if (!is_pins) return text;
    for (const std::string& line : content.pins.lines) text += line + "\n";
    if (content.pins.lines.empty()) {
        text += content.requirements.empty() ? "# paho-mqtt = \"1.3.1\"\n"
                                             : "# A pin here replaces the one of the same name in that file.\n";
    }
    return text;
}

std::string text_of(const Content& content) {
    std::string text =
        "# The declaration of this client connector for gup-agent; see gupfile(5). To check it: gup-agent lint\n"
        "# A '#' at the start of a line makes it a comment: remove it to use the line, and that of its [table].\n";
    for (const GupfileTable& table : gupfile_tables()) text += table_text(table, content);
    return text;
}

bool is_virtualenv(const fs::path& folder) {
    return is_file(folder / "pyvenv.cfg");
}

// The path from `folder` to `file`; empty when it leads out, or cannot be written into the gupfile.
std::string inner_path(const fs::path& folder, const fs::path& file) {
    std::error_code failed;
    const fs::path path = fs::canonical(file, failed).lexically_relative(fs::canonical(folder, failed));
    const std::string text = path.generic_string();
    const bool is_plain = std::none_of(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; });
    return failed || !is_plain || detail::leads_out(text) ? std::string() : text;
}

class Initializer {
public:
    explicit Initializer(const InitRequest& request) : request_(request) {}

    Result<InitResult> make() && {
        GUP_TRY(const fs::path from, source());
        Content content;
        if (!from.empty()) {
            GUP_TRY(content, content_of(from));
            result_.source = from.string();
        }
        result_.text = text_of(content);
        if (content.pins.comments > 0) {
            result_.notes.push_back(fmt::format(
                "{} of the packages could not be pinned: see the comments in the gupfile", content.pins.comments));
        }
        return std::move(result_);
    }

private:
    // What the pins come from; empty: nothing.
    [[nodiscard]] Result<fs::path> source() const {
        if (!request_.from.empty()) {
            if (is_there(request_.from)) return request_.from;
            return Error{ErrorCode::not_found, fmt::format("{} does not exist", request_.from.string()),
                         "name a requirements.txt, pyproject.toml, lock file or virtualenv"};
        }
        const fs::path& folder = request_.folder;
        std::vector<std::string> found;
        for (const char* name : requirement_candidates) {
            if (is_file(folder / name)) found.emplace_back(name);
        }
        if (found.size() > 1) {
            return Error{
                ErrorCode::invalid_input, fmt::format("several files declare packages: {}", fmt::join(found, ", ")),
                fmt::format("name one of them: --from {}", (folder / found.front()).lexically_normal().string())};
        }
        if (!found.empty()) return folder / found.front();
        if (has_project_dependencies(folder / pyproject_name)) return folder / pyproject_name;
        for (const char* name : {".venv", "venv"}) {
            if (is_virtualenv(folder / name)) return folder / name;
        }
        return fs::path();
    }

    static bool has_project_dependencies(const fs::path& file) {
        const auto text = read_file(file);
        if (!text.ok()) return false;
        const auto pins = pins_of_pyproject(*text);
        return !pins.ok() || !pins->lines.empty();
    }

    Result<Content> content_of(const fs::path& from) {
        if (is_virtualenv(from)) {
            GUP_TRY(PinLines pins, pins_of_virtualenv(from));
            return Content{{}, std::move(pins)};
        }
        if (is_folder(from)) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("{} is no virtualenv: it has no pyvenv.cfg", from.string()),
                         "name a requirements.txt, pyproject.toml, lock file or virtualenv"};
        }
        if (from.filename() == pyproject_name) {
            GUP_TRY(const std::string text, read_file(from));
            auto pins = pins_of_pyproject(text);
            if (!pins.ok()) return pins.error().with_context(from.string());
            return Content{{}, *std::move(pins)};
        }
        return content_of_requirements(from);
    }

    Result<Content> content_of_requirements(const fs::path& from) {
        const auto kind = kind_of_requirements(from.filename().string());
        if (kind == RequirementsKind::other) {
            return Error{ErrorCode::invalid_input,
                         fmt::format("the agent does not read packages from {}", from.string()),
                         hint_for_other_kind(from.filename().string())};
        }
        const std::string path = inner_path(request_.folder, from);
        if (!path.empty()) {
            result_.notes.push_back(fmt::format("the gupfile names {}: its lines are the pins", path));
            return Content{path, {}};
        }
        if (kind == RequirementsKind::lock) {
            return Error{ErrorCode::invalid_input, fmt::format("{} is not in the folder", from.string()),
                         "copy it into the folder, so that the gupfile can name it"};
        }
        RequirementRules rules;
        rules.allow_ranges = true;
        GUP_TRY(const Declaration declaration,
                read_declaration(FilesWithoutGupfile(from.parent_path()),
                                 {.rules = rules, .requirements = from.filename().string(), .may_find = false}));
        GUP_CHECK(require_usable(declaration.gupfile, from.parent_path().string()));
        Content content;
        for (const Requirement& requirement : declaration.gupfile.pins) add_requirement(content.pins, requirement);
        return content;
    }

    const InitRequest& request_;
    InitResult result_;
};

}  // namespace

Result<InitResult> make_gupfile(const InitRequest& request) {
    const fs::path& folder = request.folder;
    if (!is_folder(folder)) {
        return Error{ErrorCode::not_found, fmt::format("{} is not a folder", folder.string()),
                     "name the folder of the connector"};
    }
    if (is_there(folder / gupfile_name)) {
        return Error{ErrorCode::conflict,
                     fmt::format("{} exists already", (folder / gupfile_name).lexically_normal().string()),
                     "gup-agent lint checks it; to write a new one, rename it first"};
    }
    return Initializer(request).make();
}

Status write_new_gupfile(const fs::path& folder, const std::string& text) {
    const fs::path target = folder / gupfile_name;
    const fs::path temporary = folder / fmt::format(".{}.{}.tmp", gupfile_name, ::getpid());
    GUP_CHECK(write_file_atomically(temporary, text));
    if (::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return {};
    const int number = errno;
    // A file system without the flag: a hard link replaces nothing either.
    const bool is_linked = number == EINVAL && ::link(temporary.c_str(), target.c_str()) == 0;
    const Error error = detail::error_for("write", target, number == EINVAL ? errno : number);
    ::unlink(temporary.c_str());
    return is_linked ? Status{} : Status(error);
}

}  // namespace gup
