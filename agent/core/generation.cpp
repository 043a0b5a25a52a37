// SPDX-License-Identifier: Apache-2.0
#include "core/generation.hpp"

#include <algorithm>
#include <set>

#include "util/text.hpp"

namespace gup {
namespace {

const Generation* latest_before(const std::vector<Generation>& generations, const Generation* end) {
    const Generation* latest = nullptr;
    for (const Generation& one : generations) {
        if (end != nullptr && one.sequence >= end->sequence) continue;
        if (latest == nullptr || one.sequence > latest->sequence) latest = &one;
    }
    return latest;
}

// True when the virtualenv is in the generation's own folder.
bool holds(const PruneRequest& request, const Generation& generation, const std::string& virtualenv) {
    return virtualenv.starts_with(request.folder + "/" + generation.id + "/");
}

}  // namespace

const Generation* find_current(const std::vector<Generation>& generations, std::string_view commit,
                               std::string_view virtualenv) {
    const Generation* current = nullptr;
    for (const Generation& one : generations) {
        if (one.commit != commit || one.virtualenv != virtualenv) continue;
        if (current == nullptr || one.sequence > current->sequence) current = &one;
    }
    return current;
}

const Generation* find_generation(const std::vector<Generation>& generations, std::string_view id) {
    const auto found =
        std::find_if(generations.begin(), generations.end(), [&](const Generation& one) { return one.id == id; });
    return found == generations.end() ? nullptr : &*found;
}

const Generation* find_before(const std::vector<Generation>& generations, const Generation* current) {
    if (current == nullptr) return latest_before(generations, nullptr);
    const Generation* previous = find_generation(generations, current->previous);
    return previous != nullptr ? previous : latest_before(generations, current);
}

std::vector<std::string> choose_pruned(const std::vector<Generation>& generations, const Generation* current,
                                       const PruneRequest& request) {
    std::vector<const Generation*> order;
    if (current != nullptr) {
        order.push_back(current);
        if (const Generation* before = find_before(generations, current)) order.push_back(before);
    }
    std::vector<const Generation*> by_age;
    by_age.reserve(generations.size());
    for (const Generation& one : generations) by_age.push_back(&one);
    std::sort(by_age.begin(), by_age.end(), [](const auto* a, const auto* b) { return a->sequence > b->sequence; });
    const std::size_t always = order.size();
    for (const Generation* one : by_age) {
        if (std::find(order.begin(), order.end(), one) == order.end()) order.push_back(one);
    }
    order.resize(std::min(order.size(), std::max(always, request.keep)));

    std::set<std::string> environments{request.live};
    for (const Generation* one : order) environments.insert(one->virtualenv);
    std::vector<std::string> pruned;
    for (const Generation& one : generations) {
        const bool stays = std::find(order.begin(), order.end(), &one) != order.end();
        const auto is_held = [&](const std::string& virtualenv) { return holds(request, one, virtualenv); };
        if (!stays && std::none_of(environments.begin(), environments.end(), is_held)) pruned.push_back(one.id);
    }
    return pruned;
}

std::string known_ids(const std::vector<Generation>& generations, std::string_view none) {
    if (generations.empty()) return std::string(none);
    std::string text = "use one of: ";
    for (const Generation& one : generations) {
        if (&one != &generations.front()) text += ", ";
        text += one.id;
    }
    return text;
}

std::string id_time(std::string_view time) {
    std::string stamp(time.substr(0, std::string_view("2026-11-21T02:00").size()));
    std::replace(stamp.begin(), stamp.end(), 'T', '_');
    std::replace(stamp.begin(), stamp.end(), ':', '_');
    return stamp;
}

std::string folder_name_of(std::string_view text) {
    constexpr std::size_t longest = 200;
    std::string name(text.substr(0, longest));
    for (char& c : name) {
        const bool plain = is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
        if (!plain) c = '-';
    }
    return name;
}

bool is_generation_name(std::string_view name) {
    constexpr std::string_view form = "dddd-dd-dd_dd_dd-";
    if (name.size() < form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool digit = is_digit(name[i]);
        if (form[i] == 'd' ? !digit : name[i] != form[i]) return false;
    }
    return name.find('/') == std::string_view::npos;
}

}  // namespace gup
