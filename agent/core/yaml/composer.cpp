// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/composer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include "util/text.hpp"
#include "util/utf8.hpp"
#include "util/yaml/events.hpp"

namespace gup::yaml {
namespace {

constexpr std::string_view core_tags = "tag:yaml.org,2002:";
constexpr std::string_view merge_key = "<<";
constexpr std::size_t problem_limit = 20;

// What an alias stands for, and its cost.
struct Anchored {
    Node node;
    std::size_t nodes = 0;
    std::size_t bytes = 0;
    int height = 0;
};

bool is_scalar_tag(std::string_view name) {
    return name == "str" || name == "null" || name == "bool" || name == "int" || name == "float";
}

std::string_view hint_for(std::string_view message) {
    if (contains(message, "tab")) return "indent with blanks";
    if (contains(message, "':'")) return "put quotes around a text with a ':' and a blank, or look at the indentation";
    if (contains(message, "indentation")) return "keys of one mapping begin in the same column";
    if (contains(message, "cannot begin")) return "put quotes around a text that begins with @, ` or %";
    return {};
}

class Composer {
public:
    Composer(std::string_view text, const std::shared_ptr<const Origin>& origin, Budget& budget)
        : parser_(text), origin_(origin), budget_(budget) {}

    [[nodiscard]] Composed run();

private:
    // False after an error that ends the reading.
    bool next();
    bool fail(const Mark& mark, std::string message, std::string hint = {});
    void tell(const Mark& mark, std::string message, std::string hint = {});
    [[nodiscard]] Mark mark() const { return {origin_, event_.line, event_.column}; }

    // Reads the node that event_ begins, and takes its last event.
    bool read(Node& node, int depth);
    bool read_scalar(Node& node);
    bool read_alias(Node& node, int depth);
    bool read_sequence(Node& node, int depth);
    bool read_mapping(Node& node, int depth);
    bool read_entry(Node& node, std::vector<Entry>& merges, int depth);
    bool remember(const std::string& anchor, const Node& node);
    bool apply_tag(Node& node, std::string_view tag);
    bool type_scalar(Node& node, std::string_view tag);
    bool find_duplicates(const Node& node);
    bool apply_merges(Node& node, std::vector<Entry>& merges);
    bool spend(const Mark& mark, std::size_t nodes, std::size_t bytes);

