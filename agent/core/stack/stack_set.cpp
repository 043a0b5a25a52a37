// SPDX-License-Identifier: Apache-2.0
#include "core/stack/stack_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "core/stack/stack_mounts.hpp"
#include "util/crypto/digest.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

constexpr std::size_t short_digest = 12;  // digits in the names of tags, secrets and files

std::string in_folder(const std::string& folder, const std::string& name) {
    return folder.empty() || folder == "." ? name : folder + "/" + name;
}

Problem problem_at(const compose::Place& place, std::string message, std::string hint) {
    return {Severity::error, place.line, place.column, std::move(message), std::move(hint), place.file};
}

std::string digits_of(const std::string& digest) {
    const std::size_t colon = digest.find(':');
    return digest.substr(colon == std::string::npos ? 0 : colon + 1, short_digest);
}

// One stack's part of a set.
class StackRenderer {
public:
    StackRenderer(const StackRead& read, const StackFiles& files, const StackFacts& facts, StackSet& set)
        : project_(read.loaded.project), read_(read), files_(files), facts_(facts), set_(set) {}

    // Services of this stack whose end another one waits for.
    void set_awaited(std::set<std::string> awaited) { awaited_ = std::move(awaited); }

    void run(const ServicesSection& section, const StackSettings& settings) {
        quadlet::Facts facts;
        facts.podman = facts_.podman;
        facts.prefix = section.has_bare_names ? std::string() : read_.stack + "-";
        facts.repository = facts_.repository;
        facts.configs = facts_.folder + "/configs/" + read_.stack;
        facts.target = stack_target(facts_.connector);
        facts.is_rootless = facts_.is_rootless;
        facts.pulls_never = true;
        facts.awaited = awaited_;
        facts.has_outside_variables = !read_.loaded.variables.empty();
        for (const compose::Service& service : project_.services) {
            const auto digest = facts_.digests.find(service.image);
            if (digest != facts_.digests.end()) facts.images[service.image] = local_image(digest->second);
        }
        add_secrets(settings, facts);
        const quadlet::UnitSet units = quadlet::render(project_, facts);
        set_.problems.insert(set_.problems.end(), units.problems.begin(), units.problems.end());
        if (!units.usable()) return;
        add_inputs();
        add_units(units);
        add_others(units);
        add_claims(facts);
    }

private:
    // The same digest has the same tag, so an unchanged unit has the same text in the next generation.
    [[nodiscard]] std::string local_image(const std::string& digest) const {
        return fmt::format("localhost/gup/{}/{}:{}", facts_.connector, read_.stack, digits_of(digest));
    }

    // A value of the operator's is taken first, then the file of the repository.
    void add_secrets(const StackSettings& settings, quadlet::Facts& facts) {
        for (const compose::Content& one : project_.secrets) {
            if (one.is_external) continue;
            const auto given = settings.secrets.find(one.key);
            std::optional<std::string> value;
            if (given != settings.secrets.end()) value = given->second.reveal();
            if (!value) value = content_of(one, settings);
            if (!value) {
                set_.problems.push_back(problem_at(one.place, fmt::format("the secret {} has no value", one.key),
                                                   "secrets-file of its [[connector]] names a JSON file with it"));
                continue;
            }
            const std::string name = fmt::format("{}{}-{}", stack_secret_prefix(facts_.connector), one.key,
                                                 sha256_of(one.key + '\0' + *value).substr(0, short_digest));
            facts.secrets[one.key] = name;
            set_.secrets.push_back({name, Secret(*std::move(value))});
        }
    }

    [[nodiscard]] std::optional<std::string> content_of(const compose::Content& one,
                                                        const StackSettings& settings) const {
        if (!one.variable.empty()) {
            const auto secret = settings.secrets.find(one.variable);
            if (secret != settings.secrets.end()) return secret->second.reveal();
            const auto variable = settings.variables.find(one.variable);
            return variable == settings.variables.end() ? std::nullopt : std::optional(variable->second);
        }
        if (one.content) return one.content;
        if (one.file.empty() || one.file.starts_with('/')) return std::nullopt;
        auto text = files_.read(one.file);
        return text.ok() ? *std::move(text) : std::nullopt;
    }

