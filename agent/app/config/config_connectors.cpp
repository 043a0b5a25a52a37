// SPDX-License-Identifier: Apache-2.0
#include "app/config/config_connectors.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/config/config_stacks.hpp"
#include "core/declaration/connector_name.hpp"
#include "core/declaration/gupfile.hpp"
#include "core/declaration/gupfile_values.hpp"
#include "core/declaration/nearest.hpp"
#include "host/owner.hpp"
#include "util/crypto/minisign.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup {
namespace {

// One key of the table. `set` fails with the reason, without the key's name.
struct ConnectorKey {
    std::string_view name;
    Status (*set)(ConnectorSettings& settings, const ConfigValue& value, const fs::path& folder);
    std::string_view wanted = "a text";
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

Status set_window(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(const std::string text, written_text(value, "times of the day such as \"02:00-05:00\""));
    return set_hours(settings.window, text);
}

Status set_window_days(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(const std::string text, written_text(value, "days of the week such as \"mon-fri\""));
    return set_days(settings.window, text);
}

Status set_source(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    constexpr auto what = "a git URL, https://…/app.zip or s3://bucket/app.zip";
    GUP_TRY(const std::string text, written_text(value, what));
    GUP_TRY(settings.declared.source, parse_source(text));
    settings.is_declared = true;
    return {};
}

Status set_owner(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    const auto* number = std::get_if<std::int64_t>(&value);
    std::string text;
    if (number != nullptr) {
        text = std::to_string(*number);
    } else {
        GUP_TRY(text, written_text(value, "a user's name or number"));
    }
    const auto owner = find_owner(text);
    if (!owner.ok()) return owner.error().with_hint("name a user of this machine, or the user's number: id USER");
    settings.declared.owner = std::to_string(owner->uid);
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

Status set_requirements(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    constexpr auto what = "the path of a requirements or lock file in its folder, such as \"requirements.txt\"";
    GUP_TRY(const std::string text, written_text(value, what));
    if (detail::leads_out(text)) return wanted(what);
    settings.requirements = text;
    return {};
}

Status set_sha256(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    constexpr auto what = "the archive's SHA-256, 64 hexadecimal digits as sha256sum prints them";
    GUP_TRY(const std::string text, written_text(value, what));
    if (text.size() != 64 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) return wanted(what);
    settings.declared.sha256 = lower(text);
    return {};
}

Status set_signers(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    const auto* keys = std::get_if<std::vector<std::string>>(&value);
    if (keys == nullptr || keys->empty()) return wanted("an array of minisign public keys (\"RW…\")");
    for (const std::string& key : *keys) {
        if (auto parsed = parse_minisign_key(key); !parsed.ok()) return std::move(parsed).error();
    }
    settings.declared.public_keys = *keys;
    return {};
}

Status set_endpoint(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    constexpr auto what = "a server's URL such as \"https://minio.example.org:9000\", without user and password";
    GUP_TRY(const std::string text, written_text(value, what));
    const auto url = parse_url(text);
    const bool is_http = url.ok() && (url->scheme == "https" || url->scheme == "http");
    if (!is_http || !url->user.empty() || !url->password.empty() || !url->query.empty()) return wanted(what);
    settings.declared.s3.endpoint = url->without_credentials();
    return {};
}

Status set_region(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    constexpr auto what = "a region such as \"eu-central-1\"";
    GUP_TRY(settings.declared.s3.region, written_text(value, what));
    return is_s3_region(settings.declared.s3.region) ? Status{} : wanted(what);
}

Status set_access_key(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(settings.declared.s3.access_key, written_text(value, "an access key"));
    return {};
}

Status set_secret_key(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(std::string text, written_text(value, "the access key's secret key"));
    settings.declared.s3.secret_key = Secret(std::move(text));
    return {};
}

Status set_services(ConnectorSettings& settings, const ConfigValue& value, const fs::path& /*folder*/) {
    GUP_TRY(settings.services, services_of(value));
    return {};
}

using Folder = const fs::path&;

constexpr ConnectorKey connector_keys[] = {
    {"name", set_name},
    {"schedule", set_schedule, "a cron expression, or an array of them"},
    {"window", set_window},
    {"days", set_window_days},
    {"services", set_services, "an array of units"},
    {"source", set_source},
    {"owner", set_owner, "a user's name or number"},
    {"local", set_local},
    {"pins", set_pins, "an array of pins"},
    {"sha256", set_sha256},
    {"public-keys", set_signers, "an array of minisign public keys"},
    {"endpoint", set_endpoint},
    {"region", set_region},
    {"access-key", set_access_key},
    {"secret-key", set_secret_key},
    {"requirements", set_requirements},
    {"containers", [](ConnectorSettings& s, const ConfigValue& v, Folder) { return set_containers(s.stacks, v); },
     R"("auto", "off", "rootless" or "rootful")"},
    {"allow", [](ConnectorSettings& s, const ConfigValue& v, Folder) { return set_allowed_powers(s.stacks, v); },
     "an array of texts"},
    {"profiles", [](ConnectorSettings& s, const ConfigValue& v, Folder) { return set_stack_profiles(s.stacks, v); },
     "an array of texts"},
    {"variables", [](ConnectorSettings& s, const ConfigValue& v, Folder) { return set_stack_variables(s.stacks, v); },
     R"(an array of texts such as "TAG=1.2")"},
    {"variables-file",
     [](ConnectorSettings& s, const ConfigValue& v, Folder f) { return set_variables_file(s.stacks, v, f); }, "a path"},
    {"secrets-file",
     [](ConnectorSettings& s, const ConfigValue& v, Folder f) { return set_secrets_file(s.stacks, v, f); }, "a path"},
};

// A conflict between settings; empty: none.
struct Misfit {
    std::string message;
    std::string hint;
};

// Settings of archives and buckets have no meaning for other sources.
Misfit misfit_of(const ConnectorSettings& settings) {
    const DeclaredConnector& declared = settings.declared;
    const S3Settings& s3 = declared.s3;
    const bool has_s3_keys =
        !s3.endpoint.empty() || !s3.region.empty() || !s3.access_key.empty() || !s3.secret_key.empty();
    const bool has_checks = !declared.sha256.empty() || !declared.public_keys.empty();
    if (!settings.is_declared) {
        const bool is_placed = !declared.owner.empty() || !declared.local.empty();
        if (!is_placed && declared.pins.empty() && !has_checks && !has_s3_keys) return {};
        return {"has no source",
                "owner, local, pins and the keys of archives need a source: write source = \"https://…\""};
    }
    if (has_checks && declared.source.kind == SourceKind::git) {
        return {"has a source that is not an archive",
                "sha256 and public-keys are for archives; # pins a commit of git"};
    }
    if (has_s3_keys && declared.source.kind != SourceKind::s3_zip) {
        return {"has a source that is not in a bucket",
                "endpoint, region, access-key and secret-key are for s3://bucket/app.zip"};
    }
    if (s3.access_key.empty() != s3.secret_key.empty()) {
        return {fmt::format("has only {}", s3.access_key.empty() ? "a secret-key" : "an access-key"),
                "set both access-key and secret-key, or none to use the usual AWS credential sources"};
    }
    return {};
}

// Adds problems with their place in the file.
class TableReader {
public:
    TableReader(const fs::path& folder, LenientConfig& loaded) : folder_(folder), loaded_(loaded) {}

    void read(const ConnectorTable& table) {
        ConnectorSettings settings;
        settings.line = table.place.line;
        for (const ConnectorRow& row : table.rows) set(settings, row);
        auto& all = loaded_.config.connectors;
        const auto is_same = [&](const ConnectorSettings& other) { return other.name == settings.name; };
        if (settings.name.empty()) {
            problem(table.place, "a [[connector]] has no name", "write name = \"…\"");
        } else if (std::any_of(all.begin(), all.end(), is_same)) {
            problem(table.place, fmt::format("two [[connector]] tables are named {}", settings.name),
                    "write all keys below one of them");
        } else if (check_source(settings, table.place)) {
            settings.declared.name = settings.name;
            const UpdateWindow& window = settings.window;
            if (!(window == UpdateWindow{})) loaded_.config.update.windows[settings.name] = window;
            loaded_.config.update.systemd.policy.allowed_for[settings.name] = settings.services;
            if (!settings.requirements.empty())
                loaded_.config.update.requirements[settings.name] = settings.requirements;
            loaded_.config.update.stacks[settings.name] = settings.stacks;
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
        problem(row.place, fmt::format("connector.{}: {}", row.key, status.error().message), status.error().hint);
        loaded_.problems.back().is_of_machine = status.error().code == ErrorCode::not_found;
    }

    bool check_source(const ConnectorSettings& settings, const detail::Place& place) {
        const std::string& name = settings.name;
        if (const Misfit misfit = misfit_of(settings); !misfit.message.empty()) {
            problem(place, fmt::format("[[connector]] {} {}", name, misfit.message), misfit.hint);
            return false;
        }
        const Status named = settings.is_declared ? check_new_name(name) : Status{};
        if (!named.ok()) problem(place, fmt::format("connector.name: {}", named.error().message), named.error().hint);
        return named.ok();
    }

    void unknown(const ConnectorRow& row) {
        std::vector<std::string_view> known;
        for (const ConnectorKey& one : connector_keys) known.push_back(one.name);
        const std::string near = nearest(row.key, known);
        problem(row.place, fmt::format("unknown key connector.{}", row.key),
                near.empty() ? "" : fmt::format("did you mean connector.{}?", near));
    }

    void problem(const detail::Place& place, const std::string& message, const std::string& hint) {
        add_config_problem(loaded_, place, message, hint);
    }

    const fs::path& folder_;
    LenientConfig& loaded_;
};

}  // namespace

std::vector<ConnectorKeyWords> connector_key_words() {
    std::vector<ConnectorKeyWords> words;
    words.reserve(std::size(connector_keys));
    for (const ConnectorKey& key : connector_keys) words.push_back({key.name, key.wanted});
    return words;
}

void read_connector(const ConnectorTable& table, const fs::path& folder, LenientConfig& loaded) {
    TableReader(folder, loaded).read(table);
}

}  // namespace gup
