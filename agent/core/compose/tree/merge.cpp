// SPDX-License-Identifier: Apache-2.0
#include "core/compose/tree/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace gup::compose {
namespace {

using yaml::Entry;
using yaml::Node;

enum class Rule : std::uint8_t {
    deep,
    replace,
    key_values,
    names,
    dependencies,
    texts,
    logging,
    build,
    hosts,
    subnets
};

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

Rule rule_in_service(const TreePath& path) {
    const std::string_view key = path[2];
    if (path.size() == 3) {
        if (is_one_of(key, {"command", "entrypoint"})) return Rule::replace;
        if (is_one_of(key, {"environment", "labels", "annotations", "sysctls"})) return Rule::key_values;
        if (is_one_of(key, {"networks", "models"})) return Rule::names;
        if (key == "depends_on") return Rule::dependencies;
        if (is_one_of(key, {"dns", "dns_opt", "dns_search", "env_file", "label_file", "tmpfs"})) return Rule::texts;
        if (key == "extra_hosts") return Rule::hosts;
        if (key == "logging") return Rule::logging;
        if (key == "build") return Rule::build;
    }
    if (path.size() != 4) return Rule::deep;
    if (key == "healthcheck" && path[3] == "test") return Rule::replace;
    if (key == "ulimits") return Rule::replace;
    if (key == "build" && is_one_of(path[3], {"args", "labels", "additional_contexts"})) return Rule::key_values;
    if (key == "build" && path[3] == "extra_hosts") return Rule::hosts;
    return key == "deploy" && path[3] == "labels" ? Rule::key_values : Rule::deep;
}

Rule rule_for(const TreePath& path) {
    if (path.size() < 3) return Rule::deep;
    if (path[0] == "services") return rule_in_service(path);
    const bool is_resource = is_one_of(path[0], {"networks", "volumes", "configs", "secrets"});
    if (is_resource && path.size() == 3 && path[2] == "labels") return Rule::key_values;
    return path[0] == "networks" && path.size() == 4 && path[2] == "ipam" && path[3] == "config" ? Rule::subnets
                                                                                                 : Rule::deep;
}

Node mapping_like(const Node& node) {
    Node mapping;
    mapping.mark = node.mark;
    mapping.kind = yaml::Kind::mapping;
    return mapping;
}

// A list of names as a mapping of nothing.
Node names_as_mapping(Node node) {
    if (!node.is_sequence()) return node;
    Node mapping = mapping_like(node);
    for (Node& item : node.items) {
        Node nothing;
        nothing.mark = item.mark;
        if (item.is_scalar()) mapping.set(item.text, std::move(nothing));
    }
    return mapping;
}

// A list says of each service that it must have started.
Node dependencies_as_mapping(Node node) {
    if (!node.is_sequence()) return node;
    Node mapping = names_as_mapping(std::move(node));
    for (Entry& entry : mapping.entries) {
        Node condition;
        condition.mark = entry.mark;
        condition.kind = yaml::Kind::string;
        condition.text = "service_started";
        entry.value.kind = yaml::Kind::mapping;
        entry.value.set("condition", std::move(condition));
    }
    return mapping;
}

Node as_list(Node node) {
    if (!node.is_scalar()) return node;
    Node list;
    list.mark = node.mark;
    list.kind = yaml::Kind::sequence;
    if (!node.is_null()) list.items.push_back(std::move(node));
    return list;
}

// "name=address" for each address of each name.
Node hosts_as_list(Node node) {
    if (!node.is_mapping()) return as_list(std::move(node));
    Node list;
    list.mark = node.mark;
    list.kind = yaml::Kind::sequence;
    for (Entry& entry : node.entries) {
        Node addresses = as_list(std::move(entry.value));
        for (Node& address : addresses.items) {
            address.text = fmt::format("{}={}", entry.key, address.text);
            address.kind = yaml::Kind::string;
            list.items.push_back(std::move(address));
        }
    }
    return list;
}

Node build_as_mapping(Node node) {
    if (!node.is_scalar() || node.is_null()) return node;
    Node mapping = mapping_like(node);
    mapping.set("context", std::move(node));
    return mapping;
}

void add_new_texts(Node& base, Node over) {
    for (Node& item : over.items) {
        const bool is_known =
            item.is_scalar() && std::any_of(base.items.begin(), base.items.end(),
                                            [&](const Node& one) { return one.is_scalar() && one.text == item.text; });
        if (!is_known) base.items.push_back(std::move(item));
    }
}

void merge_entries(Node& base, Node over, const TreePath& path, Findings& findings) {
    constexpr std::size_t small = 16;
    std::unordered_map<std::string, std::size_t> index;
    if (base.entries.size() > small && over.entries.size() > small) {
        for (std::size_t i = 0; i < base.entries.size(); ++i) index.emplace(base.entries[i].key, i);
    }
    std::vector<std::string> gone;
    for (Entry& entry : over.entries) {
        Node* known = nullptr;
        if (index.empty()) {
            known = base.find(entry.key);
        } else if (const auto found = index.find(entry.key); found != index.end()) {
            known = &base.entries[found->second].value;
        }
        if (entry.value.tag == "!reset") {
            if (known != nullptr) gone.push_back(entry.key);
        } else if (known == nullptr) {
            apply_tags(entry.value);
            base.entries.push_back(std::move(entry));
        } else {
            TreePath deeper = path;
            deeper.push_back(entry.key);
            merge(*known, std::move(entry.value), deeper, findings);
        }
    }
    for (const std::string& key : gone) base.remove(key);
}

// The subnet tells which ones are the same.
void merge_subnets(Node& base, Node over, const TreePath& path, Findings& findings) {
    const auto subnet_of = [](const Node& node) {
        const Node* const subnet = node.find("subnet");
        return subnet == nullptr ? std::string{} : subnet->text;
    };
    for (Node& item : over.items) {
        const auto same = std::find_if(base.items.begin(), base.items.end(),
                                       [&](const Node& one) { return subnet_of(one) == subnet_of(item); });
        if (same == base.items.end()) {
            base.items.push_back(std::move(item));
        } else {
            merge(*same, std::move(item), path, findings);
        }
    }
}

void replace(Node& base, Node over) {
    apply_tags(over);
    base = std::move(over);
}

void merge_deep(Node& base, Node over, const TreePath& path, Findings& findings) {
    if (over.is_null()) return;
    if (base.is_scalar()) {
        replace(base, std::move(over));
    } else if (base.kind != over.kind) {
        const auto where = base.mark.origin ? base.mark.origin->file : std::string{};
        findings.error(over.mark,
                       fmt::format("{} is {} here, but {} at {}:{}:{}", yaml::shown(path.empty() ? "" : path.back()),
                                   name_of(over.kind), name_of(base.kind), where, base.mark.line, base.mark.column),
                       "write both in the same form, or replace the first one with !override");
    } else if (base.is_mapping()) {
        merge_entries(base, std::move(over), path, findings);
    } else {
        apply_tags(over);
        for (Node& item : over.items) base.items.push_back(std::move(item));
    }
}

// Options of another driver are not kept.
void merge_logging(Node& base, Node over, const TreePath& path, Findings& findings) {
    const Node* const before = base.find("driver");
    const Node* const after = over.find("driver");
    if (before != nullptr && after != nullptr && before->text != after->text) {
        replace(base, std::move(over));
    } else {
        merge_deep(base, std::move(over), path, findings);
    }
}

}  // namespace

