// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/extends.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/compose/tree/merge.hpp"
#include "core/compose/tree/paths.hpp"
#include "core/declaration/nearest.hpp"

namespace gup::compose {
namespace {

// More services that extend each other are refused: each one is a level of the program's stack.
constexpr std::size_t longest_chain = 64;

std::string hint_for_service(const yaml::Node& services, std::string_view name) {
    std::vector<std::string_view> known;
    for (const yaml::Entry& entry : services.entries) known.push_back(entry.key);
    const std::string near = nearest(name, known);
    return near.empty() ? std::string{} : fmt::format("did you mean {}?", yaml::shown(near));
}

}  // namespace

void Extender::apply(Document& document) {
    yaml::Node* const services = document.root.find("services");
    if (services == nullptr || !services->is_mapping()) return;
    const std::string folder = document.root.mark.origin ? document.root.mark.origin->folder : std::string{};
    for (std::size_t i = 0; i < services->entries.size(); ++i) {
        const std::string name = services->entries[i].key;
        (void)extend(document, name, folder);
    }
}

bool Extender::enter(const std::string& link, const yaml::Mark& mark) {
    const auto before = std::find(chain_.begin(), chain_.end(), link);
    if (before != chain_.end()) {
        const std::vector<std::string> circle(before, chain_.end());
        reader_.context().findings.error(
            mark, fmt::format("the service extends itself: {} → {}", fmt::join(circle, " → "), link),
            "remove one of these extends");
        return false;
    }
    if (chain_.size() >= longest_chain) {
        reader_.context().findings.error(mark, fmt::format("more than {} services extend each other", longest_chain));
        return false;
    }
    chain_.push_back(link);
    return true;
}

// Nullptr: there is an error. `folder` becomes the one where relative paths of that file begin.
Document* Extender::document_of(Document& document, const yaml::Node& file, std::string& folder) {
    const auto path = reader_.local_path(file, "the extended file");
    if (!path) return nullptr;
    folder = folder_of(*path);
    if (*path == document.path && document.root.mark.origin && document.root.mark.origin->folder == folder) {
        return &document;
    }
    const Key key{*path, folder, document.variables};
    const auto known = others_.find(key);
    if (known != others_.end()) return known->second.get();
    auto made = reader_.read(*path, folder, *document.variables, file.mark);
    return others_.emplace(key, std::move(made)).first->second.get();
}

std::optional<yaml::Node> Extender::base_of(Document& document, const yaml::Node& extends, std::string folder) {
    Findings& findings = reader_.context().findings;
    const yaml::Node* const service = extends.is_mapping() ? extends.find("service") : &extends;
    const yaml::Node* const file = extends.find("file");
    if (extends.is_mapping()) {
        for (const yaml::Entry& entry : extends.entries) {
            if (entry.key == "service" || entry.key == "file") continue;
            findings.error(entry.mark, fmt::format("extends has no key {}", yaml::shown(entry.key)),
                           "its keys are service and file");
        }
    }
    if (service == nullptr || !service->is_scalar() || service->is_null()) {
        findings.error(extends.mark, "extends wants the name of a service",
                       "write extends: {file: common.yaml, service: base}");
        return std::nullopt;
    }
    Document* const other = file == nullptr ? &document : document_of(document, *file, folder);
    if (other == nullptr) return std::nullopt;
    const yaml::Node* services = other->root.find("services");
    if (services == nullptr || services->find(service->text) == nullptr) {
        findings.error(
            service->mark,
            fmt::format("there is no service {} in {}", yaml::shown(service->text), yaml::shown(other->path)),
            services == nullptr ? std::string{} : hint_for_service(*services, service->text));
        return std::nullopt;
    }
    if (!extend(*other, service->text, folder)) return std::nullopt;
    services = other->root.find("services");
    const yaml::Node* const base = services->find(service->text);
    const yaml::Cost cost = yaml::cost_of(*base);
    if (!reader_.context().budget.take(cost.nodes, cost.bytes)) {
        findings.error(extends.mark, fmt::format("the compose files have more than {} values", yaml::node_limit),
                       "a service that extends another one has the values of both");
        return std::nullopt;
    }
    return *base;
}

// False: there is an error.
bool Extender::extend(Document& document, const std::string& name, const std::string& folder) {
    if (document.extended.contains(name)) return true;
    yaml::Node* service = document.root.find("services")->find(name);
    const yaml::Node* const extends = service->find("extends");
    if (extends == nullptr || extends->tag == "!reset") {
        document.extended.insert(name);
        return true;
    }
    if (!enter(fmt::format("{}: {}", yaml::shown(document.path), yaml::shown(name)), extends->mark)) return false;
    std::optional<yaml::Node> base = base_of(document, *extends, folder);
    chain_.pop_back();
    service->remove("extends");
    document.extended.insert(name);
    if (!base) {
        // That it has no image is no news.
        for (const yaml::Entry& entry : document.root.find("services")->entries) {
            if (entry.key == name) reader_.context().findings.silence(entry.mark);
        }
        return false;
    }
    base->mark = service->mark;
    yaml::Node own = std::move(*service);
    if (base->is_null()) base->kind = yaml::Kind::mapping;
    merge(*base, std::move(own), {"services", name}, reader_.context().findings);
    *service = *std::move(base);
    return true;
}

}  // namespace gup::compose