    void add_inputs() {
        StackInputs& inputs = set_.record.stacks[read_.stack];
        for (const std::string& path : read_.loaded.inputs) {
            auto digest = files_.digest(path);
            if (digest.ok() && !digest->empty()) inputs.files[path] = *std::move(digest);
        }
        for (const auto& [name, value] : read_.loaded.variables) inputs.variables[name] = sha256_of(value);
    }

    void add_units(const quadlet::UnitSet& units) {
        for (const quadlet::File& file : units.files) {
            const auto same = std::ranges::find(set_.files, file.name, &quadlet::File::name);
            if (same == set_.files.end()) {
                set_.files.push_back(file);
                continue;
            }
            set_.problems.push_back(problem_at({read_.loaded.inputs.empty() ? "" : *read_.loaded.inputs.begin(), 1, 1},
                                               fmt::format("two stacks have a unit {}", file.name),
                                               "give one of them another name, or remove names = \"bare\""));
        }
        for (const quadlet::Unit& one : units.units) {
            StackUnit unit;
            unit.name = one.name;
            unit.file = one.source;
            unit.stack = read_.stack;
            unit.service = one.service;
            unit.has_health = one.has_health;
            unit.is_oneshot = one.is_oneshot;
            const auto file = std::ranges::find(units.files, one.source, &quadlet::File::name);
            std::string content = file == units.files.end() ? std::string() : file->text;
            if (const compose::Service* service = project_.find(one.service)) {
                unit.image = service->image;
                const auto digest = facts_.digests.find(service->image);
                if (digest != facts_.digests.end()) {
                    unit.digest = digest->second;
                    unit.local = one.image;
                    set_.record.images[service->image] = digest->second;
                }
                content += mounted(*service);
            }
            unit.content = sha256_of(content);
            set_.record.units.push_back(std::move(unit));
        }
    }

    // The content of what the container mounts from the repository, and of its configs.
    [[nodiscard]] std::string mounted(const compose::Service& service) const {
        std::string out;
        const auto add = [&](const std::string& path) { out += '\0' + path + '\0' + files_.digest(path).value_or(""); };
        for (const compose::Mount& mount : service.mounts) {
            if (mount.in_repository) add(mount.source);
        }
        for (const compose::FileUse& use : service.configs) {
            const auto config = std::ranges::find(project_.configs, use.source, &compose::Content::key);
            if (config == project_.configs.end()) continue;
            if (!config->file.empty()) add(config->file);
            if (config->content) out += '\0' + *config->content;
        }
        return out;
    }

    void add_others(const quadlet::UnitSet& units) {
        StackRecord& record = set_.record;
        for (const quadlet::NetworkSpec& network : units.networks) {
            const auto file = std::ranges::find(units.files, network.file, &quadlet::File::name);
            const std::string text = file == units.files.end() ? std::string() : file->text;
            record.networks.push_back({network.file, network.name, network.is_explicit, sha256_of(text)});
        }
        record.volumes.insert(record.volumes.end(), units.volumes.begin(), units.volumes.end());
        record.powers.insert(record.powers.end(), units.powers.begin(), units.powers.end());
        for (const auto& [name, content] : units.configs) {
            const auto mode = units.config_modes.find(name);
            const bool is_private = mode != units.config_modes.end() && ((mode->second.back() - '0') & 4) == 0;
            set_.configs[read_.stack + "/" + name] = {content, is_private};
        }
    }

    // Two units of one name are told elsewhere; stacks of one project may share its volumes and networks.
    void add_claims(const quadlet::Facts& facts) {
        std::vector<StackClaim> claims = claims_of(project_, facts);
        for (const StackClaim& one : claims) {
            if (one.what != "port" && one.what != "container") continue;
            add_clashes(one, set_.record.claims, set_.problems);
        }
        std::ranges::move(claims, std::back_inserter(set_.record.claims));
    }

    const compose::Project& project_;
    const StackRead& read_;
    const StackFiles& files_;
    const StackFacts& facts_;
    StackSet& set_;
    std::set<std::string> awaited_;
};

