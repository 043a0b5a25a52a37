// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/pylock.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/toml_guard.hpp"
#include "core/packaging/names.hpp"
#include "core/packaging/specifier.hpp"
#include "core/packaging/version.hpp"
#include "core/requirements/direct_reference.hpp"
#include "core/requirements/group_markers.hpp"
#include "core/requirements/inner_path.hpp"
#include "core/requirements/requirement_set.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

using detail::Place;
using detail::quoted;
using detail::shown;

constexpr std::string_view relock_hint = "make the file again with the program that locked it";

// Line and column of a byte.
Place place_in(std::string_view text, std::size_t at) {
    const std::string_view before = text.substr(0, at);
    const auto line = std::count(before.begin(), before.end(), '\n');
    const auto begin = before.rfind('\n');
    return {static_cast<int>(line) + 1, static_cast<int>(at - (begin == std::string_view::npos ? 0 : begin + 1)) + 1};
}

// One of [[packages]].
struct LockedPackage {
    const toml::table& table;
    Requirement requirement;
    bool is_sound = true;
};

class PylockReader {
public:
    PylockReader(std::string_view text, const std::string& path, const RequirementRules& rules, Gupfile& gupfile)
        : places_(text), path_(path), rules_(rules), gupfile_(gupfile), set_(gupfile) {}

    void read(const toml::table& root) {
        if (!check_version(root)) return;
        groups_ = texts_of(root, "default-groups");
        read_environment(root);
        const toml::node* packages = root.get("packages");
        if (packages == nullptr || !packages->is_array()) {
            return error(packages == nullptr ? root : *packages, "the lock file has no [[packages]]", relock_hint);
        }
        for (const toml::node& node : *packages->as_array()) {
            if (detail::has_all_problems(gupfile_)) return;
            if (const toml::table* table = node.as_table()) {
                read_package(*table);
            } else {
                error(node, "a package is not a table", relock_hint);
            }
        }
        set_.finish(rules_);
    }

    void error_at(Place place, std::string message, std::string_view hint) {
        detail::add_problem(gupfile_,
                            {Severity::error, place.line, place.column, std::move(message), std::string(hint), path_});
    }

    // toml++ counts code points, a Problem counts bytes.
    [[nodiscard]] Place place_of(const toml::source_position& at) {
        return places_.find(static_cast<int>(at.line), static_cast<int>(at.column));
    }

private:
    void error(const toml::node& node, std::string message, std::string_view hint) {
        if (!detail::has_all_problems(gupfile_)) error_at(place_of(node.source().begin), std::move(message), hint);
    }

    void refuse(LockedPackage& package, const toml::node& node, std::string message, std::string_view hint) {
        package.is_sound = false;
        error(node, std::move(message), hint);
    }

    bool check_version(const toml::table& root) {
        const toml::node* node = root.get("lock-version");
        const auto version = node == nullptr ? std::nullopt : node->value<std::string>();
        if (!version) {
            error(node == nullptr ? root : *node, "the file has no lock-version, and is no lock file", relock_hint);
            return false;
        }
        if (version == "1.0") return true;
        if (version->starts_with("1.")) {
            const Place place = place_of(node->source().begin);
            detail::add_problem(
                gupfile_, {Severity::warning, place.line, place.column,
                           fmt::format("lock-version {} is newer than the agent, which knows 1.0", quoted(*version)),
                           "install a newer agent, or lock with lock-version 1.0", path_});
            return true;
        }
        error(*node, fmt::format("lock-version {} is not 1.0", quoted(*version)), "lock with lock-version 1.0");
        return false;
    }

    // A table's text; nullopt without an error when it is missing.
    std::optional<std::string> text_of(LockedPackage& package, const toml::table& table, std::string_view key) {
        const toml::node* node = table.get(key);
        if (node == nullptr) return std::nullopt;
        auto text = node->value<std::string>();
        const bool is_line = text && !text->empty() && std::none_of(text->begin(), text->end(), [](char c) {
                                 return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
                             });
        if (is_line) return text;
        refuse(package, *node, fmt::format("{} must be a text of one line", key), relock_hint);
        return std::nullopt;
    }

    std::vector<std::string> texts_of(const toml::table& table, std::string_view key) {
        std::vector<std::string> texts;
        const toml::node* node = table.get(key);
        if (node == nullptr) return texts;
        const toml::array* array = node->as_array();
        if (array == nullptr) {
            error(*node, fmt::format("{} must be an array of texts", key), relock_hint);
            return texts;
        }
        for (const toml::node& one : *array) {
            if (auto text = one.value<std::string>()) {
                texts.push_back(*std::move(text));
            } else {
                error(one, fmt::format("{} must be an array of texts", key), relock_hint);
            }
        }
        return texts;
    }

