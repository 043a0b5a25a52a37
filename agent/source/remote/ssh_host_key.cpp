// SPDX-License-Identifier: Apache-2.0
#include "source/remote/ssh_host_key.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include "source/libgit2/handles.hpp"
#include "source/remote/context.hpp"
#include "source/remote/ssh_command.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/url.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

// The preferred one first.
constexpr std::array<std::string_view, 5> known_types{"ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                                                      "ecdsa-sha2-nistp521", "ssh-rsa"};

std::string_view take_line(std::string_view& text) {
    std::string_view line = take_until(text, '\n');
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
}

std::string_view take_word(std::string_view& line) {
    const auto begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return line = {};
    line.remove_prefix(begin);
    const auto end = line.find_first_of(" \t");
    const std::string_view word = line.substr(0, end);
    line = end == std::string_view::npos ? std::string_view{} : line.substr(end + 1);
    return word;
}

bool is_base64(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) || c == '+' || c == '/' || c == '=';
    });
}

Result<ProcessResult> run_ssh_tool(std::vector<std::string> argv, const GitUser& user, std::string input = {}) {
    ProcessRequest request;
    request.argv = std::move(argv);
    request.set_env = {{"LC_ALL", "C"}};
    if (!user.home.empty()) request.set_env.emplace_back("HOME", user.home.string());
    request.folder = "/";
    request.input = std::move(input);
    request.timeout = detail::transport_settings().connect_timeout * 4;
    auto ended = run_process(request);
    if (!ended.ok()) return ended.error().with_hint("apt install openssh-client");
    return ended;
}

Result<detail::SshDestination> destination_of(const std::string& url, const GitUser& user) {
    GUP_TRY(const Url parsed, parse_url(url));
    // The arguments of the real call, so that the same parts of ssh's configuration apply. Also refuses texts that look
    // like options.
    GUP_CHECK(detail::ssh_arguments(url, {}, detail::transport_settings().connect_timeout));
    std::vector<std::string> argv{"ssh", "-G"};
    if (parsed.port != 0) argv.insert(argv.end(), {"-p", std::to_string(parsed.port)});
    argv.push_back(parsed.user.empty() ? parsed.host : parsed.user + "@" + parsed.host);
    GUP_TRY(const ProcessResult ended, run_ssh_tool(std::move(argv), user));
    if (!ended.success()) {
        return Error{ErrorCode::failed, fmt::format("ssh -G {}: {}", parsed.host, ended.err), {}};
    }
    auto destination = detail::parse_ssh_settings(ended.out);
    if (destination.host.empty()) destination.host = parsed.host;
    return destination;
}

Result<std::string> fingerprint_of(const HostKey& key, const GitUser& user) {
    GUP_TRY(const ProcessResult ended,
            run_ssh_tool({"ssh-keygen", "-l", "-E", "sha256", "-f", "-"}, user, key.line() + "\n"));
    std::string_view said = ended.out;
    (void)take_word(said);  // bits
    const std::string_view fingerprint = take_word(said);
    if (ended.success() && fingerprint.starts_with("SHA256:")) return std::string(fingerprint);
    return Error{ErrorCode::protocol, fmt::format("{} shows a host key that ssh-keygen cannot read", key.host), {}};
}

// Its lines, without those that are `line`.
std::vector<std::string> other_lines(std::string_view text, std::string_view line) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::string_view one = take_line(text);
        if (one != line) lines.emplace_back(one);
    }
    return lines;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

// Empty if it does not exist.
Result<std::string> content_of(const fs::path& file) {
    constexpr std::uint64_t longest = 4U << 20U;
    auto text = read_file(file, longest);
    if (!text.ok() && text.error().code == ErrorCode::not_found) return std::string{};
    return text;
}

// True for a connector's owner in an agent of root, whose list of host keys is for all owners.
bool acts_for_another() {
    return ::getuid() != ::geteuid();
}

// Pins one name and nothing else: a pattern, a list or a marker (@cert-authority) would be trusted for more hosts. An
// alias comes from the owner's ssh configuration: with it the owner could give a second key to a host of other owners.
Status check_pinnable(const detail::SshDestination& destination, const std::string& act) {
    if (!destination.alias.empty() && acts_for_another()) {
        return Error{
            ErrorCode::unsupported,
            fmt::format("{}: its owner's ssh configuration gives it another name (HostKeyAlias)", act),
            "connect once with ssh as the connector's owner and compare the fingerprint: ssh " + destination.host};
    }
    if (detail::is_pinnable_name(destination.known_as())) return {};
    return Error{ErrorCode::invalid_input, act + ": that is not the name of one host",
                 "check Hostname and HostKeyAlias in ssh's configuration"};
}

}  // namespace

std::string HostKey::line() const {
    return fmt::format("{} {} {}", host, type, key);
}