std::set<std::string> awaited_in(const StackSources& sources, const std::string& stack) {
    std::set<std::string> awaited;
    for (const StackRead& read : sources.stacks) {
        for (const compose::Service& service : read.loaded.project.services) {
            for (const compose::Dependency& one : service.depends_on) {
                if (one.stack == stack && one.condition == compose::Condition::completed) awaited.insert(one.service);
            }
        }
    }
    return awaited;
}

void sort_unique(std::vector<std::string>& texts) {
    std::ranges::sort(texts);
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace

std::vector<std::string> StackSources::images() const {
    std::set<std::string> images;
    for (const StackRead& one : stacks) {
        for (const compose::Service& service : one.loaded.project.services) {
            if (!service.image.empty()) images.insert(service.image);
        }
    }
    return {images.begin(), images.end()};
}

StackSources read_stacks(const StackFiles& files, const Gupfile& gupfile, const StackSettings& settings) {
    const ServicesSection& section = gupfile.services;
    StackSources sources;
    if (const std::string followed = files.follow(section.folder); leaves_repository(followed)) {
        sources.problems.push_back(problem_at({section.folder, 0, 0},
                                              printable("it is a link that leaves the repository: " + followed),
                                              "make it a folder of the repository"));
        return sources;
    }
    std::set<std::string> names;
    std::map<std::string, std::vector<std::string>> found;
    for (const std::string& name : files.folders_in(section.folder)) {
        auto compose_files = compose::find_compose_files(files, in_folder(section.folder, name), name);
        if (compose_files.empty()) continue;
        names.insert(name);
        found.emplace(name, std::move(compose_files));
    }
    for (auto& [name, compose_files] : found) {
        compose::LoadOptions options;
        options.stack = name;
        options.folder = in_folder(section.folder, name);
        options.files = std::move(compose_files);
        options.variables = settings.variables;
        options.env_files = {options.folder + "/.env", in_folder(section.folder, "version.env"), ".env"};
        options.profiles = section.profiles;
        options.profiles.insert(options.profiles.end(), settings.profiles.begin(), settings.profiles.end());
        options.other_stacks = names;
        options.other_stacks.erase(name);
        // In place all that a container writes stays where it is.
        if (gupfile.layout == Layout::releases) options.persist = gupfile.persist;
        options.unset = section.unset_is_empty ? compose::UnsetVariable::empty : compose::UnsetVariable::error;
        StackRead read{name, compose::load(files, options)};
        sources.problems.insert(sources.problems.end(), read.loaded.problems.begin(), read.loaded.problems.end());
        sources.stacks.push_back(std::move(read));
    }
    return sources;
}

StackSet render_stacks(StackSources sources, const StackFiles& files, const StackFacts& facts,
                       const ServicesSection& section, const StackSettings& settings) {
    StackSet set;
    settle_mounts(sources, files, facts);
    set.problems = sources.problems;
    set.record.key = facts.key;
    set.record.generation = facts.generation;
    set.record.is_rootless = facts.is_rootless;
    if (has_error(set.problems)) return set;
    for (const StackRead& read : sources.stacks) {
        StackRenderer renderer(read, files, facts, set);
        renderer.set_awaited(awaited_in(sources, read.stack));
        renderer.run(section, settings);
    }
    std::ranges::sort(set.files, {}, &quadlet::File::name);
    std::ranges::sort(set.record.units, {}, &StackUnit::name);
    for (const StackSecret& secret : set.secrets) set.record.secrets.push_back(secret.name);
    sort_unique(set.record.secrets);
    sort_unique(set.record.volumes);
    sort_unique(set.record.powers);
    return set;
}

bool StackSet::usable() const {
    return !has_error(problems);
}

std::vector<std::string> missing_powers(const StackRecord& record, const StackSettings& settings) {
    std::vector<std::string> missing;
    for (const std::string& power : record.powers) {
        if (std::ranges::find(settings.allow, power) == settings.allow.end()) missing.push_back(power);
    }
    return missing;
}

}  // namespace gup