    // What must be true for the lock file to be used at all.
    void read_environment(const toml::table& root) {
        std::string any;
        for (const std::string& marker : texts_of(root, "environments")) {
            const auto known = detail::marker_for_groups(marker, groups_);
            if (!known.ok()) {
                error(*root.get("environments"), known.error().message, relock_hint);
            } else if (*known) {
                any += fmt::format("{}({})", any.empty() ? "" : " or ", **known);
            }
        }
        std::string all;
        if (const toml::node* node = root.get("requires-python")) {
            const auto set = SpecifierSet::parse(node->value_or(std::string()));
            if (!set.ok()) return error(*node, set.error().message, relock_hint);
            for (const Specifier& clause : set->clauses()) {
                const std::string text = clause.text();
                const auto begin = std::min(text.find_first_not_of("<>=!~"), text.size());
                all += fmt::format("{}python_full_version {} \"{}\"", all.empty() ? "" : " and ", text.substr(0, begin),
                                   text.substr(begin));
            }
        }
        gupfile_.environment = any.empty() || all.empty() ? any + all : fmt::format("({}) and {}", any, all);
    }

    void read_package(const toml::table& table) {
        LockedPackage package{table, {}, true};
        Requirement& requirement = package.requirement;
        const Place place = place_of(table.source().begin);
        requirement.file = path_;
        requirement.line = place.line;
        requirement.name = text_of(package, table, "name").value_or("");
        if (!is_distribution_name(requirement.name) && package.is_sound) {
            return error(table,
                         requirement.name.empty()
                             ? "a package has no name"
                             : fmt::format("{} is not the name of a distribution", quoted(requirement.name)),
                         relock_hint);
        }
        if (auto version = text_of(package, table, "version")) {
            if (!is_pep440(*version))
                refuse(package, *table.get("version"), fmt::format("{} is not a version", quoted(*version)),
                       relock_hint);
            requirement.version = *std::move(version);
        }
        if (!read_marker(package) || !read_source(package)) return;
        take_index(package);
        if (package.is_sound) set_.add({std::move(requirement), place});
    }

    // False: the package is never installed.
    bool read_marker(LockedPackage& package) {
        const auto marker = text_of(package, package.table, "marker");
        if (!marker) return package.is_sound;
        const auto known = detail::marker_for_groups(*marker, groups_);
        if (!known.ok()) refuse(package, *package.table.get("marker"), known.error().message, relock_hint);
        if (!known.ok() || !*known) return false;
        package.requirement.marker = **known;
        return true;
    }

    bool read_source(LockedPackage& package) {
        const toml::table& table = package.table;
        const bool has_files = table.contains("wheels") || table.contains("sdist");
        const int sources = static_cast<int>(has_files) + static_cast<int>(table.contains("vcs")) +
                            static_cast<int>(table.contains("directory")) + static_cast<int>(table.contains("archive"));
        const std::string name = shown(package.requirement.name);
        if (sources != 1) {
            refuse(package, table, fmt::format("{} has {}", name, sources == 0 ? "no source" : "several sources"),
                   relock_hint);
            return false;
        }
        if (has_files) {
            read_files(package);
        } else if (const toml::table* vcs = table["vcs"].as_table()) {
            read_vcs(package, *vcs);
        } else if (const toml::table* directory = table["directory"].as_table()) {
            read_directory(package, *directory);
        } else if (const toml::table* archive = table["archive"].as_table()) {
            read_archive(package, *archive);
        } else {
            refuse(package, table, fmt::format("the source of {} is not a table", name), relock_hint);
        }
        return package.is_sound;
    }

    // The strong hashes of one file.
    void take_hashes(LockedPackage& package, const toml::table& file) {
        const toml::table* hashes = file["hashes"].as_table();
        std::size_t strong = 0;
        for (const char* kind : {"sha256", "sha384", "sha512"}) {
            const auto digits = hashes == nullptr ? std::nullopt : (*hashes)[kind].value<std::string>();
            if (!digits) continue;
            std::string hash = fmt::format("{}:{}", kind, lower(*digits));
            if (const auto reason = detail::reason_against_hash(hash))
                return refuse(package, *hashes->get(kind), *reason, relock_hint);
            ++strong;
            package.requirement.hashes.push_back(std::move(hash));
        }
        if (strong == 0) {
            refuse(package, file,
                   fmt::format("a file of {} has no hash that is checked", shown(package.requirement.name)),
                   "lock it with sha256, sha384 or sha512");
        }
    }

    void read_files(LockedPackage& package) {
        std::vector<const toml::table*> files;
        const toml::table& table = package.table;
        if (const toml::array* wheels = table["wheels"].as_array()) {
            for (const toml::node& wheel : *wheels) files.push_back(wheel.as_table());
        }
        if (table.contains("sdist")) files.push_back(table["sdist"].as_table());
        if (files.empty() || std::find(files.begin(), files.end(), nullptr) != files.end()) {
            return refuse(package, table, fmt::format("{} has no files", shown(package.requirement.name)), relock_hint);
        }
        for (const toml::table* file : files) {
            if (file->contains("path") && !file->contains("url")) {
                refuse(package, *file->get("path"),
                       fmt::format("a file of {} is local, and the agent installs from an index",
                                   shown(package.requirement.name)),
                       "lock against an index");
            }
            take_hashes(package, *file);
            if (package.requirement.version.empty()) package.requirement.version = version_of(package, *file);
        }
        if (package.requirement.version.empty())
            refuse(package, table, fmt::format("{} has no version", shown(package.requirement.name)), relock_hint);
    }

