#include "util/zip/entry_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "util/printable.hpp"
#include "util/utf8.hpp"

namespace gup {
namespace {

constexpr std::size_t longest_part = 255;   // NAME_MAX
constexpr std::size_t longest_path = 1024;  // what every tool can still handle below a folder
constexpr std::size_t longest_link = 1024;

Error refused(std::string reason) {
    return {ErrorCode::invalid_input, std::move(reason), {}};
}

// The first part of `path`, which becomes the rest.
std::string_view take_part(std::string_view& path) {
    const auto slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return part;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Status check_characters(std::string_view name) {
    while (!name.empty()) {
        const Utf8Character character = first_character(name);
        if (character.length == 0) return refused("has a name that is not UTF-8");
        const bool is_control = character.code < 0x20 || (character.code >= 0x7F && character.code < 0xA0);
        if (character.code == 0) return refused("has a NUL in its name");
        if (is_control) return refused("has a control character in its name");
        name.remove_prefix(character.length);
    }
    return {};
}

enum class Every : std::uint8_t { one, even, odd };  // of the codes in a range

struct CaseRange {
    std::uint32_t first;
    std::uint32_t last;
    std::uint32_t lower;  // of the first
    Every which;
};

// Capital letters in runs, as Unicode's CaseFolding.txt has them; alternating runs have the small letter behind the
// capital.
constexpr std::array case_ranges{
    CaseRange{0x41, 0x5A, 0x61, Every::one},        CaseRange{0xC0, 0xD6, 0xE0, Every::one},
    CaseRange{0xD8, 0xDE, 0xF8, Every::one},        CaseRange{0x100, 0x137, 0x101, Every::even},
    CaseRange{0x139, 0x148, 0x13A, Every::odd},     CaseRange{0x14A, 0x177, 0x14B, Every::even},
    CaseRange{0x178, 0x178, 0xFF, Every::one},      CaseRange{0x179, 0x17E, 0x17A, Every::odd},
    CaseRange{0x386, 0x386, 0x3AC, Every::one},     CaseRange{0x388, 0x38A, 0x3AD, Every::one},
    CaseRange{0x38C, 0x38C, 0x3CC, Every::one},     CaseRange{0x38E, 0x38F, 0x3CD, Every::one},
    CaseRange{0x391, 0x3A1, 0x3B1, Every::one},     CaseRange{0x3A3, 0x3AB, 0x3C3, Every::one},
    CaseRange{0x3C2, 0x3C2, 0x3C3, Every::one},     CaseRange{0x400, 0x40F, 0x450, Every::one},
    CaseRange{0x410, 0x42F, 0x430, Every::one},     CaseRange{0x460, 0x481, 0x461, Every::even},
    CaseRange{0x48A, 0x4BF, 0x48B, Every::even},    CaseRange{0x4C1, 0x4CE, 0x4C2, Every::odd},
    CaseRange{0x4D0, 0x52F, 0x4D1, Every::even},    CaseRange{0x1E00, 0x1E95, 0x1E01, Every::even},
    CaseRange{0x1EA0, 0x1EFF, 0x1EA1, Every::even}, CaseRange{0xFF21, 0xFF3A, 0xFF41, Every::one},
};

std::uint32_t folded(std::uint32_t code) {
    for (const CaseRange& range : case_ranges) {
        if (code < range.first || code > range.last) continue;
        const bool is_capital = range.which == Every::one || (code % 2 == 0) == (range.which == Every::even);
        return is_capital ? range.lower + (code - range.first) : code;
    }
    return code;
}

std::string folded_name(std::string_view name) {
    std::string text;
    while (!name.empty()) {
        const Utf8Character character = first_character(name);
        append_utf8(text, folded(character.code));
        name.remove_prefix(character.length);
    }
    return text;
}

struct CodeRange {
    std::uint32_t first;
    std::uint32_t last;
};

// What a composed letter is taken apart into, behind its first character: combining marks, vowels and finals of Korean
// syllables, the sound marks of Japanese.
constexpr std::array mark_ranges{CodeRange{0x300, 0x36F},   CodeRange{0x591, 0x5C7},   CodeRange{0x64B, 0x65F},
                                 CodeRange{0x1160, 0x11FF}, CodeRange{0x1AB0, 0x1AFF}, CodeRange{0x1DC0, 0x1DFF},
                                 CodeRange{0x20D0, 0x20FF}, CodeRange{0x3099, 0x309A}, CodeRange{0xFE20, 0xFE2F}};

bool is_mark(std::uint32_t code) {
    return std::any_of(mark_ranges.begin(), mark_ranges.end(),
                       [code](const CodeRange& range) { return code >= range.first && code <= range.last; });
}

struct Skeleton {
    std::string text;
    bool has_marks = false;
};

// With `any` for each letter that is composed, or that marks follow.
Skeleton skeleton_of(std::string_view name) {
    constexpr char any = '\1';
    constexpr std::uint32_t first_composed = 0xC0;
    Skeleton skeleton;
    while (!name.empty()) {
        const Utf8Character character = first_character(name);
        name.remove_prefix(character.length);
        if (is_mark(character.code)) {
            skeleton.has_marks = true;
            if (skeleton.text.empty()) skeleton.text += any;
            skeleton.text.back() = any;
        } else if (character.code >= first_composed) {
            skeleton.text += any;
        } else {
            skeleton.text += static_cast<char>(character.code);
        }
    }
    return skeleton;
}

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

Status check_entry_name(std::string_view name) {
    if (name.empty()) return refused("has no name");
    GUP_CHECK(check_characters(name));
    if (name.size() > longest_path) return refused(fmt::format("has a name of more than {} bytes", longest_path));
    if (name.find('\\') != std::string_view::npos) return refused("has a backslash in its name");
    if (name.front() == '/') return refused("is an absolute path");
    if (name.size() >= 2 && is_letter(name[0]) && name[1] == ':') return refused("begins with a drive letter");
    // A slash at the end would leave an empty part behind it.
    if (name.back() == '/') return refused("has an empty part in its name");
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view part = take_part(rest);
        if (part == "..") return refused("leaves the folder");
        if (part.empty() || part == ".") return refused("has an empty part in its name");
        if (part.size() > longest_part) return refused(fmt::format("has a part of more than {} bytes", longest_part));
    }
    return {};
}

Status ArchivePaths::add(std::string_view name, ArchiveKind kind) {
    std::uint32_t folder = 0;
    for (std::string_view rest = name; !rest.empty();) {
        const std::string_view part = take_part(rest);
        const bool is_last = rest.empty();
        const std::string key = folded_name(part);
        const auto found = nodes_.find({folder, key});
        if (found == nodes_.end()) {
            GUP_CHECK(check_form(folder, part, key));
            const auto id = static_cast<std::uint32_t>(nodes_.size() + 1);
            nodes_.emplace(Key{folder, key},
                           Node{id, std::string(part), is_last ? kind : ArchiveKind::folder, is_last});
            folder = id;
            continue;
        }
        Node& there = found->second;
        if (there.name != part) {
            return refused(
                fmt::format("differs only in upper and lower case from another ('{}' and '{}')", part, there.name));
        }
        if (is_last && there.is_entry) return refused("is there twice");
        if (is_last && kind != ArchiveKind::folder) return refused("is a folder, too: another entry lies in it");
        if (!is_last && there.kind != ArchiveKind::folder) {
            return refused(
                fmt::format("lies below '{}', which is a {}", part, there.kind == ArchiveKind::link ? "link" : "file"));
        }
        there.is_entry |= is_last;
        folder = there.id;
    }
    return {};
}

Status ArchivePaths::check_form(std::uint32_t folder, std::string_view name, std::string_view folded) {
    if (is_ascii(folded)) return {};
    const Skeleton skeleton = skeleton_of(folded);
    const auto [found, is_new] =
        forms_.try_emplace({folder, skeleton.text}, Form{std::string(name), skeleton.has_marks});
    Form& form = found->second;
    if (!is_new && (form.has_marks || skeleton.has_marks)) {
        return refused(fmt::format("may be another form of the same name in Unicode ('{}' and '{}')", name, form.name));
    }
    form.has_marks |= skeleton.has_marks;
    return {};
}

const ArchivePaths::Node* ArchivePaths::find(std::string_view path) const {
    const Node* node = nullptr;
    while (!path.empty()) {
        const auto found = nodes_.find({node == nullptr ? 0 : node->id, folded_name(take_part(path))});
        if (found == nodes_.end()) return nullptr;
        node = &found->second;
    }
    return node;
}

Status ArchivePaths::check_link(std::string_view name, std::string_view text) const {
    const std::string shown = printable(text.substr(0, longest_part));
    if (text.empty()) return refused("is a link that leads nowhere");
    if (text.size() > longest_link) return refused("is a link with a text that is too long");
    if (!check_characters(text).ok())
        return refused(fmt::format("is a link with a text that is no path ('{}')", shown));
    const std::string leaves = fmt::format("is a link that leaves the folder: '{}'", shown);
    if (text.front() == '/') return refused(leaves);
    std::vector<std::string_view> parts;
    for (std::string_view rest = name; !rest.empty();) parts.push_back(take_part(rest));
    parts.pop_back();
    for (std::string_view rest = text; !rest.empty();) {
        const std::string_view part = take_part(rest);
        if (part.empty() || part == ".") continue;
        if (part != "..") {
            parts.push_back(part);
        } else if (parts.empty()) {
            return refused(leaves);
        } else {
            parts.pop_back();
        }
        // What a ".." behind another link would lead to does not stand in the words.
        const Node* passed = rest.empty() ? nullptr : find(fmt::format("{}", fmt::join(parts, "/")));
        if (passed != nullptr && passed->kind == ArchiveKind::link) {
            return refused(fmt::format("is a link that leads through another one: '{}'", shown));
        }
    }
    return {};
}

}  // namespace gup
