// SPDX-License-Identifier: Apache-2.0
#include "core/image/image_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::string_view docker_hub = "docker.io";
constexpr std::string_view hub_library = "library/";
constexpr std::size_t longest_image_name = 255;
constexpr std::size_t longest_image_tag = 128;
constexpr std::size_t longest_port = 5;

bool is_lower_hexadecimal(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

bool is_image_word(char c) {
    return is_letter_or_digit(c) || c == '_';
}

Error no_image(std::string_view text, std::string_view why, std::string hint) {
    return {ErrorCode::invalid_input, fmt::format("{} is not the name of an image: {}", printable(text), why),
            std::move(hint)};
}

bool is_separator(std::string_view text) {
    return text.empty() || text == "." || text == "_" || text == "__" ||
           text.find_first_not_of('-') == std::string_view::npos;
}

// "a", "a-b", "a.b", "a_b", "a__b": no separator at an end, and only dashes in a row.
bool is_path_component(std::string_view text) {
    constexpr std::string_view separators = "._-";
    bool is_one = !text.empty() && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back());
    for (std::size_t at = 0; at < text.size() && is_one;) {
        const std::size_t end = std::min(text.size(), text.find_first_of(separators, at));
        const std::string_view word = text.substr(at, end - at);
        at = std::min(text.size(), text.find_first_not_of(separators, end));
        is_one = std::all_of(word.begin(), word.end(), is_letter_or_digit) && is_separator(text.substr(end, at - end));
    }
    return is_one;
}

bool is_registry_host(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) {
        return host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
    }
    const auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; };
    const bool ends_well = !host.empty() && is_letter_or_digit(host.front()) && is_letter_or_digit(host.back());
    return ends_well && std::all_of(host.begin(), host.end(), is_allowed) && host.find("..") == std::string_view::npos;
}

// With its port.
bool is_registry(std::string_view text) {
    const std::size_t bracket = text.rfind(']');
    const std::size_t colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (!has_port) return is_registry_host(text);
    const std::string_view port = text.substr(colon + 1);
    const bool is_number =
        !port.empty() && port.size() <= longest_port && std::all_of(port.begin(), port.end(), is_digit);
    return is_number && is_registry_host(text.substr(0, colon));
}

// Takes the registry from the front of `rest`.
Result<std::string> take_registry(std::string_view text, std::string_view& rest) {
    const std::size_t slash = rest.find('/');
    const std::string_view first = rest.substr(0, slash);
    const bool names_one = slash != std::string_view::npos &&
                           (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
    if (!names_one) return std::string(docker_hub);
    if (!is_registry(first)) {
        return no_image(text, fmt::format("{} is not a registry", printable(first)),
                        "write HOST/NAME:TAG, or HOST:PORT/NAME:TAG");
    }
    rest.remove_prefix(slash + 1);
    std::string registry = lower(first);
    const bool is_hub = registry == "index.docker.io" || registry == "registry-1.docker.io";
    return is_hub ? std::string(docker_hub) : registry;
}

Status take_digest(std::string_view text, std::string_view& rest, ImageReference& reference) {
    const std::size_t at = rest.find('@');
    if (at == std::string_view::npos) return {};
    reference.digest = rest.substr(at + 1);
    rest = rest.substr(0, at);
    if (is_image_digest(reference.digest)) return {};
    return no_image(text, fmt::format("{} is not a digest", printable(reference.digest)),
                    "a digest is sha256: and 64 hexadecimal digits in lower case");
}

Status take_tag(std::string_view text, std::string_view& rest, ImageReference& reference) {
    const std::size_t colon = rest.find(':', rest.rfind('/') == std::string_view::npos ? 0 : rest.rfind('/'));
    if (colon == std::string_view::npos) {
        if (reference.digest.empty()) reference.tag = "latest";
        return {};
    }
    reference.tag = rest.substr(colon + 1);
    rest = rest.substr(0, colon);
    if (reference.tag.empty()) return no_image(text, "its tag is empty", "write a tag behind the colon, or no colon");
    const auto is_allowed = [](char c) { return is_image_word(c) || c == '.' || c == '-'; };
    const bool is_tag =
        is_image_word(reference.tag.front()) && std::all_of(reference.tag.begin(), reference.tag.end(), is_allowed);
    constexpr const char* hint = "a tag has at most 128 letters, digits, '_', '.' and '-'";
    if (!is_tag) return no_image(text, fmt::format("{} is not a tag", printable(reference.tag)), hint);
    if (reference.tag.size() > longest_image_tag) return no_image(text, "its tag is too long", hint);
    return {};
}

Status check_repository(std::string_view text, std::string_view repository) {
    if (repository.empty()) return no_image(text, "it has no name", "write NAME:TAG, or REGISTRY/NAME:TAG");
    if (std::any_of(repository.begin(), repository.end(), is_upper)) {
        return no_image(text, "it has an upper-case letter", "write " + lower(repository) + " in lower case");
    }
    for (bool is_over = false; !is_over;) {
        is_over = repository.find('/') == std::string_view::npos;
        const std::string_view component = take_until(repository, '/');
        if (!is_path_component(component)) {
            return no_image(text, fmt::format("\"{}\" is not a part of a name", printable(component)),
                            "a part has letters, digits, and single '.', '_' or '-' between them");
        }
    }
    return {};
}

}  // namespace

std::string ImageReference::text() const {
    std::string all = name();
    if (!tag.empty()) all += ":" + tag;
    if (!digest.empty()) all += "@" + digest;
    return all;
}

bool is_image_digest(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::size_t>, 3> kinds{
        {{"sha256:", 64}, {"sha384:", 96}, {"sha512:", 128}}};
    return std::any_of(kinds.begin(), kinds.end(), [&](const auto& kind) {
        return text.starts_with(kind.first) && text.size() == kind.first.size() + kind.second &&
               is_lower_hexadecimal(text.substr(kind.first.size()));
    });
}

Result<ImageReference> parse_image_reference(std::string_view text) {
    constexpr std::size_t longest = 1024;
    if (text.size() > longest) return no_image(text.substr(0, 40), "it is too long", {});
    if (const std::size_t at = text.find("://"); at != std::string_view::npos) {
        return no_image(text, "it is a URL", fmt::format("write {}", printable(text.substr(at + 3))));
    }
    ImageReference reference;
    std::string_view rest = text;
    GUP_CHECK(take_digest(text, rest, reference));
    GUP_TRY(reference.registry, take_registry(text, rest));
    GUP_CHECK(take_tag(text, rest, reference));
    GUP_CHECK(check_repository(text, rest));
    if (rest.size() == 64 && is_lower_hexadecimal(rest) && reference.registry == docker_hub && rest == text) {
        return no_image(text, "it is an id", "write the name of the image: an id is known only where the image is");
    }
    reference.repository = rest;
    const bool is_single = rest.find('/') == std::string_view::npos;
    if (reference.registry == docker_hub && is_single) reference.repository.insert(0, hub_library);
    if (reference.name().size() > longest_image_name) return no_image(text, "its name is too long", {});
    return reference;
}

std::string digits_of_digest(const std::string& digest) {
    return digest.substr(digest.find(':') + 1);  // npos + 1 is 0
}

}  // namespace gup
