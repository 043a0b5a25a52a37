// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "source/remote/ssh_command.hpp"
#include "util/text.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

constexpr std::size_t words_shown = 300;

// The name of the program that a shell command starts with.
std::string program_name(std::string_view command) {
    const auto first = command.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    command.remove_prefix(first);
    command = command.substr(0, command.find_first_of(" \t"));
    const auto slash = command.rfind('/');
    return std::string(slash == std::string_view::npos ? command : command.substr(slash + 1));
}

// Quoted for the remote's shell, like git.
std::string quoted_for_remote(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'' || c == '!') {
            out += "'\\";
            out += c;
            out += '\'';
        } else {
            out += c;
        }
    }
    return out + "'";
}

// The last lines that are not blank, without ssh's own warnings.
std::string essential(std::string_view words) {
    std::string out;
    while (!words.empty()) {
        std::string_view line = take_until(words, '\n');
        while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
        if (line.empty() || line.starts_with("Warning: Permanently added") || line.starts_with("**") ||
            line.starts_with("@@")) {
            continue;
        }
        if (!out.empty()) out += "; ";
        out += line;
    }
    if (out.size() > words_shown) out = "…" + out.substr(out.size() - words_shown);
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return mask_secrets(out);
}

struct Sign {
    std::string_view words;
    ErrorCode code;
    std::string_view hint;
    Cause cause = Cause::none;
};

constexpr std::string_view host_key_hint =
    "add the host's key to the owner's ~/.ssh/known_hosts (ssh-keyscan shows it; compare it with the fingerprint that "
    "the host's operator gives)";
constexpr std::string_view revoked_key_hint = "this host's key is marked as revoked: ask the host's operator";
constexpr std::string_view key_hint = "the remote must accept a key of the connector's owner: see gup-agent deploy-key";
constexpr std::string_view path_hint = "check the path, and that this key may read the repository";

// The first match is used.
constexpr std::array signs{
    Sign{"REVOKED HOST KEY", ErrorCode::authentication, revoked_key_hint, Cause::host_key},
    Sign{"Host key verification failed", ErrorCode::authentication, host_key_hint, Cause::host_key},
    Sign{"Could not resolve hostname", ErrorCode::unreachable, "", Cause::name_lookup},
    Sign{"Connection refused", ErrorCode::unreachable, ""},
    Sign{"timed out", ErrorCode::unreachable, ""},
    Sign{"No route to host", ErrorCode::unreachable, ""},
    Sign{"Network is unreachable", ErrorCode::unreachable, ""},
    Sign{"does not appear to be a git repository", ErrorCode::not_found, path_hint},
    Sign{"Repository not found", ErrorCode::not_found, path_hint},
    Sign{"no such repository", ErrorCode::not_found, path_hint},
    Sign{"could not be found", ErrorCode::not_found, path_hint},
    Sign{"Permission denied", ErrorCode::authentication, key_hint},
    Sign{"Too many authentication failures", ErrorCode::authentication, key_hint},
    Sign{"access denied", ErrorCode::authentication, key_hint},
    Sign{"git-upload-pack: not found", ErrorCode::failed, "git is not installed on the remote"},
    Sign{"command not found", ErrorCode::failed, "check that git is installed on the remote, and ssh here"},
    Sign{"Connection reset", ErrorCode::unreachable, ""},
    Sign{"Connection closed", ErrorCode::unreachable, ""},
    Sign{"closed by remote host", ErrorCode::unreachable, ""},
    Sign{"Broken pipe", ErrorCode::unreachable, ""},
    Sign{"kex_exchange_identification", ErrorCode::unreachable, ""},
    Sign{"not found", ErrorCode::not_found, path_hint},
};

// The text between `before` and the next `after`; empty if they are missing.
std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
    const auto begin = text.find(before);
    if (begin == std::string_view::npos) return {};
    text.remove_prefix(begin + before.size());
    const auto end = text.find_first_of(after);
    return end == std::string_view::npos ? std::string_view{} : text.substr(0, end);
}

