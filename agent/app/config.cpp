#include "app/config.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>

#include "app/config_keys.hpp"
#include "core/suggest.hpp"
#include "core/toml_guard.hpp"

namespace gup {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
constexpr const char* config_name = "gup-agent.toml";

Error config_error(const std::string& message, const std::string& hint) {
    return {ErrorCode::invalid_input, message, hint};
}

// Folders and defaults of the two installs: portable (all beside the executable) and packaged.
void set_install_defaults(Config& config, const ConfigSources& sources) {
    const fs::path folder = sources.executable.parent_path();
    const bool packaged = folder.string().starts_with("/usr/") || config.file == sources.system_file;
    if (packaged) {
        config.update.state = "/var/lib/gup-agent";
        config.log.file = "/var/log/gup-agent/gup.log";
    } else {
        config.update.state = folder / "state";
        config.log.file = folder / "gup.log";
        config.update.root = folder.parent_path();
        config.update.agent_folder = folder;
    }
    const fs::path uv = folder / "uv";
    if (::access(uv.c_str(), X_OK) == 0) config.update.installer.uv_path = uv;
}

std::optional<ConfigValue> to_value(const toml::node& node) {
    if (const auto* text = node.as_string()) return ConfigValue(text->get());
    if (const auto* number = node.as_integer()) return ConfigValue(number->get());
    if (const auto* flag = node.as_boolean()) return ConfigValue(flag->get());
    const toml::array* array = node.as_array();
    if (array == nullptr) return std::nullopt;
    std::vector<std::string> words;
    for (const toml::node& element : *array) {
        const auto* word = element.as_string();
        if (word == nullptr) return std::nullopt;
        words.push_back(word->get());
    }
    return ConfigValue(std::move(words));
}

// Fills a Config from one file's tables.
class FileReader {
public:
    FileReader(const fs::path& file, Config& config) : file_(file), config_(config) {}

    Status read(const toml::table& table) { return read_table(table, {}); }

private:
    Status read_table(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            if (prefix.empty() && node.is_table()) {
                GUP_CHECK(read_section(*node.as_table(), name, key.source()));
            } else {
                GUP_CHECK(read_key(name, node, key.source()));
            }
        }
        return {};
    }

    Status read_section(const toml::table& table, const std::string& name, const toml::source_region& where) {
        const auto inside = [&](const ConfigKey& key) { return key.name.starts_with(name + "."); };
        const auto& keys = config_keys();
        if (std::any_of(keys.begin(), keys.end(), inside)) return read_table(table, name + ".");
        return unknown("table", name, where, {"run", "network", "python", "logging"});
    }

    Status read_key(const std::string& name, const toml::node& node, const toml::source_region& where) {
        const ConfigKey* key = find_config_key(name);
        if (key == nullptr) {
            std::vector<std::string_view> known;
            for (const ConfigKey& row : config_keys()) known.push_back(row.name);
            return unknown("key", name, where, known);
        }
        const auto value = to_value(node);
        if (value && key->set(config_, *value, file_.parent_path())) return {};
        return config_error(fmt::format("{}:{}: {} must be {}", file_.string(), where.begin.line, name, key->wanted),
                            {});
    }

    Status unknown(std::string_view what, const std::string& name, const toml::source_region& where,
                   const std::vector<std::string_view>& known) {
        const std::string near = nearest(name, known);
        return config_error(fmt::format("{}:{}: unknown {} {}", file_.string(), where.begin.line, what, name),
                            near.empty() ? "" : fmt::format("did you mean {}?", near));
    }

    const fs::path& file_;
    Config& config_;
};

Status read_config_file(Config& config) {
    auto text = read_file(config.file, 1U << 20U);
    if (!text.ok()) return config_error(fmt::format("cannot read the configuration: {}", text.error().message), {});
    std::string_view toml = *text;
    if (toml.starts_with(byte_order_mark)) toml.remove_prefix(byte_order_mark.size());
    if (const auto flaw = find_toml_flaw(toml)) {
        return config_error(fmt::format("{}:{}:{}: {}", config.file.string(), flaw->line, flaw->column, flaw->what),
                            {});
    }
    try {
        return FileReader(config.file, config).read(toml::parse(toml, config.file.string()));
    } catch (const toml::parse_error& error) {
        const auto& begin = error.source().begin;
        return config_error(fmt::format("{}:{}:{}: {}", config.file.string(), begin.line, begin.column,
                                        std::string_view(error.description())),
                            {});
    } catch (const std::exception& error) {
        return config_error(fmt::format("{}: {}", config.file.string(), error.what()), {});
    }
}

fs::path find_config_file(const ConfigSources& sources) {
    if (!sources.file.empty()) return sources.file;
    if (const auto named = sources.environment("GUP_CONFIG"); named && !named->empty()) return *named;
    for (const fs::path& candidate : {sources.executable.parent_path() / config_name, sources.system_file}) {
        if (is_file(candidate)) return candidate;
    }
    return {};
}

Status read_environment(Config& config, const ConfigSources& sources) {
    std::error_code gone;
    const fs::path here = fs::current_path(gone);
    for (const ConfigKey& key : config_keys()) {
        const std::string name = environment_name(key.name);
        const auto value = sources.environment(name);
        if (!value || value->empty()) continue;
        if (!key.set(config, ConfigValue(*value), here)) {
            return config_error(fmt::format("${} must be {}", name, key.wanted), {});
        }
    }
    return {};
}

// As it is when it is empty, or when the working folder is gone.
fs::path made_absolute(const fs::path& path) {
    std::error_code error;
    const fs::path result = path.empty() ? path : fs::absolute(path, error);
    return error ? path : result;
}

Status check(const Config& config) {
    if (config.update.root.empty()) {
        return config_error("root is not set: which folder holds the connectors?",
                            "set root in gup-agent.toml, or give --root");
    }
    if (config.update.state.empty()) return config_error("state is empty: which folder is the agent's own?", {});
    if (!is_folder(config.update.root)) {
        return config_error(fmt::format("root is not a folder: {}", config.update.root.string()),
                            "set root in gup-agent.toml, or give --root");
    }
    return {};
}

}  // namespace

Result<Config> load_config(const ConfigSources& sources) {
    Config config;
    config.file = made_absolute(find_config_file(sources));
    set_install_defaults(config, sources);
    if (!config.file.empty()) GUP_CHECK(read_config_file(config));
    GUP_CHECK(read_environment(config, sources));
    if (!sources.root.empty()) config.update.root = made_absolute(sources.root).lexically_normal();
    config.update.log = config.log.file;
    GUP_CHECK(check(config));
    return config;
}

ConfigSources process_sources() {
    ConfigSources sources;
    std::error_code error;
    sources.executable = fs::read_symlink("/proc/self/exe", error);
    sources.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets it
        return value == nullptr ? std::nullopt : std::optional<std::string>(value);
    };
    return sources;
}

}  // namespace gup