Node as_mapping(Node node) {
    if (!node.is_sequence()) return node;
    Node mapping = mapping_like(node);
    std::map<std::string, std::size_t, std::less<>> known;
    for (Node& item : node.items) {
        if (!item.is_scalar()) continue;
        const std::size_t equals = item.text.find('=');
        std::string key = item.text.substr(0, equals);
        Entry entry{key, item.mark, {}};
        entry.value.mark = item.mark;
        entry.value.tag = item.tag;
        if (equals != std::string::npos) {
            entry.value.kind = yaml::Kind::string;
            entry.value.text = item.text.substr(equals + 1);
        }
        const auto [place, is_new] = known.try_emplace(std::move(key), mapping.entries.size());
        if (is_new) {
            mapping.entries.push_back(std::move(entry));
        } else {
            mapping.entries[place->second] = std::move(entry);
        }
    }
    return mapping;
}

void apply_tags(Node& node) {
    node.tag.clear();
    const auto is_reset = [](const Node& one) { return one.tag == "!reset"; };
    std::erase_if(node.items, is_reset);
    std::erase_if(node.entries, [&](const Entry& entry) { return is_reset(entry.value); });
    for (Node& item : node.items) apply_tags(item);
    for (Entry& entry : node.entries) apply_tags(entry.value);
}

void merge(Node& base, Node over, const TreePath& path, Findings& findings) {
    if (over.tag == "!override") return replace(base, std::move(over));
    switch (rule_for(path)) {
        case Rule::replace:
            return replace(base, std::move(over));
        case Rule::key_values:
            if (over.is_null()) return;
            if (!base.is_null()) base = as_mapping(std::move(base));
            over = as_mapping(std::move(over));
            // A null takes the value away that the first file gives.
            for (Entry& entry : over.entries) {
                Node* const known = base.find(entry.key);
                if (known != nullptr && entry.value.is_null() && entry.value.tag.empty()) *known = entry.value;
            }
            return merge_deep(base, std::move(over), path, findings);
        case Rule::names:
            base = names_as_mapping(std::move(base));
            return merge_deep(base, names_as_mapping(std::move(over)), path, findings);
        case Rule::dependencies:
            base = dependencies_as_mapping(std::move(base));
            return merge_deep(base, dependencies_as_mapping(std::move(over)), path, findings);
        case Rule::texts:
            base = as_list(std::move(base));
            return merge_deep(base, as_list(std::move(over)), path, findings);
        case Rule::hosts:
            base = hosts_as_list(std::move(base));
            over = hosts_as_list(std::move(over));
            apply_tags(over);
            return add_new_texts(base, std::move(over));
        case Rule::subnets:
            if (!base.is_sequence() || !over.is_sequence()) return merge_deep(base, std::move(over), path, findings);
            return merge_subnets(base, std::move(over), path, findings);
        case Rule::build:
            base = build_as_mapping(std::move(base));
            return merge_deep(base, build_as_mapping(std::move(over)), path, findings);
        case Rule::logging:
            return merge_logging(base, std::move(over), path, findings);
        case Rule::deep:
            return merge_deep(base, std::move(over), path, findings);
    }
}

}  // namespace gup::compose
