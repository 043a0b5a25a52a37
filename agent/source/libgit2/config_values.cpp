// SPDX-License-Identifier: Apache-2.0
#include "source/libgit2/config_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "source/libgit2/handles.hpp"
#include "util/sys/file.hpp"
#include "util/text.hpp"

namespace gup::git {
namespace {

enum class Kind : std::uint8_t { boolean, boolean_or_word, number };

struct TypedKey {
    std::string_view name;
    Kind kind;
    std::string_view word{};  // also allowed
};

constexpr std::array<TypedKey, 17> typed_keys{{
    {"core.bare", Kind::boolean},
    {"core.filemode", Kind::boolean},
    {"core.symlinks", Kind::boolean},
    {"core.ignorecase", Kind::boolean},
    {"core.trustctime", Kind::boolean},
    {"core.sparsecheckout", Kind::boolean},
    {"core.autocrlf", Kind::boolean_or_word, "input"},
    {"core.compression", Kind::number},
    {"core.bigfilethreshold", Kind::number},
    {"extensions.worktreeconfig", Kind::boolean},
    {"http.sslverify", Kind::boolean},
    {"http.followredirects", Kind::boolean_or_word, "initial"},
    {"http.postbuffer", Kind::number},
    {"http.lowspeedlimit", Kind::number},
    {"http.lowspeedtime", Kind::number},
    {"fetch.prune", Kind::boolean},
    {"pull.ff", Kind::boolean_or_word, "only"},
}};

bool is_number(const std::optional<std::string>& value) {
    if (!value || value->empty()) return false;
    std::string_view digits = *value;
    constexpr std::string_view units = "kKmMgG";
    if (units.find(digits.back()) != std::string_view::npos) digits.remove_suffix(1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    return number_in<std::int64_t>(digits).has_value();
}

// Why a value is refused; empty if it is fine.
std::string complaint(std::string_view name, const std::optional<std::string>& value) {
    const auto known =
        std::find_if(typed_keys.begin(), typed_keys.end(), [&](const auto& one) { return one.name == name; });
    if (known == typed_keys.end()) return {};
    if (known->kind == Kind::number) {
        return is_number(value) ? "" : fmt::format("\"{}\" is not a number, as {} needs it", value.value_or(""), name);
    }
    if (boolean_of(value) || (known->kind == Kind::boolean_or_word && *value == known->word)) return {};
    return fmt::format("\"{}\" is neither true nor false, as {} needs it", value.value_or(""), name);
}

// The place of a value that libgit2 read.
std::string place_of(const git_config_entry& entry) {
    std::string file = entry.origin_path == nullptr ? "" : entry.origin_path;
    constexpr std::uint64_t longest = 1U << 20U;
    const auto text = file.empty() ? std::string() : read_file(file, longest).value_or("");
    const ConfigValues values = parse_config_text(text, file).value_or({});
    for (const ConfigValue& one : values) {
        if (one.name == entry.name && one.text() == (entry.value == nullptr ? "" : entry.value)) return one.place();
    }
    return file;
}

}  // namespace

Status check_values(const ConfigValues& values) {
    for (const ConfigValue& one : values) {
        if (const std::string reason = complaint(one.name, one.value); !reason.empty()) {
            return config_error(one.place(), reason);
        }
    }
    return {};
}

Status check_values(git_config* config, const ConfigValues& known) {
    GUP_CHECK(check_values(known));
    ConfigIterator entries;
    if (git_config_iterator_new(Out(entries), config) != 0)
        return failure(GIT_ERROR, "cannot read the git configuration");
    git_config_entry* entry = nullptr;
    while (git_config_next(&entry, entries.get()) == 0) {
        const auto value = entry->value == nullptr ? std::nullopt : std::optional<std::string>(entry->value);
        if (entry->level != GIT_CONFIG_LEVEL_LOCAL && entry->level != GIT_CONFIG_LEVEL_WORKTREE) continue;
        const std::string reason = complaint(entry->name, value);
        if (!reason.empty()) return config_error(place_of(*entry), reason);
    }
    git_error_clear();
    return {};
}

}  // namespace gup::git