// Three parts of OpenSSH's warning: the host's current key, the file with another key of it, and its name there.
Error changed_host_key(std::string_view remote, std::string_view words) {
    const std::string_view type = between(words, "The fingerprint for the ", " ");
    const std::string_view shown = between(words, "SHA256:", ".\r\n");
    const auto offending = words.find("\nOffending ");
    const std::string_view place =
        between(words.substr(offending == std::string_view::npos ? words.size() : offending), " key in ", "\r\n");
    const std::string_view name = between(words, "\nHost key for ", " \r\n");
    const auto colon = place.rfind(':');
    std::string message = fmt::format("{}: its host key has changed", remote);
    if (!shown.empty()) message += fmt::format(": it shows SHA256:{} ({}) now", shown, type);
    if (colon != std::string_view::npos) message += fmt::format(", and {} has another key", place);
    std::string hint =
        "someone may be intercepting the connection: ask the host's operator for its fingerprint; only if it is this "
        "one";
    if (colon != std::string_view::npos && !name.empty()) {
        hint += fmt::format(", ssh-keygen -R '{}' -f {} and then ssh-keyscan into the same file", name,
                            place.substr(0, colon));
    } else {
        hint += ", replace the old key in known_hosts";
    }
    return {ErrorCode::authentication, std::move(message), std::move(hint), Cause::host_key};
}

// The command that shows the key's fingerprint and trusts it.
Error unknown_host_key(std::string_view remote, std::string_view words, const SshIdentity& identity) {
    const std::string_view name = between(words, "host key is known for ", " \r\n");
    std::string message = fmt::format("{}: {}", remote, unknown_host_words);
    if (name.empty() || identity.known_hosts.empty()) {
        return {ErrorCode::authentication, std::move(message), std::string(host_key_hint), Cause::unknown_host_key};
    }
    std::string scan(name);
    if (name.starts_with('[')) {
        const auto close = name.rfind("]:");
        if (close != std::string_view::npos) {
            scan = fmt::format("-p {} {}", name.substr(close + 2), name.substr(1, close - 1));
        }
    }
    return {ErrorCode::authentication, std::move(message),
            fmt::format("ssh-keyscan -t ed25519 {} | tee -a {} | ssh-keygen -lf - trusts it and shows the fingerprint: "
                        "compare it with the fingerprint that the host's operator gives",
                        scan, identity.known_hosts.string()),
            Cause::unknown_host_key};
}

// A file in a value of ssh_config.
std::string ssh_quoted(std::string_view path) {
    std::string out = "\"";
    for (const char c : path) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

// For options whose values may have tokens like %h: escapes them.
std::string without_tokens(std::string_view path) {
    std::string out;
    for (const char c : path) {
        if (c == '%') out += '%';
        out += c;
    }
    return out;
}

void add_identity(std::vector<std::string>& argv, const SshIdentity& identity) {
    argv.insert(argv.end(), {"-o", "StrictHostKeyChecking=yes"});
    if (!identity.known_hosts.empty()) {
        argv.insert(argv.end(), {"-o", fmt::format("GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts "
                                                   "/etc/ssh/ssh_known_hosts2 {}",
                                                   ssh_quoted(identity.known_hosts.native()))});
    }
    if (!identity.key.empty()) {
        argv.insert(argv.end(), {"-o", "IdentityFile=" + ssh_quoted(without_tokens(identity.key.native())), "-o",
                                 "IdentitiesOnly=yes"});
    }
}

}  // namespace

SshProgram choose_ssh(const RemoteConfig& config, std::string (*environment)(const char*)) {
    SshProgram program;
    if (auto command = environment("GIT_SSH_COMMAND"); !command.empty()) {
        program.text = std::move(command);
        program.form = SshProgram::Form::shell_command;
        program.set_by = "$GIT_SSH_COMMAND";
    } else if (auto configured = config.value("core.sshcommand"); !configured.empty()) {
        program.text = std::move(configured);
        program.form = SshProgram::Form::shell_command;
        program.set_by = "core.sshCommand";
    } else if (auto path = environment("GIT_SSH"); !path.empty()) {
        program.text = std::move(path);
        program.set_by = "$GIT_SSH";
    }
    std::string variant = environment("GIT_SSH_VARIANT");
    if (variant.empty()) variant = config.value("ssh.variant");
    if (variant.empty() || variant == "auto") {
        variant = program.form == SshProgram::Form::program
                      ? program_name(program.text.substr(program.text.rfind('/') + 1))
                      : program_name(program.text);
    }
    program.is_openssh = variant == "ssh";
    return program;
}

