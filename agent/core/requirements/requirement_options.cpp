// SPDX-License-Identifier: Apache-2.0
#include "core/requirements/requirement_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/declaration/nearest.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

// All that pip 23 to 25 reads in a file.
constexpr std::array<OptionKind, 18> option_kinds{{
    {"--requirement", "-r", true, OptionUse::requirements},
    {"--constraint", "-c", true, OptionUse::constraints},
    {"--editable", "-e", true, OptionUse::editable},
    {"--hash", "", true, OptionUse::hash},
    {"--index-url", "-i", true, OptionUse::index},
    {"--pypi-url", "", true, OptionUse::index},
    {"--extra-index-url", "", true, OptionUse::index},
    {"--find-links", "-f", true, OptionUse::index},
    {"--no-index", "", false, OptionUse::index},
    {"--trusted-host", "", true, OptionUse::index},
    {"--pre", "", false, OptionUse::choice},
    {"--no-binary", "", true, OptionUse::choice},
    {"--only-binary", "", true, OptionUse::choice},
    {"--prefer-binary", "", false, OptionUse::always},
    {"--require-hashes", "", false, OptionUse::require_hashes},
    {"--use-feature", "", true, OptionUse::ignored},
    {"--config-settings", "-C", true, OptionUse::refused},
    {"--global-option", "", true, OptionUse::refused},
}};

// Of pip's command line only: pip itself refuses them in a file.
constexpr std::array<std::string_view, 34> command_options{"--no-deps",
                                                           "--no-build-isolation",
                                                           "--upgrade",
                                                           "-U",
                                                           "--user",
                                                           "--target",
                                                           "-t",
                                                           "--no-cache-dir",
                                                           "--cache-dir",
                                                           "--use-pep517",
                                                           "--no-use-pep517",
                                                           "--force-reinstall",
                                                           "--quiet",
                                                           "-q",
                                                           "--verbose",
                                                           "-v",
                                                           "--proxy",
                                                           "--timeout",
                                                           "--retries",
                                                           "--cert",
                                                           "--client-cert",
                                                           "--install-option",
                                                           "--build-option",
                                                           "--upgrade-strategy",
                                                           "--ignore-installed",
                                                           "--no-compile",
                                                           "--root",
                                                           "--prefix",
                                                           "--src",
                                                           "--python-version",
                                                           "--platform",
                                                           "--ignore-requires-python",
                                                           "--no-input",
                                                           "--break-system-packages"};

struct ShellWord {
    std::string text;
    std::size_t offset = 0;
};

// Words as Python's shlex.split makes them. False: a quotation mark is not closed, or nothing follows a '\'.
class ShellWords {
public:
    ShellWords(std::string_view text, std::size_t begin) : text_(text), at_(begin) {}

    std::optional<LineFlaw> split(std::vector<ShellWord>& words) {
        while (skip_blanks()) {
            ShellWord word{{}, at_};
            while (at_ < text_.size() && !is_blank(text_[at_])) {
                if (auto flaw = take_part(word.text)) return flaw;
            }
            words.push_back(std::move(word));
        }
        return std::nullopt;
    }

private:
    bool skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
        return at_ < text_.size();
    }

    std::optional<LineFlaw> take_part(std::string& word) {
        const char c = text_[at_];
        if (c == '\'' || c == '"') return take_quoted(word, c);
        if (c == '\\' && ++at_ == text_.size()) {
            return LineFlaw{at_ - 1, R"(nothing follows the \)", R"(remove the \, or the white space after it)"};
        }
        word += text_[at_++];
        return std::nullopt;
    }

    std::optional<LineFlaw> take_quoted(std::string& word, char quote) {
        const std::size_t begin = at_++;
        while (at_ < text_.size() && text_[at_] != quote) {
            const bool escapes = quote == '"' && text_[at_] == '\\' && at_ + 1 < text_.size() &&
                                 (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\');
            if (escapes) ++at_;
            word += text_[at_++];
        }
        if (at_ == text_.size()) return LineFlaw{begin, "the quotation mark is not closed", "close it, or remove it"};
        ++at_;
        return std::nullopt;
    }

    std::string_view text_;
    std::size_t at_;
};

