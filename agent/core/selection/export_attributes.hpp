// SPDX-License-Identifier: Apache-2.0
// The attribute export-ignore of .gitattributes files, as `git archive` reads it (gitattributes(5)).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/selection/glob.hpp"

namespace gup {

inline constexpr const char* attributes_name = ".gitattributes";

class ExportAttributes {
public:
    // The content of the .gitattributes in `folder`: "" for the top, "docs/api". Lines that git refuses are left out.
    // Macros ([attr]) are only those of the top.
    void add(const std::string& folder, std::string_view text);

    // Whether export-ignore is set for that entry itself. The folders above it are not looked at.
    [[nodiscard]] bool ignores(std::string_view path, bool is_folder) const;

    // False: nothing can be ignored.
    [[nodiscard]] bool has_any() const { return has_any_; }

private:
    enum class Value : std::uint8_t { set, unset, unspecified, text };
    struct State {
        std::string name;
        Value value = Value::set;
    };
    struct Line {
        std::optional<Glob> pattern;
        bool is_of_names = false;  // the pattern is for the last part of a path
        bool is_of_folders = false;
        std::string name;  // of a macro
        std::vector<State> states;
    };
    using Known = std::map<std::string, Value, std::less<>>;

    [[nodiscard]] static std::optional<Line> parse(std::string_view text, bool is_at_top);
    [[nodiscard]] static bool matches(const Line& line, std::string_view below, bool is_folder);
    void learn(Known& known, const std::vector<State>& states) const;
    void learn_in(Known& known, const std::string& folder, std::string_view path, bool is_folder) const;

    std::map<std::string, std::vector<Line>, std::less<>> folders_;
    std::map<std::string, std::vector<State>, std::less<>> macros_;
    bool has_any_ = false;
};

}  // namespace gup