    // What the file's name says.
    [[nodiscard]] std::string version_of(LockedPackage& package, const toml::table& file) {
        const auto name = file["name"].value<std::string>();
        const auto url = name ? fmt::format("https://host/{}", *name) : file["url"].value_or(std::string());
        if (!detail::begins_with_scheme(url)) return {};
        return detail::read_direct_reference(url, package.requirement.name).version;
    }

    void take_reference(LockedPackage& package, const toml::table& table, const std::string& url) {
        detail::DirectReference reference = detail::read_direct_reference(url, package.requirement.name);
        if (reference.flaw) return refuse(package, *table.get("url"), reference.flaw->message, reference.flaw->hint);
        package.requirement.source = std::move(reference.source);
        package.requirement.revision = std::move(reference.revision);
        if (package.requirement.version.empty()) package.requirement.version = std::move(reference.version);
    }

    // "#subdirectory=…", or nothing.
    std::string subdirectory_of(LockedPackage& package, const toml::table& table) {
        const auto folder = text_of(package, table, "subdirectory");
        if (!folder) return {};
        if (detail::leads_out(*folder))
            refuse(package, *table.get("subdirectory"), fmt::format("{} leads out of the source", quoted(*folder)),
                   relock_hint);
        return "#subdirectory=" + *folder;
    }

    void read_vcs(LockedPackage& package, const toml::table& vcs) {
        const auto type = text_of(package, vcs, "type");
        const auto url = text_of(package, vcs, "url");
        const auto commit = text_of(package, vcs, "commit-id");
        const std::string name = shown(package.requirement.name);
        if (type != "git")
            return refuse(package, vcs, fmt::format("{} is not in a git repository", name),
                          "use a mirror in git, or an archive");
        if (!url)
            return refuse(package, vcs, fmt::format("the repository of {} is local", name),
                          "lock the URL of the repository");
        if (!commit || !is_commit_id(*commit))
            return refuse(package, vcs, fmt::format("{} has no commit-id of 40 digits", name), relock_hint);
        package.requirement.version.clear();
        take_reference(package, vcs, fmt::format("git+{}@{}{}", *url, *commit, subdirectory_of(package, vcs)));
    }

    void read_directory(LockedPackage& package, const toml::table& directory) {
        const auto path = text_of(package, directory, "path");
        const auto inner = path ? detail::inner_path(path_, *path) : std::nullopt;
        if (inner != "." || directory.contains("subdirectory")) {
            return refuse(package, directory,
                          fmt::format("{} is a folder, and the agent installs no other than the repository itself",
                                      shown(package.requirement.name)),
                          "lock it as git with a subdirectory, or publish it");
        }
        package.requirement.version.clear();
        package.requirement.is_editable = true;
    }

    void read_archive(LockedPackage& package, const toml::table& archive) {
        const auto url = text_of(package, archive, "url");
        if (!url)
            return refuse(package, archive, fmt::format("the archive of {} is local", shown(package.requirement.name)),
                          "lock the URL of the archive");
        take_hashes(package, archive);
        take_reference(package, archive, *url + subdirectory_of(package, archive));
    }

    // Where the operator allows it, the index is asked, too. The hashes decide anyway.
    void take_index(LockedPackage& package) {
        auto index = text_of(package, package.table, "index");
        while (index && index->ends_with('/')) index->pop_back();
        if (!index || !rules_.allow_index_options) return;
        auto& options = gupfile_.index_options;
        if (!index->starts_with("https://") && !index->starts_with("http://")) return;
        if (std::find(options.begin(), options.end(), *index) != options.end()) return;
        options.emplace_back("--extra-index-url");
        options.push_back(*std::move(index));
    }

    detail::PlaceFinder places_;
    const std::string& path_;
    const RequirementRules& rules_;
    Gupfile& gupfile_;
    detail::RequirementSet set_;
    std::vector<std::string> groups_;
};

}  // namespace

void read_pylock(std::string_view text, const std::string& path, const RequirementRules& rules, Gupfile& gupfile) {
    gupfile.is_lock = true;
    const auto plain = without_byte_order_mark(text);
    PylockReader reader(plain.value_or(""), path, rules, gupfile);
    if (!plain) return reader.error_at({1, 1}, utf16_message, utf16_hint);
    text = *plain;
    const auto wrong = std::min(first_wrong_byte(text), text.find('\0'));
    if (wrong < text.size())
        return reader.error_at(place_in(text, wrong), "the line is not UTF-8", "save the file as UTF-8");
    if (const auto flaw = find_toml_flaw(text)) {
        return reader.error_at({flaw->line, flaw->column}, fmt::format("this is not valid TOML: {}", flaw->what),
                               relock_hint);
    }
    try {
        reader.read(toml::parse(text));
    } catch (const toml::parse_error& failure) {
        reader.error_at(reader.place_of(failure.source().begin),
                        fmt::format("this is not valid TOML, {}", detail::syntax_flaw(failure.description())),
                        relock_hint);
    }
}

}  // namespace gup