    Parser parser_;
    std::shared_ptr<const Origin> origin_;
    Budget& budget_;
    Event event_;
    std::map<std::string, Anchored, std::less<>> anchors_;
    std::vector<Problem> problems_;
};

bool Composer::next() {
    auto got = parser_.next();
    if (const auto* const error = std::get_if<SyntaxError>(&got)) {
        return fail({origin_, error->line, error->column}, error->message, std::string(hint_for(error->message)));
    }
    event_ = std::get<Event>(std::move(got));
    return true;
}

bool Composer::fail(const Mark& mark, std::string message, std::string hint) {
    tell(mark, std::move(message), std::move(hint));
    return false;
}

void Composer::tell(const Mark& mark, std::string message, std::string hint) {
    if (problems_.size() < problem_limit) {
        problems_.push_back(problem_at(mark, Severity::error, std::move(message), std::move(hint)));
    }
}

bool Composer::spend(const Mark& mark, std::size_t nodes, std::size_t bytes) {
    if (budget_.take(nodes, bytes)) return true;
    return fail(mark, fmt::format("the compose files have more than {} values", node_limit),
                "an alias has all values of what it stands for");
}

bool Composer::read(Node& node, int depth) {
    node.mark = mark();
    if (event_.kind == EventKind::alias) return read_alias(node, depth);
    if (event_.kind != EventKind::scalar && depth >= depth_limit) {
        return fail(node.mark, fmt::format("more than {} lists and mappings are in each other", depth_limit));
    }
    if (!spend(node.mark, 1, event_.value.size())) return false;
    const std::string anchor = std::exchange(event_.anchor, {});
    bool is_read = false;
    if (event_.kind == EventKind::scalar) {
        is_read = read_scalar(node);
    } else {
        const std::string tag = std::exchange(event_.tag, {});
        is_read = event_.kind == EventKind::begin_sequence ? read_sequence(node, depth) : read_mapping(node, depth);
        is_read = is_read && apply_tag(node, tag);
    }
    return is_read && (anchor.empty() || remember(anchor, node));
}

bool Composer::read_scalar(Node& node) {
    node.is_plain = event_.style == Style::plain;
    node.is_verbatim = event_.is_verbatim;
    node.text = std::move(event_.value);
    node.kind = node.is_plain && event_.tag.empty() ? kind_of_plain(node.text) : Kind::string;
    if (node.text.find('\0') != std::string::npos) return fail(node.mark, "the text has a NUL");
    return event_.tag.empty() || apply_tag(node, event_.tag);
}

bool Composer::apply_tag(Node& node, std::string_view tag) {
    if (tag.empty()) return true;
    if (tag == "!reset" || tag == "!override") {
        node.tag = tag;
        if (node.is_plain) node.kind = kind_of_plain(node.text);
        return true;
    }
    if (tag == "!" && node.is_scalar()) return true;
    if (tag.starts_with(core_tags)) {
        const std::string_view name = tag.substr(core_tags.size());
        if (node.is_scalar() && is_scalar_tag(name)) return type_scalar(node, name);
        if ((node.is_sequence() && name == "seq") || (node.is_mapping() && name == "map")) return true;
    }
    std::string written(tag);
    if (tag.starts_with(core_tags)) written = fmt::format("!!{}", tag.substr(core_tags.size()));
    return fail(node.mark, fmt::format("the tag {} is not known here", shown(written)),
                "compose has the tags !reset and !override");
}

bool Composer::type_scalar(Node& node, std::string_view tag) {
    if (tag == "str") return true;
    const Kind kind = kind_of_plain(node.text);
    const bool fits = (tag == "null" && kind == Kind::null) || (tag == "bool" && kind == Kind::boolean) ||
                      (tag == "int" && kind == Kind::integer) ||
                      (tag == "float" && (kind == Kind::real || kind == Kind::integer));
    if (!fits) return fail(node.mark, fmt::format("the value does not fit the tag !!{}", shown(tag)));
    node.kind = tag == "float" ? Kind::real : kind;
    return true;
}

bool Composer::read_alias(Node& node, int depth) {
    const Mark here = node.mark;
    const auto found = anchors_.find(event_.anchor);
    if (found == anchors_.end()) {
        return fail(here, fmt::format("there is no anchor &{} before this alias", shown(event_.anchor)));
    }
    const Anchored& anchored = found->second;
    if (depth + anchored.height > depth_limit) {
        return fail(here, fmt::format("more than {} lists and mappings are in each other", depth_limit));
    }
    if (!spend(here, anchored.nodes, anchored.bytes)) return false;
    node = anchored.node;
    return true;
}

bool Composer::remember(const std::string& anchor, const Node& node) {
    const Cost cost = cost_of(node);
    if (cost.nodes > budget_.copies) return fail(node.mark, "there are too many anchors");
    budget_.copies -= cost.nodes;
    anchors_[anchor] = {node, cost.nodes, cost.bytes, cost.height};
    return true;
}

bool Composer::read_sequence(Node& node, int depth) {
    node.kind = Kind::sequence;
    for (;;) {
        if (!next()) return false;
        if (event_.kind == EventKind::end_sequence) return true;
        node.items.emplace_back();
        if (!read(node.items.back(), depth + 1)) return false;
    }
}

bool Composer::read_mapping(Node& node, int depth) {
    node.kind = Kind::mapping;
    std::vector<Entry> merges;
    for (;;) {
        if (!next()) return false;
        if (event_.kind == EventKind::end_mapping) return find_duplicates(node) && apply_merges(node, merges);
        if (!read_entry(node, merges, depth)) return false;
    }
}

bool Composer::read_entry(Node& node, std::vector<Entry>& merges, int depth) {
    Node key;
    if (!read(key, depth + 1)) return false;
    if (!key.is_scalar()) {
        return fail(key.mark, fmt::format("a key cannot be {}", name_of(key.kind)),
                    "put quotes around a text with [, { or ${");
    }
    if (key.kind == Kind::null && key.is_plain) return fail(key.mark, "the key is empty");
    const bool is_merge = key.is_plain && key.text == merge_key;
    std::vector<Entry>& entries = is_merge ? merges : node.entries;
    if (is_merge && !merges.empty()) {
        return fail(
            key.mark,
            fmt::format("the key << is in this mapping twice; the first one is in line {}", merges.front().mark.line),
            "write one <<: [*first, *second]");
    }
    entries.push_back({std::move(key.text), key.mark, {}});
    return next() && read(entries.back().value, depth + 1);
}

bool Composer::find_duplicates(const Node& node) {
    if (node.entries.size() < 2) return true;
    std::vector<const Entry*> sorted;
    sorted.reserve(node.entries.size());
    for (const Entry& entry : node.entries) sorted.push_back(&entry);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->key < b->key; });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        if (sorted[i]->key != sorted[i - 1]->key) continue;
        const Mark& first = sorted[i - 1]->mark;
        tell(sorted[i]->mark,
             fmt::format("the key {} is in this mapping twice; the first one is at {}:{}", shown(sorted[i]->key),
                         first.line, first.column),
             "remove one of them");
    }
    return true;
}

