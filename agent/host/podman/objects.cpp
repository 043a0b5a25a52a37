// SPDX-License-Identifier: Apache-2.0
#include "host/podman/objects.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "host/podman/podman_questions.hpp"
#include "host/podman/run_podman.hpp"
#include "util/json.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

Status check_name(const char* what, const std::string& name) {
    const auto is_fine = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; };
    if (!name.empty() && is_letter_or_digit(name.front()) && std::all_of(name.begin(), name.end(), is_fine)) return {};
    return Error{ErrorCode::invalid_input, fmt::format("\"{}\" is not the name of a {}", printable(name), what),
                 "names have letters, digits, \"-\", \"_\" and \".\", and begin with a letter or digit"};
}

Result<std::vector<std::string>> names_of(const char* kind, const std::string& prefix, const Podman& podman) {
    GUP_TRY(const std::string out, detail::podman_output(fmt::format("cannot list the {}s of podman", kind),
                                                         {.arguments = {kind, "ls", "--format", "{{.Name}}"}}, podman));
    std::vector<std::string> names;
    for (const std::string_view name : words_in(out)) {
        if (name.starts_with(prefix)) names.emplace_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<bool> has_object(const char* kind, const std::string& name, const Podman& podman) {
    GUP_CHECK(check_name(kind, name));
    const std::string act = fmt::format("cannot look for the {} {}", kind, name);
    const auto result = detail::run_podman({.arguments = {kind, "exists", name}}, podman);
    if (!result.ok()) return result.error().with_context(act);
    if (result->exit_code == 0 || result->exit_code == 1) return result->success();
    return detail::podman_error(act, *result);
}

Status remove_object(const char* kind, const std::string& name, const Podman& podman) {
    GUP_CHECK(check_name(kind, name));
    const auto out = detail::podman_output(fmt::format("cannot remove the {} {}", kind, name),
                                           {.arguments = {kind, "rm", name}}, podman);
    if (out.ok() || out.error().code == ErrorCode::not_found) return {};
    return out.error();
}

}  // namespace

Result<std::vector<std::string>> podman_secrets(const std::string& prefix, const Podman& podman) {
    return in_worker() ? ask_names("secret", prefix, podman) : names_of("secret", prefix, podman);
}

Result<std::vector<std::string>> podman_networks(const std::string& prefix, const Podman& podman) {
    return in_worker() ? ask_names("network", prefix, podman) : names_of("network", prefix, podman);
}

Result<std::vector<std::string>> podman_volumes(const std::string& prefix, const Podman& podman) {
    return in_worker() ? ask_names("volume", prefix, podman) : names_of("volume", prefix, podman);
}

Status make_secret(const std::string& name, const Secret& value, const Podman& podman) {
    if (in_worker()) return ask_make_secret(name, value, podman);
    GUP_CHECK(check_name("secret", name));
    const auto out =
        detail::podman_output(fmt::format("cannot make the secret {}", name),
                              {.arguments = {"secret", "create", name, "-"}, .input = value.reveal()}, podman);
    return out.ok() ? Status{} : Status{out.error()};
}

Status remove_secret(const std::string& name, const Podman& podman) {
    return in_worker() ? ask_remove("secret", name, podman) : remove_object("secret", name, podman);
}

Result<bool> has_network(const std::string& name, const Podman& podman) {
    return in_worker() ? ask_has("network", name, podman) : has_object("network", name, podman);
}

Status remove_network(const std::string& name, const Podman& podman) {
    return in_worker() ? ask_remove("network", name, podman) : remove_object("network", name, podman);
}

Result<bool> has_volume(const std::string& name, const Podman& podman) {
    return in_worker() ? ask_has("volume", name, podman) : has_object("volume", name, podman);
}

std::uint64_t layer_bytes(const fs::path& storage) {
    const auto text = read_others_file(storage / "overlay-layers/layers.json", longest_json);
    const auto list = text.ok() ? parse_json(*text) : Result<nlohmann::json>(text.error());
    std::uint64_t bytes = 0;
    if (!list.ok() || !list->is_array()) return bytes;
    for (const nlohmann::json& layer : *list) {
        bytes += static_cast<std::uint64_t>(std::max<std::int64_t>(number_member(layer, "diff-size"), 0));
    }
    return bytes;
}

}  // namespace gup
