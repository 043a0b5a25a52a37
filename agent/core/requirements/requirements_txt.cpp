// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/requirements_txt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/declaration/gupfile_values.hpp"
#include "core/requirements/direct_reference.hpp"
#include "core/requirements/inner_path.hpp"
#include "core/requirements/project_name.hpp"
#include "core/requirements/requirement_line.hpp"
#include "core/requirements/requirement_options.hpp"
#include "core/requirements/requirement_set.hpp"
#include "util/text.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

using detail::LineFlaw;
using detail::LogicalLine;
using detail::OptionUse;
using detail::Place;
using detail::quoted;
using detail::RequirementOption;
using detail::shown;

constexpr std::size_t files_at_most = 50;
constexpr std::size_t nested_at_most = 10;
constexpr std::size_t bytes_at_most = 8U << 20U;   // of all files together
constexpr std::size_t line_at_most = 256U << 10U;  // of one requirement with its hashes

enum class FileRole : bool { requirements, constraints };

// The first byte of "${NAME}", which pip replaces by a variable of its environment; npos: none.
std::size_t variable_in(std::string_view text) {
    for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
        const auto end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", at + 2);
        if (end != std::string_view::npos && end > at + 2 && text[end] == '}') return at;
    }
    return std::string_view::npos;
}

// A mistake in the bytes of a line.
std::optional<LineFlaw> flaw_in_bytes(std::string_view text) {
    if (const auto wrong = first_wrong_byte(text); wrong < text.size()) {
        return LineFlaw{wrong, "the line is not UTF-8", "save the file as UTF-8"};
    }
    const auto control = std::find_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
    if (control != text.end()) {
        return LineFlaw{static_cast<std::size_t>(control - text.begin()), "there is a control character in the line",
                        "write the line again"};
    }
    if (text.size() > line_at_most)
        return LineFlaw{0, "the line is too long", "check that this is a file of requirements"};
    if (const auto at = variable_in(text); at != std::string_view::npos) {
        return LineFlaw{at, "the line takes a value from the environment, and the agent has no such variables",
                        "write the value; passwords of indexes belong to pip.conf or .netrc on the gateway"};
    }
    return std::nullopt;
}

class RequirementsReader {
public:
    RequirementsReader(const DeclarationFiles& files, const RequirementRules& rules, const RequirementsTarget& target)
        : files_(files), rules_(rules), target_(target), set_(target.gupfile) {}

    void read_text(std::string_view text, const std::string& path, FileRole role) {
        bytes_ += text.size();
        const auto plain = without_byte_order_mark(text);
        if (!plain) return problem(Severity::error, path, {1, 1}, {0, utf16_message, utf16_hint});
        stack_.push_back(path);
        for (const LogicalLine& line : detail::logical_lines(*plain)) {
            if (detail::has_all_problems(target_.gupfile)) break;
            read_line(line, role);
        }
        stack_.pop_back();
    }

    // Lines of the text have no places.
    void set_placeless() { is_placeless_ = true; }

    HashRule finish() {
        set_.finish(rules_);
        return require_hashes_ ? HashRule::always : HashRule::if_any;
    }

private:
    void problem(Severity severity, const std::string& file, Place place, LineFlaw flaw) {
        if (is_placeless_) place = {};
        detail::add_problem(target_.gupfile,
                            {severity, place.line, place.column, std::move(flaw.message), std::move(flaw.hint), file});
    }

    void refuse(const LogicalLine& line, LineFlaw flaw) {
        const Place place = line.place(flaw.offset);
        problem(Severity::error, stack_.back(), place, std::move(flaw));
    }

    void warn(const LogicalLine& line, LineFlaw flaw) {
        const Place place = line.place(flaw.offset);
        problem(Severity::warning, stack_.back(), place, std::move(flaw));
    }