std::vector<std::string_view> option_names() {
    std::vector<std::string_view> names;
    names.reserve(std::size(option_kinds));
    for (const OptionKind& kind : option_kinds) names.push_back(kind.name);
    return names;
}

LineFlaw unknown_option(std::string_view name, std::size_t offset) {
    const std::string message = fmt::format("{} is not an option of a requirements file", quoted(name));
    if (std::find(command_options.begin(), command_options.end(), name) != command_options.end()) {
        return {offset, message, "pip has it on its command line only: remove it"};
    }
    const std::vector<std::string_view> names = option_names();
    const std::string near = nearest(name, names);
    return {offset, message,
            near.empty() ? fmt::format("known: {}", fmt::join(names, ", ")) : fmt::format("did you mean {}?", near)};
}

// The option of that name, or of the only name that begins so.
const OptionKind* long_option(std::string_view name) {
    const OptionKind* found = nullptr;
    for (const OptionKind& kind : option_kinds) {
        if (kind.name == name) return &kind;
        if (!kind.name.starts_with(name)) continue;
        if (found != nullptr) return nullptr;
        found = &kind;
    }
    return found;
}

const OptionKind* short_option(std::string_view name) {
    const auto* const found = std::find_if(option_kinds.begin(), option_kinds.end(), [&](const OptionKind& kind) {
        return !kind.short_name.empty() && kind.short_name == name;
    });
    return found == option_kinds.end() ? nullptr : found;
}

// The options among `words`, in their order.
std::optional<LineFlaw> take_options(const std::vector<ShellWord>& words, std::vector<RequirementOption>& options) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& [text, offset] = words[i];
        if (!text.starts_with('-') || text == "-" || text == "--") {
            return LineFlaw{offset, fmt::format("{} follows an option, and belongs to none", quoted(text)),
                            "write one requirement or option in a line; a value with blanks needs quotes"};
        }
        const bool is_long = text.starts_with("--");
        const auto equals = is_long ? text.find('=') : std::string::npos;
        const std::string_view name = std::string_view(text).substr(0, is_long ? equals : 2);
        RequirementOption option{is_long ? long_option(name) : short_option(name), {}, offset, offset};
        if (option.kind == nullptr) return unknown_option(is_long ? name : std::string_view(text), offset);
        const bool is_attached = equals != std::string::npos || (!is_long && text.size() > 2);
        if (is_attached && !option.kind->has_value) {
            return LineFlaw{offset, fmt::format("{} has no value", option.kind->name),
                            fmt::format("write {} alone", option.kind->name)};
        }
        if (is_attached) {
            const std::size_t begin = is_long ? equals + 1 : 2;
            option.value = text.substr(begin);
            option.value_offset = offset + begin;
        } else if (option.kind->has_value) {
            if (++i == words.size()) {
                return LineFlaw{offset, fmt::format("{} has no value", option.kind->name),
                                fmt::format("write the value behind it: {} VALUE", option.kind->name)};
            }
            option.value = words[i].text;
            option.value_offset = words[i].offset;
        }
        options.push_back(std::move(option));
    }
    return std::nullopt;
}

}  // namespace

SplitLine split_requirement_line(std::string_view line) {
    SplitLine split;
    // pip looks for blanks only: a tab is a part of the requirement.
    std::size_t begin = line.starts_with('-') ? 0 : line.find(" -");
    if (begin == std::string_view::npos) begin = line.size();
    split.requirement = trimmed(line.substr(0, begin));
    std::vector<ShellWord> words;
    split.flaw = ShellWords(line, begin).split(words);
    if (!split.flaw) split.flaw = take_options(words, split.options);
    return split;
}

}  // namespace gup::detail
