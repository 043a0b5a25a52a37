// SPDX-License-Identifier: Apache-2.0
#include "core/compose/text/interpolate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/yaml/node.hpp"
#include "util/text.hpp"

namespace gup::compose {
namespace {

constexpr int deepest_default = 32;

std::size_t name_length(std::string_view text) {
    std::size_t length = 0;
    while (length < text.size() &&
           (is_letter(text[length]) || text[length] == '_' || (length > 0 && is_digit(text[length])))) {
        ++length;
    }
    return length;
}

// The '}' that closes the '{' before `text`.
std::size_t closing_brace(std::string_view text) {
    int open = 1;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '{') ++open;
        if (text[at] == '}' && --open == 0) return at;
    }
    return std::string_view::npos;
}

class Interpolator {
public:
    Interpolator(const VariableLookup& lookup, std::size_t longest) : lookup_(lookup), longest_(longest) {}

    // `offset`: of `text` in the whole text. False: there is a flaw.
    bool run(std::string_view text, std::size_t offset, int depth);
    [[nodiscard]] Interpolated take() { return std::move(out_); }

private:
    bool add(std::string_view text, std::size_t offset);
    bool add_variable(const std::string& name, std::size_t offset);
    bool add_braced(std::string_view inside, std::size_t offset, int depth);
    bool fail(std::size_t offset, std::string message, std::string hint);

    const VariableLookup& lookup_;
    std::size_t longest_;
    Interpolated out_;
};

bool Interpolator::fail(std::size_t offset, std::string message, std::string hint) {
    out_.flaw = TextFlaw{offset, std::move(message), std::move(hint)};
    return false;
}

bool Interpolator::add(std::string_view text, std::size_t offset) {
    if (text.size() > longest_ - out_.text.size()) return fail(offset, "the text is too long with its variables", "");
    out_.text += text;
    return true;
}

bool Interpolator::add_variable(const std::string& name, std::size_t offset) {
    const auto value = lookup_(name);
    if (!value) out_.unset.push_back({offset, name});
    return !value || add(*value, offset);
}

// `inside`: what is between the braces.
bool Interpolator::add_braced(std::string_view inside, std::size_t offset, int depth) {
    constexpr const char* escape = "write $$ for a $ that begins no variable";
    const std::string name(inside.substr(0, name_length(inside)));
    std::string_view rest = inside.substr(name.size());
    const bool also_empty = rest.starts_with(':');
    if (also_empty) rest.remove_prefix(1);
    if (name.empty()) return fail(offset, "a variable's name is expected after ${", escape);
    if (rest.empty() && !also_empty) return add_variable(name, offset);
    if (rest.empty() || std::string_view("-?+").find(rest.front()) == std::string_view::npos) {
        const std::string what = rest.empty() ? "a } is" : fmt::format("a {} is", yaml::shown(rest.substr(0, 1)));
        return fail(offset, fmt::format("{} not expected after the name {} of a variable", what, name),
                    fmt::format("the forms are ${{{0}}}, ${{{0}:-default}}, ${{{0}:?message}} and ${{{0}:+other}}; {1}",
                                name, escape));
    }
    const char form = rest.front();
    rest.remove_prefix(1);
    const std::size_t inner = offset + 2 + static_cast<std::size_t>(rest.data() - inside.data());
    const auto value = lookup_(name);
    const bool is_given = value && !(also_empty && value->empty());
    if (form == '+') return is_given ? run(rest, inner, depth + 1) : true;
    if (is_given) return add(*value, offset);
    if (form == '-') return run(rest, inner, depth + 1);
    return fail(offset,
                rest.empty() ? fmt::format("the variable {} has no value", name)
                             : fmt::format("the variable {} has no value: {}", name, yaml::shown(rest)),
                "give it one in the stack's .env or in the connector's variables");
}

bool Interpolator::run(std::string_view text, std::size_t offset, int depth) {
    if (depth > deepest_default) return fail(offset, "the defaults of variables are in each other too deeply", "");
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t dollar = std::min(text.find('$', at), text.size());
        if (!add(text.substr(at, dollar - at), offset + at)) return false;
        if (dollar == text.size()) break;
        const std::string_view rest = text.substr(dollar + 1);
        if (rest.starts_with('{')) {
            const std::size_t end = closing_brace(rest.substr(1));
            if (end == std::string_view::npos) {
                return fail(offset + dollar, "the } of a variable is missing",
                            "write $$ for a $ that begins no variable");
            }
            if (!add_braced(rest.substr(1, end), offset + dollar, depth)) return false;
            at = dollar + 3 + end;
        } else if (const std::size_t length = name_length(rest); length > 0) {
            if (!add_variable(std::string(rest.substr(0, length)), offset + dollar)) return false;
            at = dollar + 1 + length;
        } else {
            if (!add("$", offset + dollar)) return false;
            at = dollar + (rest.starts_with('$') ? 2 : 1);
        }
    }
    return true;
}

}  // namespace

bool is_variable_name(std::string_view name) {
    return !name.empty() && name_length(name) == name.size();
}

Interpolated interpolate(std::string_view text, const VariableLookup& lookup, std::size_t longest) {
    Interpolator interpolator(lookup, longest);
    (void)interpolator.run(text, 0, 0);
    return interpolator.take();
}

}  // namespace gup::compose