    void read_line(const LogicalLine& line, FileRole role) {
        if (line.has_swallowing_comment()) {
            warn(line, {line.text().size(), "the comment ends with \\, so the next line is a part of it",
                        "remove the \\ at the end of the comment"});
        }
        if (auto flaw = flaw_in_bytes(line.text())) return refuse(line, *std::move(flaw));
        detail::SplitLine split = detail::split_requirement_line(line.text());
        if (split.flaw) return refuse(line, *std::move(split.flaw));
        const auto editable =
            std::find_if(split.options.begin(), split.options.end(),
                         [](const RequirementOption& one) { return one.kind->use == OptionUse::editable; });
        if (editable != split.options.end() && split.requirement.empty()) {
            auto read = detail::read_editable(editable->value);
            if (read.flaw) read.flaw->offset += editable->value_offset;
            return take_requirement(line, std::move(read), {split.options, &*editable, role});
        }
        if (!split.requirement.empty()) {
            return take_requirement(line, detail::read_requirement_line(split.requirement),
                                    {split.options, nullptr, role});
        }
        // As pip: in one line, the index comes before the further ones.
        std::stable_partition(split.options.begin(), split.options.end(), [](const RequirementOption& one) {
            return one.kind->name == "--index-url" || one.kind->name == "--pypi-url";
        });
        for (const RequirementOption& option : split.options) take_option(line, option);
    }

    // What belongs to a requirement in its line.
    struct Around {
        const std::vector<RequirementOption>& options;
        const RequirementOption* own = nullptr;  // the -e that has the requirement; nullptr: none
        FileRole role = FileRole::requirements;
    };

    void take_requirement(const LogicalLine& line, detail::RequirementLine read, const Around& around) {
        if (read.flaw) return refuse(line, *std::move(read.flaw));
        Requirement& requirement = *read.requirement;
        requirement.file = stack_.back();
        requirement.line = is_placeless_ ? 0 : line.number();
        for (const RequirementOption& option : around.options) {
            if (&option != around.own && !take_option_of(line, option, requirement)) return;
        }
        if (is_own_folder(requirement) && around.role == FileRole::requirements) {
            requirement.name = detail::own_project_name(files_, target_.texts);
            if (requirement.name.empty()) {
                return refuse(line, {0, "the repository itself has no name that the agent can read",
                                     "write its name to setup.cfg: [metadata], and below it name = NAME"});
            }
        }
        const Place place = is_placeless_ ? Place{} : line.place(0);
        if (around.role == FileRole::constraints) {
            set_.constrain({std::move(requirement), place});
        } else {
            set_.add({std::move(requirement), place});
        }
    }

    // False: the requirement is not usable.
    bool take_option_of(const LogicalLine& line, const RequirementOption& option, Requirement& requirement) {
        const std::string_view name = option.kind->name;
        if (option.kind->use == OptionUse::hash) {
            const auto colon = std::min(option.value.find(':'), option.value.size());
            std::string value = option.value.substr(0, colon) + lower(std::string_view(option.value).substr(colon));
            if (const auto reason = detail::reason_against_hash(value)) {
                refuse(line, {option.value_offset, *reason,
                              "write --hash=sha256: and 64 hexadecimal digits, as pip hash shows them"});
                return false;
            }
            requirement.hashes.push_back(std::move(value));
            return true;
        }
        if (option.kind->use == OptionUse::refused) {
            refuse_build_option(line, option);
        } else {
            refuse(line, {option.offset, fmt::format("{} does not belong to a requirement", name),
                          fmt::format("write {} in a separate line", name)});
        }
        return false;
    }

    void refuse_build_option(const LogicalLine& line, const RequirementOption& option) {
        refuse(line, {option.offset,
                      fmt::format("{} changes how a package is built, and the agent builds without such options",
                                  option.kind->name),
                      "publish a wheel that is built so, and remove the option"});
    }

    void take_option(const LogicalLine& line, const RequirementOption& option) {
        const std::string_view name = option.kind->name;
        switch (option.kind->use) {
            case OptionUse::requirements:
                return include(line, option, FileRole::requirements);
            case OptionUse::constraints:
                return include(line, option, FileRole::constraints);
            case OptionUse::index:
                return take_index_option(line, option);
            case OptionUse::choice:
                return pass(option, option.value);
            case OptionUse::require_hashes:
                require_hashes_ = true;
                return;
            case OptionUse::always:
                return;
            case OptionUse::ignored:
                return warn(line,
                            {option.offset, fmt::format("{} is ignored: it chooses a part of pip", name), "remove it"});
            case OptionUse::refused:
                return refuse_build_option(line, option);
            case OptionUse::hash:
                return refuse(line, {option.offset, "there is a hash, and no requirement in front of it",
                                     "end the requirement's line with \\, and put no comment between them"});
            case OptionUse::editable:
                break;  // a second one
        }
    }

