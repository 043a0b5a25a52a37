#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "source/git_ssh.hpp"
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

// For the remote's shell, as git quotes.
std::string shell_quoted(std::string_view text) {
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

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

bool contains(std::string_view text, std::string_view part) {
    const auto same = [](char a, char b) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        return lower(a) == lower(b);
    };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

// The last lines that say something, without ssh's own warnings.
std::string essential(std::string_view words) {
    std::string out;
    while (!words.empty()) {
        const auto end = words.find('\n');
        std::string_view line = words.substr(0, end);
        words = end == std::string_view::npos ? std::string_view{} : words.substr(end + 1);
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
};

constexpr std::string_view host_key_hint =
    "add the host's key to the owner's ~/.ssh/known_hosts (ssh-keyscan shows it; compare it with what the host's "
    "operator says)";
constexpr std::string_view changed_key_hint =
    "the host answers with another key than the one in ~/.ssh/known_hosts: find out why before you replace it";
constexpr std::string_view key_hint = "the remote must accept a key of the connector's owner: see gup-agent deploy-key";
constexpr std::string_view path_hint = "is the path right, and may this key read the repository?";

// The first that is found counts.
constexpr std::array signs{
    Sign{"REMOTE HOST IDENTIFICATION HAS CHANGED", ErrorCode::authentication, changed_key_hint},
    Sign{"Host key verification failed", ErrorCode::authentication, host_key_hint},
    Sign{"Could not resolve hostname", ErrorCode::unreachable, ""},
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
    Sign{"command not found", ErrorCode::failed, "is git installed on the remote, and ssh here?"},
    Sign{"Connection reset", ErrorCode::unreachable, ""},
    Sign{"Connection closed", ErrorCode::unreachable, ""},
    Sign{"closed by remote host", ErrorCode::unreachable, ""},
    Sign{"Broken pipe", ErrorCode::unreachable, ""},
    Sign{"kex_exchange_identification", ErrorCode::unreachable, ""},
    Sign{"not found", ErrorCode::not_found, path_hint},
};

}  // namespace

SshProgram choose_ssh(const RemoteConfig& config, std::string (*environment)(const char*)) {
    SshProgram program;
    if (auto command = environment("GIT_SSH_COMMAND"); !command.empty()) {
        program.text = std::move(command);
        program.form = SshProgram::Form::shell_command;
    } else if (auto configured = config.value("core.sshcommand"); !configured.empty()) {
        program.text = std::move(configured);
        program.form = SshProgram::Form::shell_command;
    } else if (auto path = environment("GIT_SSH"); !path.empty()) {
        program.text = std::move(path);
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
                                               Milliseconds connect_timeout, Protocol protocol) {
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
        return Error{ErrorCode::invalid_input, mask_secrets(url) + ": a control character in it", {}};
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
    }
    if (parsed.port != 0) argv.insert(argv.end(), {"-p", std::to_string(parsed.port)});
    argv.push_back(parsed.user.empty() ? parsed.host : parsed.user + "@" + parsed.host);
    argv.push_back("git-upload-pack " + shell_quoted(path));
    return argv;
}

Error ssh_error(std::string_view remote, std::string_view words, int exit_code) {
    const std::string shown = essential(words);
    const auto message = [&](std::string_view text) { return fmt::format("{}: {}", remote, text); };
    if (exit_code == 0 && shown.empty()) {
        return {ErrorCode::unreachable, message("the connection ended too early"), {}};
    }
    // The shell's, here or over there.
    if (exit_code == 127) {
        return {ErrorCode::failed, message(shown.empty() ? "no such program" : shown),
                "is there the program that core.sshCommand names, and git on the remote?"};
    }
    for (const Sign& sign : signs) {
        if (contains(words, sign.words)) return {sign.code, message(shown), std::string(sign.hint)};
    }
    // ssh's own failures are 255; what it has not explained is the connection's.
    if (exit_code == 255 || exit_code == 0 || shown.empty()) {
        return {ErrorCode::unreachable, message(shown.empty() ? "the connection was cut" : shown), {}};
    }
    return {ErrorCode::failed, message(shown), {}};
}

}  // namespace gup::detail