std::string HostKey::display() const {
    return fmt::format("{}: {} ({})", host, fingerprint, type);
}

Result<std::vector<HostKey>> scan_host_keys(const std::string& url, const GitUser& user) {
    GUP_TRY(const auto destination, destination_of(url, user));
    const std::string known_as = destination.known_as();
    const std::string act = fmt::format("cannot ask {} for its host key", known_as);
    if (destination.through_another) {
        return Error{ErrorCode::unsupported, act + ": it is reached through another host (ProxyJump or ProxyCommand)",
                     fmt::format("connect once with ssh as the connector's owner and compare the fingerprint: ssh {}",
                                 destination.host)};
    }
    GUP_CHECK(check_pinnable(destination, act));
    const auto seconds = std::max<std::int64_t>(1, (detail::transport_settings().connect_timeout.count() + 999) / 1000);
    GUP_TRY(const ProcessResult ended,
            run_ssh_tool({"ssh-keyscan", "-T", std::to_string(seconds), "-p", std::to_string(destination.port), "-t",
                          "ed25519,ecdsa,rsa", destination.host},
                         user));
    auto keys = detail::parse_key_scan(ended.out, known_as);
    if (keys.empty()) {
        std::string_view said = ended.err;
        std::string_view reason;
        while (!said.empty()) {
            const std::string_view line = take_line(said);
            if (!line.empty() && !line.starts_with('#')) reason = line;
        }
        return Error{ErrorCode::unreachable, fmt::format("{}: {}", act, reason.empty() ? "it has none" : reason), {}};
    }
    for (HostKey& key : keys) {
        GUP_TRY(key.fingerprint, fingerprint_of(key, user));
    }
    return keys;
}

Result<bool> is_pinned(const fs::path& file, const std::string& line) {
    GUP_TRY(std::string text, content_of(file));
    if (!text.ends_with('\n')) text += '\n';
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

Status pin_host_key(const fs::path& file, const std::string& line) {
    if (in_worker()) return ask_agent_to("pin_host_key", {{"file", file.string()}, {"line", line}});
    GUP_TRY(const std::string before, content_of(file));
    auto lines = other_lines(before, line);
    lines.push_back(line);
    const std::string after = joined(lines);
    return after == before ? Status{} : write_file_atomically(file, after, 0644);
}

Status unpin_host_key(const fs::path& file, const std::string& line) {
    if (in_worker()) return ask_agent_to("unpin_host_key", {{"file", file.string()}, {"line", line}});
    GUP_TRY(const std::string before, content_of(file));
    const std::string after = joined(other_lines(before, line));
    if (after == before) return {};
    if (!after.empty()) return write_file_atomically(file, after, 0644);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return errno_error(errno, "cannot remove " + file.string());
    return sync_folder(file.parent_path());
}

bool is_unknown_host_key(const Error& error) {
    return error.cause == Cause::unknown_host_key;
}

namespace detail {

std::string SshDestination::known_as() const {
    if (!alias.empty()) return alias;
    return port == 22 ? host : fmt::format("[{}]:{}", host, port);
}

bool is_pinnable_name(std::string_view name) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:[]%";
    return !name.empty() && name.front() != '-' && name.find_first_not_of(allowed) == std::string_view::npos;
}

SshDestination parse_ssh_settings(std::string_view text) {
    SshDestination destination;
    while (!text.empty()) {
        std::string_view rest = take_line(text);
        const std::string_view key = take_word(rest);
        const std::string_view value = rest;
        if (key == "hostname") destination.host = value;
        if (key == "hostkeyalias" && value != "none") destination.alias = value;
        if (key == "port") std::from_chars(value.data(), value.data() + value.size(), destination.port);
        if ((key == "proxyjump" || key == "proxycommand") && value != "none") destination.through_another = true;
    }
    return destination;
}

std::vector<HostKey> parse_key_scan(std::string_view text, const std::string& known_as) {
    std::vector<HostKey> keys;
    while (!text.empty()) {
        std::string_view rest = take_line(text);
        if (rest.starts_with('#')) continue;
        (void)take_word(rest);  // the host argument of ssh-keyscan
        const std::string type(take_word(rest));
        const std::string_view key = take_word(rest);
        const bool known = std::find(known_types.begin(), known_types.end(), type) != known_types.end();
        if (known && is_base64(key)) keys.push_back({known_as, type, std::string(key), {}});
    }
    const auto rank = [](const HostKey& key) {
        return std::find(known_types.begin(), known_types.end(), key.type) - known_types.begin();
    };
    std::stable_sort(keys.begin(), keys.end(), [&](const HostKey& a, const HostKey& b) { return rank(a) < rank(b); });
    return keys;
}

}  // namespace detail
}  // namespace gup
