#include "app/config_connectors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/connector_name.hpp"
#include "core/gupfile.hpp"
#include "core/suggest.hpp"

namespace gup {
namespace {

// One key of the table. `set` fails with what is wrong with the value, without the key's name.
struct ConnectorKey {
    std::string_view name;
    Status (*set)(ConnectorSettings& settings, const ConfigValue& value, const fs::path& folder);
};

Error wanted(std::string_view what) {
    return {ErrorCode::invalid_input, fmt::format("it must be {}", what), {}};
}

Result<std::string> written_text(const ConfigValue& value, std::string_view what) {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || text->empty()) return wanted(what);
    return *text;
}

Status set_name(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(settings.name, written_text(value, "a connector's name: that of its folder"));
    return {};
}

Status set_schedule(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(settings.schedule, cron_expressions_of(value));
    return {};
}

Status set_source(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    constexpr auto what = "a git URL, https://…/app.zip or s3://bucket/app.zip";
    GUP_TRY(const std::string text, written_text(value, what));
    GUP_TRY(settings.declared.source, parse_source(text));
    settings.is_declared = true;
    return {};
}

Status set_local(ConnectorSettings& settings, const ConfigValue& value, const fs::path& folder) {
    GUP_TRY(const std::string text, written_text(value, "a folder's path"));
    settings.declared.local = (folder / text).lexically_normal();
    return {};
}

// As lines of a gupfile, and by its rules.
Status set_pins(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    const auto* lines = std::get_if<std::vector<std::string>>(&value);
    const auto* line = std::get_if<std::string>(&value);
    if (lines == nullptr && line == nullptr) return wanted("an array of pins such as \"paho-mqtt,1.3.1\"");
    std::string text = line == nullptr ? std::string() : *line;
    if (lines != nullptr) {
        for (const std::string& one : *lines) text += one + "\n";
    }
    const Gupfile gupfile = parse_gupfile(text);
    for (const Problem& problem : gupfile.problems) {
        if (problem.severity != Severity::error) continue;
        return Error{ErrorCode::invalid_input, problem.message, problem.hint};
    }
    settings.declared.pins = gupfile.pins;
    return {};
}

constexpr ConnectorKey connector_keys[] = {
    {"name", set_name}, {"schedule", set_schedule}, {"source", set_source}, {"local", set_local}, {"pins", set_pins},
};

// Adds problems with their place in the file.
class TableReader {
public:
    TableReader(const fs::path& folder, LenientConfig& loaded) : folder_(folder), loaded_(loaded) {}

    void read(const ConnectorTable& table) {
        ConnectorSettings settings;
        for (const ConnectorRow& row : table.rows) set(settings, row);
        auto& all = loaded_.config.connectors;
        const auto is_same = [&](const ConnectorSettings& other) { return other.name == settings.name; };
        if (settings.name.empty()) {
            problem(table.line, "a [[connector]] has no name", "write name = \"…\"");
        } else if (std::any_of(all.begin(), all.end(), is_same)) {
            problem(table.line, fmt::format("a second [[connector]] is named {}", settings.name),
                    "write all of it below one");
        } else if (check_source(settings, table.line)) {
            settings.declared.name = settings.name;
            if (settings.is_declared) loaded_.config.update.declared.push_back(settings.declared);
            all.push_back(std::move(settings));
        }
    }

private:
    void set(ConnectorSettings& settings, const ConnectorRow& row) {
        const auto* const key = std::find_if(std::begin(connector_keys), std::end(connector_keys),
                                             [&](const ConnectorKey& one) { return one.name == row.key; });
        if (key == std::end(connector_keys)) return unknown(row);
        const Status status = key->set(settings, row.value.value_or(ConfigValue(false)), folder_);
        if (status.ok()) return;
        problem(row.line, fmt::format("connector.{}: {}", row.key, status.error().message), status.error().hint);
    }

    // What belongs to a source makes no sense without one.
    bool check_source(const ConnectorSettings& settings, unsigned line) {
        const DeclaredConnector& declared = settings.declared;
        const std::string& name = settings.name;
        if (!settings.is_declared && (!declared.local.empty() || !declared.pins.empty())) {
            problem(line, fmt::format("[[connector]] {} has no source", name),
                    "local and pins belong to a source: write source = \"https://…\"");
            return false;
        }
        const Status named = settings.is_declared ? check_new_name(name) : Status{};
        if (!named.ok()) problem(line, fmt::format("connector.name: {}", named.error().message), named.error().hint);
        return named.ok();
    }

    void unknown(const ConnectorRow& row) {
        std::vector<std::string_view> known;
        for (const ConnectorKey& one : connector_keys) known.push_back(one.name);
        const std::string near = nearest(row.key, known);
        problem(row.line, fmt::format("unknown key connector.{}", row.key),
                near.empty() ? "" : fmt::format("did you mean connector.{}?", near));
    }

    void problem(unsigned line, const std::string& message, const std::string& hint) {
        loaded_.problems.push_back(
            {ErrorCode::invalid_input, fmt::format("{}:{}: {}", loaded_.config.file.string(), line, message), hint});
    }

    const fs::path& folder_;
    LenientConfig& loaded_;
};

}  // namespace

void read_connector(const ConnectorTable& table, const fs::path& folder, LenientConfig& loaded) {
    TableReader(folder, loaded).read(table);
}

}  // namespace gup