    void pass(const RequirementOption& option, const std::string& value) {
        auto& passed = target_.gupfile.index_options;
        passed.emplace_back(option.kind->name == "--pypi-url" ? "--index-url" : option.kind->name);
        if (option.kind->has_value) passed.push_back(value);
    }

    void take_index_option(const LogicalLine& line, const RequirementOption& option) {
        const std::string_view name = option.kind->name;
        if (!rules_.allow_index_options) {
            return refuse(
                line, {option.offset, fmt::format("{} chooses an index, and the operator has not allowed that", name),
                       "allow it with allow-index-options = true below [python] in gup-agent.toml, or remove the "
                       "line and set the index in pip.conf"});
        }
        if (option.value.empty() ? option.kind->has_value : option.value.starts_with('-')) {
            return refuse(line, {option.value_offset, fmt::format("{} is no value of {}", quoted(option.value), name),
                                 fmt::format("write the value behind it: {} VALUE", name)});
        }
        const bool is_folder =
            name == "--find-links" && !contains(option.value, "://") && !option.value.starts_with('/');
        if (!is_folder) return pass(option, option.value);
        const auto path = detail::inner_path(stack_.back(), option.value);
        if (!path) {
            return refuse(line,
                          {option.value_offset, fmt::format("{} is outside of the repository", quoted(option.value)),
                           "name a folder of the repository, an absolute path or a URL"});
        }
        pass(option, *path);
    }

    // Reads the file that the option names.
    void include(const LogicalLine& line, const RequirementOption& option, FileRole role) {
        const auto refuse_it = [&](std::string message, std::string hint) {
            refuse(line, {option.value_offset, std::move(message), std::move(hint)});
        };
        const std::string& value = option.value;
        if (detail::begins_with_scheme(value)) {
            return refuse_it(fmt::format("{} is not a file of the repository", quoted(value)),
                             "commit the file to the repository, and name its path");
        }
        const auto path = detail::inner_path(stack_.back(), value);
        if (!path) {
            return refuse_it(fmt::format("{} is outside of the repository", quoted(value)),
                             "commit the file to the repository, and name its path relative to this file");
        }
        if (std::find(stack_.begin(), stack_.end(), *path) != stack_.end()) {
            return refuse_it(fmt::format("{} includes itself", quoted(*path)), "remove the line");
        }
        if (stack_.size() >= nested_at_most || ++included_ > files_at_most) {
            return refuse_it("too many files include each other", "write their lines to fewer files");
        }
        auto text = files_.read(*path);
        if (!text.ok()) return refuse_it(text.error().message, text.error().hint);
        if (!text->has_value()) {
            return refuse_it(fmt::format("there is no file {}", quoted(*path)),
                             fmt::format("commit the file; {} is relative to {}", shown(value), stack_.back()));
        }
        if (bytes_ + (*text)->size() > bytes_at_most) {
            return refuse_it("the files are too large together", "check that these are files of requirements");
        }
        const auto& kept = target_.texts.insert_or_assign(*path, std::move(**text)).first->second;
        const bool was_placeless = std::exchange(is_placeless_, false);
        read_text(kept, *path, role);
        is_placeless_ = was_placeless;
    }

    const DeclarationFiles& files_;
    const RequirementRules& rules_;
    RequirementsTarget target_;
    detail::RequirementSet set_;
    std::vector<std::string> stack_;  // the files that are being read, each included by the one before
    std::size_t included_ = 0;
    std::size_t bytes_ = 0;
    bool require_hashes_ = false;
    bool is_placeless_ = false;
};

}  // namespace

HashRule read_requirements_txt(std::string_view text, const std::string& path, const DeclarationFiles& files,
                               const RequirementRules& rules, const RequirementsTarget& target) {
    RequirementsReader reader(files, rules, target);
    reader.read_text(text, path, FileRole::requirements);
    return reader.finish();
}

HashRule read_exported_lock(std::string_view text, const std::string& path, const DeclarationFiles& files,
                            const RequirementRules& rules, const RequirementsTarget& target) {
    RequirementsReader reader(files, rules, target);
    reader.set_placeless();
    reader.read_text(text, path, FileRole::requirements);
    return reader.finish();
}

}  // namespace gup
