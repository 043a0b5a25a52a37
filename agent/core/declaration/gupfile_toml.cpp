#include "core/declaration/gupfile_toml.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/declaration/gupfile_pin.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/nearest.hpp"
#include "core/declaration/toml_guard.hpp"
#include "core/declaration/unit_name.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::int64_t longest_time = 24 * 60 * 60;

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
        const std::vector<std::string_view> tables{"connector", "dependencies", "hooks", "health", "update"};
        for (const Entry& entry : in_file_order(root)) {
            const toml::table* table = entry.node->as_table();
            if (std::find(tables.begin(), tables.end(), entry.key) == tables.end()) {
                unknown_table(entry, tables);
            } else if (table == nullptr) {
                error(entry, fmt::format("{} is {}, and must be a table", entry.key, type_name(*entry.node)),
                      fmt::format("write [{}] on a line of its own, and its keys below", entry.key));
            } else if (entry.key == "connector") {
                read_connector(*table);
            } else if (entry.key == "dependencies") {
                for (const Entry& pin : in_file_order(*table)) read_pin(pin);
            } else if (entry.key == "hooks") {
                read_hooks(*table);
            } else if (entry.key == "health") {
                read_health(*table);
            } else {
                read_update(*table);
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

    void unknown_table(const Entry& entry, const std::vector<std::string_view>& tables) {
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

    void read_connector(const toml::table& table) {
        for (const Entry& entry : in_file_order(table)) {
            if (entry.key == "branch") {
                read_branch(entry);
            } else if (entry.key == "layout") {
                read_layout(entry);
            } else if (entry.key == "service") {
                read_service(entry);
            } else if (entry.key == "persist") {
                read_persist(entry);
            } else {
                unknown_key(entry, "[connector]", {"branch", "layout", "service", "persist"});
            }
        }
    }

    void read_branch(const Entry& entry) {
        const auto branch = text_of(entry, "branch = \"main\"");
        if (!branch) return;
        if (!is_branch_name(*branch)) {
            error(entry, fmt::format("{} is not the name of a branch", quoted(*branch)),
                  "write it as `git branch` shows it: branch = \"main\"");
            return;
        }
        gupfile_.branch = *branch;
    }

    void read_service(const Entry& entry) {
        constexpr std::string_view example = "service = \"smart-meter.service\"";
        const auto service = text_of(entry, example);
        if (!service) return;
        if (const auto unit = unit_name(*service)) {
            gupfile_.service = *unit;
        } else {
            error(entry, fmt::format("{} is not the name of a service", quoted(*service)), unit_name_hint(*service));
        }
    }

    void read_layout(const Entry& entry) {
        const auto layout = text_of(entry, "layout = \"in-place\"");
        if (!layout) return;
        gupfile_.layout = *layout == "releases" ? Layout::releases : Layout::in_place;
        if (*layout == "in-place" || *layout == "releases") return;
        const std::string near = nearest(*layout, {"in-place", "releases"});
        error(entry, fmt::format("unknown layout {}", quoted(*layout)),
              near.empty() ? "write \"in-place\" or \"releases\"" : fmt::format("did you mean \"{}\"?", near));
    }

    void read_persist(const Entry& entry) {
        constexpr std::string_view example = "persist = [\"data\", \"settings.json\"]";
        const toml::array* paths = entry.node->as_array();
        if (paths == nullptr) {
            error(entry, fmt::format("'persist' is {}, and must be an array of texts", type_name(*entry.node)),
                  fmt::format("write {}", example));
            return;
        }
        for (const toml::node& node : *paths) {
            const Entry element{entry.key, node.source().begin, &node};
            if (const auto path = path_of(element, example)) gupfile_.persist.push_back(*path);
        }
    }

    // A path that stays in the connector's folder.
    std::optional<std::string> path_of(const Entry& entry, std::string_view example) {
        auto path = text_of(entry, example);
        if (!path || !leads_out(*path)) return path;
        error(entry, fmt::format("{} is outside of the connector's folder", quoted(*path)),
              fmt::format("write relative paths: {}", example));
        return std::nullopt;
    }

    void read_pin(const Entry& entry) {
        PinFields pin{{entry.key, place(entry.position)}, {{}, place(entry.node->source().begin)}, {}, false};
        std::string version;
        std::string source;
        if (const auto* text = entry.node->as_string()) {
            version = text->get();
        } else if (const toml::table* table = entry.node->as_table()) {
            if (!read_pin_table(*table, pin, version, source)) return;
        } else {
            error(entry,
                  fmt::format("the version of {} is {}, and must be text", shown(entry.key), type_name(*entry.node)),
                  fmt::format("write it in quotes: {}", pin_text(pin, "1.3.1")));
            return;
        }
        pin.version.text = trimmed(version);
        pin.source.text = trimmed(source);
        add_pin(gupfile_, pin);
    }

    bool read_pin_table(const toml::table& table, PinFields& pin, std::string& version, std::string& source) {
        bool sound = true;
        for (const Entry& entry : in_file_order(table)) {
            const auto example = entry.key == "source" ? "source = \"git+https://…\"" : "version = \"1.3.1\"";
            if (entry.key != "version" && entry.key != "source") {
                unknown_pin_key(entry, pin.name.text);
                sound = false;
                continue;
            }
            const auto text = text_of(entry, example);
            sound = sound && text.has_value();
            if (!text) continue;
            (entry.key == "version" ? version : source) = *text;
            (entry.key == "version" ? pin.version : pin.source).place = place(entry.node->source().begin);
        }
        return sound;
    }

    // Most likely half of a dotted name: ruamel.yaml = "0.16".
    void unknown_pin_key(const Entry& entry, std::string_view name) {
        const std::vector<std::string_view> keys{"version", "source"};
        if (!entry.node->is_string() || !nearest(entry.key, keys).empty()) {
            unknown_key(entry, fmt::format("the pin of {}", shown(name)), keys);
            return;
        }
        const std::string dotted = fmt::format("{}.{}", name, entry.key);
        error(entry, fmt::format("unknown key {} in the pin of {}", quoted(entry.key), shown(name)),
              fmt::format("known: version, source; a name with a dot needs quotes: \"{}\" = …", shown(dotted)));
    }

    void read_hooks(const toml::table& table) {
        for (const Entry& entry : in_file_order(table)) {
            if (entry.key == "pre-update") {
                gupfile_.pre_update = path_of(entry, "pre-update = \"scripts/pre.sh\"").value_or("");
            } else if (entry.key == "post-update") {
                gupfile_.post_update = path_of(entry, "post-update = \"scripts/post.sh\"").value_or("");
            } else {
                unknown_key(entry, "[hooks]", {"pre-update", "post-update"});
            }
        }
    }

    void read_health(const toml::table& table) {
        HealthCheck& health = gupfile_.health;
        for (const Entry& entry : in_file_order(table)) {
            if (entry.key == "command") {
                read_health_command(entry);
            } else if (entry.key == "http") {
                read_probe(entry);
            } else if (entry.key == "within") {
                read_time(entry, "60s", health.within);
            } else if (entry.key == "every") {
                read_time(entry, "5s", health.every);
            } else if (entry.key == "timeout") {
                read_time(entry, "20s", health.timeout);
            } else {
                unknown_key(entry, "[health]", {"command", "http", "within", "every", "timeout"});
            }
        }
    }

    void read_update(const toml::table& table) {
        UpdateTimes& update = gupfile_.update;
        for (const Entry& entry : in_file_order(table)) {
            if (entry.key == "window") {
                read_window(entry, set_hours, "window = \"02:00-05:00\"");
            } else if (entry.key == "days") {
                read_window(entry, set_days, "days = \"mon-fri\"");
            } else if (entry.key == "busy") {
                read_busy(entry);
            } else if (entry.key == "ready") {
                update.ready = path_of(entry, "ready = \"bin/may-update\"").value_or("");
            } else if (entry.key == "at-most") {
                read_time(entry, "7d", update.at_most, 365 * longest_time);
            } else {
                unknown_key(entry, "[update]", {"window", "days", "busy", "ready", "at-most"});
            }
        }
    }

    void read_window(const Entry& entry, Status (*set)(UpdateWindow&, std::string_view), std::string_view example) {
        const auto text = text_of(entry, example);
        if (!text) return;
        const auto status = set(gupfile_.update.window, *text);
        if (!status.ok()) error(entry, status.error().message, status.error().hint);
    }

    // Absolute paths are allowed: /run is empty after a crash.
    void read_busy(const Entry& entry) {
        constexpr std::string_view example = "busy = \"/run/meter/busy\"";
        const auto path = text_of(entry, example);
        if (!path) return;
        if (!path->starts_with('/') && leads_out(*path)) {
            error(entry, fmt::format("{} is outside of the connector's folder", quoted(*path)),
                  fmt::format("write a path in that folder, or an absolute one: {}", example));
        } else {
            gupfile_.update.busy = *path;
        }
    }

    void read_health_command(const Entry& entry) {
        constexpr std::string_view example = "command = \"bin/healthcheck\"";
        std::vector<std::string> words;
        if (const toml::array* array = entry.node->as_array()) {
            for (const toml::node& node : *array) {
                const auto word =
                    text_of({entry.key, node.source().begin, &node}, "[\"bin/healthcheck\", \"--quick\"]");
                if (!word) return;
                words.push_back(*word);
            }
        } else if (const auto text = text_of(entry, example)) {
            for (const std::string_view word : words_in(*text)) words.emplace_back(word);  // no quotes, no shell
        } else {
            return;
        }
        if (words.empty()) {
            error(entry, "'command' is empty", fmt::format("leave it out, or write {}", example));
        } else if (!words.front().starts_with('/') && leads_out(words.front())) {
            error(entry, fmt::format("{} is outside of the connector's folder", quoted(words.front())),
                  fmt::format("write a path in that folder, an absolute one, or the name of a program: {}", example));
        } else {
            gupfile_.health.command = std::move(words);
        }
    }

    void read_probe(const Entry& entry) {
        constexpr std::string_view example = "http = \"http://127.0.0.1:8080/health\"";
        const auto url = text_of(entry, example);
        if (!url) return;
        if (is_probe_url(*url)) {
            gupfile_.health.http = *url;
        } else {
            error(entry, fmt::format("{} is not the URL of a probe", quoted(*url)), fmt::format("write {}", example));
        }
    }

    void read_time(const Entry& entry, std::string_view example, std::chrono::milliseconds& time,
                   std::int64_t longest = longest_time) {
        const std::string hint = fmt::format("write {} = \"{}\", \"2m\" or 60", entry.key, example);
        std::optional<std::int64_t> seconds;
        if (const auto* number = entry.node->as_integer()) {
            seconds = number->get();
        } else if (const auto* text = entry.node->as_string()) {
            seconds = seconds_in(trimmed(text->get()));
        } else {
            return error(entry, fmt::format("'{}' is {}, and must be a time", entry.key, type_name(*entry.node)), hint);
        }
        if (!seconds || *seconds < 1 || *seconds > longest) {
            error(entry,
                  fmt::format("'{}' is not a time from one second to {}", entry.key,
                              longest == longest_time ? "one day" : "one year"),
                  hint);
            return;
        }
        time = std::chrono::seconds(*seconds);
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
    } catch (const toml::parse_error& failure) {
        form.syntax_error(failure);
    }
}

}  // namespace gup::detail
