// SPDX-License-Identifier: Apache-2.0
// Files of requirements and lock files, which a committer writes.
#include "core/requirements/read_declaration.hpp"

#include "fuzz.hpp"

namespace gup::fuzz {
namespace {

// All files but the gupfile have the same content.
class SameFiles : public DeclarationFiles {
public:
    explicit SameFiles(std::string_view input) : input_(input) {}
    [[nodiscard]] Result<std::optional<std::string>> read(const std::string& path) const override {
        return path == gupfile_name ? std::nullopt : std::optional(input_);
    }
    [[nodiscard]] Result<std::string> export_lock(const std::string&) const override { return input_; }

private:
    std::string input_;
};

void check_declaration(const Gupfile& gupfile, const RequirementRules& rules) {
    for (const Problem& problem : gupfile.problems) {
        check(!problem.message.empty() && !problem.hint.empty(), "a problem has a message and a hint");
        check((problem.line > 0) == (problem.column > 0), "a problem has line and column, or neither");
    }
    if (!gupfile.usable()) return;
    for (const Requirement& pin : gupfile.pins) {
        // pip takes a name that ends with "_", which no distribution has.
        const std::string name = pin.name.substr(0, pin.name.find_last_not_of('_') + 1);
        check(is_distribution_name(name), "a requirement has a name");
        const bool is_exact = !pin.version.empty() || !pin.source.empty() || pin.is_editable;
        check(is_exact || rules.allow_ranges, "a requirement is exact");
        check(pin.version.empty() || pin.range.empty(), "a requirement has a version or a range");
    }
    check(gupfile.index_options.empty() || rules.allow_index_options || gupfile.index_options[0] == "--pre" ||
              gupfile.index_options[0].ends_with("-binary"),
          "options of indexes need the operator");
}

}  // namespace

void take(std::string_view input) {
    for (const char* name : {"requirements.txt", "pylock.toml", "uv.lock"}) {
        for (const bool is_allowed : {false, true}) {
            DeclarationOptions options;
            options.rules = {is_allowed, is_allowed};
            options.requirements = name;
            const auto declaration = read_declaration(SameFiles(input), options);
            check(declaration.ok(), "a declaration is read");
            check_declaration(declaration->gupfile, options.rules);
        }
    }
}

}  // namespace gup::fuzz