Result<std::vector<std::string>> ssh_arguments(const std::string& url, const SshProgram& program,
                                               Milliseconds connect_timeout, Protocol protocol,
                                               const SshIdentity& identity) {
    GUP_TRY(const Url parsed, parse_url(url));
    std::string path = parsed.scp_like ? parsed.path : percent_decoded(parsed.path);
    if (path.starts_with("/~")) path.erase(0, 1);
    if (parsed.host.empty() || parsed.host.starts_with('-') || parsed.user.starts_with('-') || path.starts_with('-')) {
        return Error{
            ErrorCode::invalid_input, mask_secrets(url) + ": user, host or path could be taken for an option", {}};
    }
    const auto unsafe = [](const std::string& text) {
        return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
    };
    if (unsafe(parsed.host) || unsafe(parsed.user) || unsafe(path)) {
        return Error{ErrorCode::invalid_input, mask_secrets(url) + ": it has a control character", {}};
    }
    std::vector<std::string> argv;
    if (program.form == SshProgram::Form::shell_command) {
        argv = {"sh", "-c", program.text + " \"$@\"", program.text};
    } else {
        argv = {program.text};
    }
    if (program.is_openssh) {
        const auto seconds = std::max<std::int64_t>(1, (connect_timeout.count() + 999) / 1000);
        argv.insert(argv.end(), {"-o", "BatchMode=yes", "-o", fmt::format("ConnectTimeout={}", seconds)});
        if (protocol == Protocol::v2) argv.insert(argv.end(), {"-o", "SendEnv=GIT_PROTOCOL"});
        if (program.set_by.empty()) add_identity(argv, identity);
    }
    if (parsed.port != 0) argv.insert(argv.end(), {"-p", std::to_string(parsed.port)});
    argv.push_back(parsed.user.empty() ? parsed.host : parsed.user + "@" + parsed.host);
    argv.push_back("git-upload-pack " + quoted_for_remote(path));
    return argv;
}

Error ssh_error(std::string_view remote, std::string_view words, int exit_code, const SshIdentity& identity) {
    const std::string shown = essential(words);
    const auto message = [&](std::string_view text) { return fmt::format("{}: {}", remote, text); };
    if (exit_code == 0 && shown.empty()) {
        return {ErrorCode::unreachable, message("the connection ended too early"), {}};
    }
    // The status of a shell, local or remote.
    if (exit_code == 127) {
        return {ErrorCode::failed, message(shown.empty() ? "no such program" : shown),
                "check the program that core.sshCommand names, and that git is installed on the remote"};
    }
    if (contains_ignoring_case(words, "REMOTE HOST IDENTIFICATION HAS CHANGED")) return changed_host_key(remote, words);
    if (contains_ignoring_case(words, "host key is known for")) return unknown_host_key(remote, words, identity);
    for (const Sign& sign : signs) {
        if (!contains_ignoring_case(words, sign.words)) continue;
        if (sign.hint != key_hint || identity.key.empty()) {
            return {sign.code, message(shown), std::string(sign.hint), sign.cause};
        }
        return {
            sign.code, message(shown),
            fmt::format(
                "the remote does not accept its deploy key: gup-agent deploy-key {} shows the key and where to put it",
                identity.connector)};
    }
    // ssh's own failures are 255; without an explanation it is the connection.
    if (exit_code == 255 || exit_code == 0 || shown.empty()) {
        return {ErrorCode::unreachable, message(shown.empty() ? "the connection was cut" : shown), {}};
    }
    return {ErrorCode::failed, message(shown), {}};
}

}  // namespace gup::detail