// What the mapping says itself wins, then what an earlier mapping of the list says.
bool Composer::apply_merges(Node& node, std::vector<Entry>& merges) {
    if (merges.empty()) return true;
    Node& value = merges.front().value;
    std::vector<Node> sources;
    if (value.is_sequence()) {
        sources = std::move(value.items);
    } else {
        sources.push_back(std::move(value));
    }
    std::map<std::string, bool, std::less<>> known;
    for (const Entry& entry : node.entries) known[entry.key] = true;
    for (Node& source : sources) {
        if (!source.is_mapping()) {
            return fail(merges.front().mark,
                        fmt::format("<< wants a mapping, or a list of mappings, not {}", name_of(source.kind)),
                        "name an anchor of a mapping: <<: *name");
        }
        for (Entry& entry : source.entries) {
            if (known.try_emplace(entry.key, true).second) node.entries.push_back(std::move(entry));
        }
    }
    return true;
}

Composed Composer::run() {
    Node root;
    root.mark = {origin_, 1, 1};
    bool is_read = next();
    if (is_read && event_.kind == EventKind::begin_document) {
        is_read = next() && read(root, 0) && next() && next();  // the document's end, then what follows it
        if (is_read && event_.kind == EventKind::begin_document) {
            is_read = fail(mark(), "the file has a second document", "a compose file has one: remove the line ---");
        }
    }
    Composed composed{.root = std::nullopt, .problems = std::move(problems_)};
    if (is_read && composed.problems.empty()) composed.root = std::move(root);
    return composed;
}

Composed refused(const std::shared_ptr<const Origin>& origin, int line, int column, std::string message,
                 std::string hint) {
    Composed composed;
    composed.problems.push_back(
        problem_at({origin, line, column}, Severity::error, std::move(message), std::move(hint)));
    return composed;
}

Composed refused_byte(std::string_view text, std::size_t at, const std::shared_ptr<const Origin>& origin,
                      std::string message, std::string hint) {
    const std::string_view before = text.substr(0, at);
    const int line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
    const std::size_t newline = before.rfind('\n');
    const std::size_t start = newline == std::string_view::npos ? 0 : newline + 1;
    return refused(origin, line, static_cast<int>(at - start) + 1, std::move(message), std::move(hint));
}

}  // namespace

bool Budget::take(std::size_t more_nodes, std::size_t more_bytes) {
    if (more_nodes > nodes || more_bytes > bytes) return false;
    nodes -= more_nodes;
    bytes -= more_bytes;
    return true;
}

Composed compose(std::string_view text, const std::shared_ptr<const Origin>& origin, Budget& budget) {
    if (text.size() > file_limit) {
        return refused(origin, 1, 1, fmt::format("the file has more than {} MiB", file_limit >> 20U), "");
    }
    const auto plain = without_byte_order_mark(text);
    if (!plain) return refused(origin, 1, 1, utf16_message, utf16_hint);
    if (const std::size_t nul = plain->find('\0'); nul != std::string_view::npos) {
        return refused_byte(*plain, nul, origin, "the file has a NUL byte", "");
    }
    if (const std::size_t wrong = first_wrong_byte(*plain); wrong < plain->size()) {
        return refused_byte(*plain, wrong, origin, "this byte is no UTF-8", utf16_hint);
    }
    return Composer(*plain, origin, budget).run();
}

}  // namespace gup::yaml
