// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/declaration/gupfile_exclude.hpp"
#include "core/declaration/gupfile_keys.hpp"
#include "core/declaration/gupfile_pin.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/nearest.hpp"
#include "core/declaration/toml_guard.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

struct Entry {
    std::string_view key;
    toml::source_position position;
    const toml::node* node = nullptr;
};

std::string_view type_name(const toml::node& node) {
    constexpr std::array<std::string_view, 10> names{"nothing",        "a table",       "an array",  "text",
                                                     "an integer",     "a number",      "a boolean", "a date or time",
                                                     "a date or time", "a date or time"};
    static_assert(static_cast<std::size_t>(toml::node_type::date_time) == names.size() - 1);
    return names.at(static_cast<std::size_t>(node.type()));
}

class TomlForm {
public:
    TomlForm(std::string_view text, Gupfile& gupfile) : places_(text), gupfile_(gupfile) {}

    void read(const toml::table& root) {
        for (const Entry& entry : in_file_order(root)) {
            const GupfileTable* known = find(gupfile_tables(), entry.key);
            const toml::table* table = entry.node->as_table();
            if (known == nullptr) {
                unknown_table(entry);
            } else if (table == nullptr) {
                error(entry, fmt::format("{} is {}, and must be a table", entry.key, type_name(*entry.node)),
                      fmt::format("write [{}] on a separate line, and its keys below", entry.key));
            } else if (known->rows.empty()) {
                for (const Entry& pin : in_file_order(*table)) read_pin(pin);
            } else {
                read_table(*table, *known);
            }
        }
    }

    void syntax_error(const toml::parse_error& failure) {
        const std::string what = syntax_flaw(failure.description());
        add_error(gupfile_, place(failure.source().begin), fmt::format("this is not valid TOML, {}", what),
                  std::string(syntax_hint(what)));
    }

private:
    // A toml::table is sorted by its keys.
    static std::vector<Entry> in_file_order(const toml::table& table) {
        std::vector<Entry> entries;
        for (auto&& [key, node] : table) entries.push_back({key.str(), key.source().begin, &node});
        std::stable_sort(entries.begin(), entries.end(),
                         [](const Entry& a, const Entry& b) { return a.position < b.position; });
        return entries;
    }

    // toml++ counts code points, a Problem counts bytes.
    [[nodiscard]] Place place(const toml::source_position& at) {
        return places_.find(static_cast<int>(at.line), static_cast<int>(at.column));
    }

    void error(const Entry& entry, std::string message, std::string hint) {
        if (has_all_problems(gupfile_)) return;
        add_error(gupfile_, place(entry.position), std::move(message), std::move(hint));
    }

