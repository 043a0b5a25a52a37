// SPDX-License-Identifier: Apache-2.0
#include "host/podman/run_podman.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "host/child_environment.hpp"
#include "util/mask_urls.hpp"
#include "util/printable.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

constexpr int exit_no_program = 127;  // of env(1) and setpriv(1)

Error no_podman() {
    return {ErrorCode::unsupported, "podman is not installed",
            "apt install podman (4.4 or later, such as Debian 13 or Ubuntu 24.04 have it)"};
}

struct Words {
    ErrorCode code;
    std::vector<std::string_view> words;
};

// The first row with a word of the text decides. Words of podman, of registries and of Go's network library.
ErrorCode code_for(std::string_view text) {
    static const std::array<Words, 9> rows{{
        {ErrorCode::no_space, {"no space left on device", "disk quota exceeded"}},
        {ErrorCode::server,
         {"toomanyrequests", "too many requests", "status 429", "500 internal", "502 bad", "503 service", "504 gateway",
          "status 500", "status 502", "status 503", "status 504"}},
        {ErrorCode::authentication,
         {"unauthorized", "authentication required", "invalid username/password", "access to the resource is denied",
          "denied:", "403 forbidden", "401 "}},
        {ErrorCode::not_found,
         {"manifest unknown", "name unknown", "no such image", "image not known", "failed to find image",
          "no such secret", "no secret with name", "network not found", "no such network", "no such volume",
          "no image found in", "not found: manifest", "404 "}},
        {ErrorCode::timeout, {"i/o timeout", "tls handshake timeout", "deadline exceeded", "client.timeout"}},
        {ErrorCode::unreachable,
         {"no such host", "connection refused", "network is unreachable", "no route to host",
          "connection reset by peer", "unexpected eof", ": eof", "server misbehaving",
          "x509:", "tls: ", "server gave http response to https client"}},
        {ErrorCode::conflict, {"in use", "already exists", "is being used", "already in use"}},
        {ErrorCode::invalid_input,
         {"invalid reference format", "did not resolve to an alias", "invalid image reference", "short-name"}},
        {ErrorCode::permission, {"permission denied", "operation not permitted"}},
    }};
    const std::string text_in_lower_case = lower(text);
    for (const Words& row : rows) {
        const bool is_it = std::any_of(row.words.begin(), row.words.end(),
                                       [&](std::string_view word) { return contains(text_in_lower_case, word); });
        if (is_it) return row.code;
    }
    return ErrorCode::failed;
}

std::string hint_for(ErrorCode code, std::string_view text) {
    const std::string words = lower(text);
    if (code == ErrorCode::authentication)
        return "podman login REGISTRY, as the user whose containers these are; or correct the image's name";
    if (code == ErrorCode::no_space) return "podman system df shows what uses the space";
    if (contains(words, "server gave http response")) {
        return "a registry without TLS needs insecure = true in /etc/containers/registries.conf.d";
    }
    if (contains(words, "x509:")) return "put the registry's CA into /etc/containers/certs.d/REGISTRY/ca.crt";
    if (contains(words, "no image found in")) return "the image is not made for this machine's platform";
    return {};
}

// Root calls podman for another user.
bool is_for_another(const Podman& podman) {
    return podman.user && podman.user->uid != 0 && ::geteuid() == 0;
}

// podman's last error, without "Error: ".
std::string reason_in(const ProcessResult& result) {
    constexpr std::string_view head = "Error: ";
    const std::string_view text(result.err);
    std::string_view line = last_line(text);
    if (const auto at = text.rfind(head); at != std::string_view::npos && (at == 0 || text[at - 1] == '\n')) {
        line = first_line(text.substr(at + head.size()));
    }
    if (line.empty()) line = last_line(result.out);
    if (line.empty()) return fmt::format("podman ended with exit code {}", result.exit_code);
    return printable(mask_urls(trimmed(line)));
}

}  // namespace

Result<ProcessResult> run_as_user(ProcessRequest request, const Podman& podman) {
    request.on_stop = podman.on_stop;
    request.folder = "/";
    request.set_env.emplace_back("LC_ALL", "C");
    if (podman.user) set_session(request, *podman.user);
    return run_process(request);
}

Result<ProcessResult> run_podman(PodmanCall call, const Podman& podman) {
    ProcessRequest request;
    if (is_for_another(podman)) {
        // In the user's manager: the limits of the agent's own unit forbid the user namespaces of rootless containers.
        request.argv = {"systemd-run", "--user", "--quiet", "--collect", "--pipe", "--wait", "--setenv=LC_ALL=C", "--"};
    }
    request.argv.push_back(podman.program);
    request.argv.insert(request.argv.end(), call.arguments.begin(), call.arguments.end());
    request.input = std::move(call.input);
    request.timeout = call.timeout.count() > 0 ? call.timeout : podman.question_timeout;
    request.output_limit = 4U << 20U;
    auto result = run_as_user(std::move(request), podman);
    if (!result.ok() && result.error().code == ErrorCode::not_found) return no_podman();
    if (result.ok() && result->exit_code == exit_no_program) return no_podman();
    return result;
}

Error podman_error(std::string_view act, const ProcessResult& result) {
    const std::string reason = reason_in(result);
    const ErrorCode code = code_for(reason);
    return {code, fmt::format("{}: {}", act, reason), hint_for(code, reason)};
}

Result<std::string> podman_output(std::string_view act, PodmanCall call, const Podman& podman) {
    auto result = run_podman(std::move(call), podman);
    if (!result.ok()) return result.error().with_context(act);
    if (!result->success()) return podman_error(act, *result);
    return std::move(result->out);
}

Status check_word(std::string_view what, const std::string& word) {
    const auto is_fine = [](char c) { return is_letter_or_digit(c) || contains("._-/:@", std::string_view(&c, 1)); };
    if (!word.empty() && is_letter_or_digit(word.front()) && std::all_of(word.begin(), word.end(), is_fine)) return {};
    return Error{ErrorCode::invalid_input,
                 fmt::format("{} is not the name of {}", printable(word.empty() ? "\"\"" : word), what),
                 {}};
}

}  // namespace gup::detail
