// SPDX-License-Identifier: Apache-2.0
// The files of a revision that a release gets: all but those that `exclude` of the gupfile names, and those with the
// attribute export-ignore. Paths are relative to the connector's folder.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/selection/export_attributes.hpp"
#include "core/selection/glob.hpp"
#include "util/result.hpp"

namespace gup {

// A pattern of `exclude`. Without a slash it matches names in every folder: "Makefile", "*.md". With one it matches a
// path from the connector's folder: "docs/*.pdf", "/setup.cfg", "tests/**/data". A slash at its end: only folders.
class ExcludePattern {
public:
    // Fails with invalid_input for one that is empty, begins with "!", or leaves the folder.
    [[nodiscard]] static Result<ExcludePattern> parse(std::string_view text);

    // That entry itself.
    [[nodiscard]] bool matches(std::string_view path, bool is_folder) const;

private:
    ExcludePattern(std::string_view pattern, Glob::Of of, bool is_of_folders);

    Glob glob_;
    bool is_of_names_;
    bool is_of_folders_;
};

// Not for two threads at once.
class CodeSelection {
public:
    // Patterns that are not valid are passed over: the gupfile has a problem for each.
    void exclude(const std::vector<std::string>& patterns);
    // `below`: the connector's folder in the tree of these attributes; empty: its top.
    void use(ExportAttributes attributes, const std::string& below);
    // A file that the release needs.
    void keep(const std::string& path) { kept_.insert(path); }

    // A file or a link. Also when a folder above it is left out.
    [[nodiscard]] bool leaves_out(std::string_view path) const;
    // A folder with all that is in it.
    [[nodiscard]] bool leaves_out_folder(std::string_view path) const;

    [[nodiscard]] bool has_all() const { return patterns_.empty() && !attributes_.has_any(); }

private:
    [[nodiscard]] bool names(std::string_view path, bool is_folder) const;
    [[nodiscard]] bool is_in_left_out_folder(std::string_view path) const;

    std::vector<ExcludePattern> patterns_;
    ExportAttributes attributes_;
    std::string below_;  // with a slash at its end, or empty
    std::set<std::string, std::less<>> kept_;
    mutable std::map<std::string, bool, std::less<>> folders_;  // what was found out about them
};

// The pattern of `exclude` that leaves out `path`, which is a file or a folder; empty: none.
[[nodiscard]] std::string pattern_that_excludes(const std::vector<std::string>& patterns, std::string_view path);

}  // namespace gup