    template <class Rows>
    static const typename Rows::value_type* find(const Rows& rows, std::string_view name) {
        const auto found =
            std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return name_of(row) == name; });
        return found == rows.end() ? nullptr : &*found;
    }

    static std::string_view name_of(const GupfileTable& table) { return table.name; }
    static std::string_view name_of(const GupfileTable::Row& row) { return row.key.name; }
    static std::string_view name_of(const GupfileKey& key) { return key.name; }

    template <class Rows>
    static std::vector<std::string_view> names_of(const Rows& rows) {
        std::vector<std::string_view> names;
        names.reserve(rows.size());
        for (const auto& row : rows) names.push_back(name_of(row));
        return names;
    }

    void unknown_table(const Entry& entry) {
        const std::vector<std::string_view> tables = names_of(gupfile_tables());
        const std::string near = nearest(entry.key, tables);
        std::string hint = fmt::format("known: [{}]", fmt::join(tables, "], ["));
        if (!near.empty()) {
            hint = fmt::format("did you mean [{}]?", near);
        } else if (entry.node->is_string()) {
            hint = "is it a pin? Pins belong below [dependencies]";
        }
        error(entry, fmt::format("unknown {} {}", entry.node->is_table() ? "table" : "key", quoted(entry.key)),
              std::move(hint));
    }

    void unknown_key(const Entry& entry, std::string_view table, const std::vector<std::string_view>& keys) {
        const std::string near = nearest(entry.key, keys);
        error(entry, fmt::format("unknown key {} in {}", quoted(entry.key), table),
              near.empty() ? fmt::format("known: {}", fmt::join(keys, ", ")) : fmt::format("did you mean {}?", near));
    }

    // The text without white space at its ends; nullopt and an error if it has another type or is empty.
    std::optional<std::string> text_of(const Entry& entry, std::string_view example) {
        const auto* value = entry.node->as_string();
        if (value == nullptr) {
            error(entry, fmt::format("{} is {}, and must be text", quoted(entry.key), type_name(*entry.node)),
                  fmt::format("write it in quotes: {}", example));
            return std::nullopt;
        }
        const std::string text(trimmed(value->get()));
        const bool control = std::any_of(text.begin(), text.end(),
                                         [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
        if (text.empty() || control) {
            error(entry, fmt::format("{} {}", quoted(entry.key), control ? "has a control character" : "is empty"),
                  control ? fmt::format("write it as one line: {}", example)
                          : fmt::format("leave it out, or write {}", example));
            return std::nullopt;
        }
        return text;
    }

    void read_table(const toml::table& table, const GupfileTable& known) {
        for (const Entry& entry : in_file_order(table)) {
            if (const auto* row = find(known.rows, entry.key)) {
                read_value(entry, *row);
            } else {
                unknown_key(entry, fmt::format("[{}]", known.name), names_of(known.rows));
            }
        }
    }

    void read_value(const Entry& entry, const GupfileTable::Row& row) {
        const auto set = [&](const Entry& at, const GupfileValue& value) {
            const Status status = row.set(gupfile_, value);
            if (!status.ok()) error(at, status.error().message, status.error().hint);
        };
        switch (row.key.type) {
            case GupfileType::text:
                if (auto text = choice_of(entry, row.key)) set(entry, {.text = *std::move(text)});
                return;
            case GupfileType::texts:
                for (const auto& [element, text] : elements_of(entry, row.key)) set(element, {.text = text});
                return;
            case GupfileType::words:
                if (auto words = words_of(entry, row.key)) set(entry, {.words = *std::move(words)});
                return;
            case GupfileType::time:
                if (const auto seconds = time_of(entry, row.key)) set(entry, {.time = *seconds});
                return;
        }
    }

    static std::string example_of(const GupfileKey& key) { return fmt::format("{} = {}", key.name, key.example); }

    // One of the key's choices, if it has some; else an error.
    std::optional<std::string> choice_of(const Entry& entry, const GupfileKey& key) {
        auto text = text_of(entry, example_of(key));
        const auto& choices = key.choices;
        if (!text || choices.empty() || std::find(choices.begin(), choices.end(), *text) != choices.end()) return text;
        const std::string near = nearest(*text, choices);
        error(entry, fmt::format("unknown {} {}", key.name, quoted(*text)),
              near.empty() ? fmt::format("write \"{}\"", fmt::join(choices, "\" or \""))
                           : fmt::format("did you mean \"{}\"?", near));
        return std::nullopt;
    }

    // The texts of an array, with their places; an error for all else.
    std::vector<std::pair<Entry, std::string>> elements_of(const Entry& entry, const GupfileKey& key) {
        std::vector<std::pair<Entry, std::string>> elements;
        const toml::array* array = entry.node->as_array();
        if (array == nullptr) {
            error(entry, fmt::format("'{}' is {}, and must be an array of texts", key.name, type_name(*entry.node)),
                  fmt::format("write {}", example_of(key)));
            return elements;
        }
        for (const toml::node& node : *array) {
            const Entry element{entry.key, node.source().begin, &node};
            if (const auto text = text_of(element, example_of(key))) elements.emplace_back(element, *text);
        }
        return elements;
    }

    // A text is split at its blanks: no quotes, no shell.
    std::optional<std::vector<std::string>> words_of(const Entry& entry, const GupfileKey& key) {
        std::vector<std::string> words;
        if (const toml::array* array = entry.node->as_array()) {
            for (auto& [element, word] : elements_of(entry, key)) words.push_back(std::move(word));
            if (words.size() != array->size()) return std::nullopt;
        } else if (const auto text = text_of(entry, example_of(key))) {
            for (const std::string_view word : words_in(*text)) words.emplace_back(word);
        } else {
            return std::nullopt;
        }
        if (!words.empty()) return words;
        error(entry, fmt::format("'{}' is empty", key.name), fmt::format("leave it out, or write {}", example_of(key)));
        return std::nullopt;
    }

    std::optional<std::chrono::seconds> time_of(const Entry& entry, const GupfileKey& key) {
        const std::string hint = fmt::format("write {}, \"2m\" or 60", example_of(key));
        std::optional<std::int64_t> seconds;
        if (const auto* number = entry.node->as_integer()) {
            seconds = number->get();
        } else if (const auto* text = entry.node->as_string()) {
            seconds = seconds_in(trimmed(text->get()));
        } else {
            error(entry, fmt::format("'{}' is {}, and must be a time", key.name, type_name(*entry.node)), hint);
            return std::nullopt;
        }
        if (seconds && *seconds >= 1 && *seconds <= key.longest.count()) return std::chrono::seconds(*seconds);
        error(entry,
              fmt::format("'{}' is not a time from one second to {}", key.name,
                          key.longest == std::chrono::days(1) ? "one day" : "one year"),
              hint);
        return std::nullopt;
    }

    void read_pin(const Entry& entry) {
        PinFields pin{{entry.key, place(entry.position)}, {{}, place(entry.node->source().begin)}, {}, false};
        PinTexts texts;
        if (const auto* text = entry.node->as_string()) {
            texts.version = text->get();
        } else if (const toml::table* table = entry.node->as_table()) {
            if (!read_pin_table(*table, pin, texts)) return;
        } else {
            error(entry,
                  fmt::format("the version of {} is {}, and must be text", shown(entry.key), type_name(*entry.node)),
                  fmt::format("write it in quotes: {}", pin_text(pin, "1.3.1")));
            return;
        }
        pin.version.text = trimmed(texts.version);
        pin.source.text = texts.source;
        for (const auto& [at, text] : texts.extras) pin.extras.push_back({text, at});
        for (const auto& [at, text] : texts.hashes) pin.hashes.push_back({text, at});
        add_pin(gupfile_, pin);
    }

    struct PinTexts {
        using List = std::vector<std::pair<Place, std::string>>;
        std::string version;
        std::string source;
        List extras;
        List hashes;
    };

    bool read_pin_table(const toml::table& table, PinFields& pin, PinTexts& texts) {
        const std::size_t problems = gupfile_.problems.size();
        for (const Entry& entry : in_file_order(table)) {
            const GupfileKey* key = find(gupfile_pin_keys(), entry.key);
            if (key == nullptr) {
                unknown_pin_key(entry, pin.name.text);
            } else if (key->type == GupfileType::texts) {
                auto& list = key->name == "hashes" ? texts.hashes : texts.extras;
                for (const auto& [element, text] : elements_of(entry, *key)) {
                    list.emplace_back(place(element.position), text);
                }
                check_hashes_given(entry, *key);
            } else if (const auto text = text_of(entry, example_of(*key))) {
                const bool is_source = key->name == "source";
                (is_source ? texts.source : texts.version) = *text;
                (is_source ? pin.source : pin.version).place = place(entry.node->source().begin);
            }
        }
        return gupfile_.problems.size() == problems;
    }

    // No hash at all would mean that every archive is accepted.
    void check_hashes_given(const Entry& entry, const GupfileKey& key) {
        const toml::array* array = entry.node->as_array();
        if (key.name != "hashes" || array == nullptr || !array->empty()) return;
        error(entry, "'hashes' is empty", fmt::format("leave it out, or write {}", example_of(key)));
    }

    // Most likely half of a dotted name: ruamel.yaml = "0.16".
    void unknown_pin_key(const Entry& entry, std::string_view name) {
        const std::vector<std::string_view> keys = names_of(gupfile_pin_keys());
        if (!entry.node->is_string() || !nearest(entry.key, keys).empty()) {
            unknown_key(entry, fmt::format("the pin of {}", shown(name)), keys);
            return;
        }
        const std::string dotted = fmt::format("{}.{}", name, entry.key);
        error(
            entry, fmt::format("unknown key {} in the pin of {}", quoted(entry.key), shown(name)),
            fmt::format("known: {}; a name with a dot needs quotes: \"{}\" = …", fmt::join(keys, ", "), shown(dotted)));
    }

    PlaceFinder places_;
    Gupfile& gupfile_;
};

}  // namespace

void parse_toml_form(std::string_view text, Gupfile& gupfile) {
    if (const auto flaw = find_toml_flaw(text)) {
        add_error(gupfile, {flaw->line, flaw->column}, fmt::format("this is not valid TOML: {}", flaw->what),
                  "names and texts need quotes, tables need brackets: [dependencies]");
        return;
    }
    TomlForm form(text, gupfile);
    try {
        form.read(toml::parse(text));
        check_exclude(gupfile, text);
    } catch (const toml::parse_error& failure) {
        form.syntax_error(failure);
    }
}

std::map<std::string, Place> places_of_keys(std::string_view text) {
    std::map<std::string, Place> places;
    if (find_toml_flaw(text)) return places;
    try {
        const toml::table root = toml::parse(text);
        for (const auto& [table, node] : root) {
            if (!node.is_table()) continue;
            for (const auto& [key, value] : *node.as_table()) {
                const toml::source_position& at = key.source().begin;
                places[fmt::format("{}.{}", table.str(), key.str())] =
                    PlaceFinder(text).find(static_cast<int>(at.line), static_cast<int>(at.column));
            }
        }
    } catch (const toml::parse_error&) {
        places.clear();
    }
    return places;
}

}  // namespace gup::detail
