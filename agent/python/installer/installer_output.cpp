// SPDX-License-Identifier: Apache-2.0
#include "python/installer/installer_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "util/text.hpp"

namespace gup {
namespace {

constexpr std::size_t reason_shown = 300;
constexpr std::string_view excludes_another = "its dependencies conflict with those of another pin: ";

std::string_view after(std::string_view text, std::string_view mark) {
    const auto at = text.find(mark);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size());
}

std::string_view leading_word(std::string_view text) {
    return text.substr(0, text.find(' '));
}

template <std::size_t Size>
bool contains_any(std::string_view line, const std::array<std::string_view, Size>& parts) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return contains(line, part); });
}

// pip (requests, urllib3) and uv (reqwest) when the index or a file on it is not available.
constexpr std::array<std::string_view, 24> network_symptoms{
    "Max retries exceeded",
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ConnectionError",
    "ConnectionResetError",
    "ProtocolError",
    "IncompleteRead",
    "SSLError",
    "SSLCertVerificationError",
    "CERTIFICATE_VERIFY_FAILED",
    "Temporary failure in name resolution",
    "Name or service not known",
    "Network is unreachable",
    "Could not fetch URL",
    "DO NOT MATCH THE HASHES",
    "429 Client Error",
    "429 Too Many Requests",
    "HTTP status server error",
    "Request failed after",
    "error sending request for url",
    "client error (Connect)",
    "dns error",
    "operation timed out",
};

bool is_server_error(std::string_view line) {
    for (const std::string_view code : {"500", "502", "503", "504"}) {
        if (contains(line, std::string(code) + " Server Error") || contains(line, "HTTP error " + std::string(code))) {
            return true;
        }
    }
    return false;
}

// git's network errors, in the words of libcurl and ssh.
constexpr std::array<std::string_view, 17> git_network{
    "Could not resolve host",
    "Failed to connect to",
    "Couldn't connect to server",
    "Connection refused",
    "Connection timed out",
    "Operation timed out",
    "Operation too slow",
    "Connection reset",
    "Connection closed by",
    "No route to host",
    "Network is unreachable",
    "RPC failed",
    "early EOF",
    "unexpected disconnect",
    "SSL certificate problem",
    "server certificate verification failed",
    "The requested URL returned error: 5",
};

constexpr std::array<std::string_view, 5> git_authentication{
    "could not read Username", "could not read Password",      "Authentication failed",
    "Permission denied (",     "Host key verification failed",
};

constexpr std::array<std::string_view, 3> git_no_repository{
    "does not appear to be a git repository",
    "Repository not found",
    "returned error: 404",
};

std::string quoted_part(std::string_view line, char quote) {
    const auto begin = line.find(quote);
    if (begin == std::string_view::npos) return {};
    const auto end = line.find(quote, begin + 1);
    return end == std::string_view::npos ? "" : std::string(line.substr(begin + 1, end - begin - 1));
}

// Messages of git and of ssh; other lines come from other programs.
bool is_git_line(std::string_view line) {
    return line.starts_with("fatal: ") || line.starts_with("error: ") || line.starts_with("remote: ") ||
           line.starts_with("ssh: ") || line.starts_with("ERROR: Repository") ||
           contains(line, ": Permission denied (") || line.starts_with("Host key verification") ||
           line.starts_with("kex_exchange") || line.starts_with("Connection closed by");
}

// Of pip and its children, when a build does not work.
constexpr std::array<std::string_view, 4> build_symptoms{
    "ERROR: Failed building wheel for ",
    "ERROR: Could not build wheels for ",
    "ERROR: Failed to build installable wheels for ",
    "× Encountered error while ",
};

// "alpha==3.0 (from versions: 1.0, 2.0)", "nosuchdep>=3 (from gamma) (from versions: none)".
std::string missing_reason(std::string_view rest) {
    constexpr std::size_t versions_shown = 60;
    std::string_view versions = after(rest, "(from versions: ");
    versions = versions.substr(0, versions.find(')'));
    std::string reason = fmt::format("the index has no distribution of {}", leading_word(rest));
    if (versions == "none") return reason + " for this machine and Python";
    if (versions.size() > versions_shown) {
        const auto comma = versions.find(", ", versions.size() - versions_shown);
        return reason + fmt::format(" (available: …{})", versions.substr(std::min(comma, versions.size())));
    }
    return versions.empty() ? reason : reason + fmt::format(" (available: {})", versions);
}

class OutputReader {
public:
    OutputReader(const std::vector<std::string>& lines, const std::vector<Requirement>& pins)
        : lines_(lines), pins_(pins) {}

    Verdict read() {
        for (const std::string& line : lines_) {
            if (auto hopeless = read_hopeless(line)) return {std::move(hopeless), {}};
        }
        Verdict verdict;
        if (pins_.size() == 1) {
            if (auto cause = find_cause()) verdict.blames.push_back({*std::move(cause), 0});
            return verdict;
        }
        const auto conflict = find_conflict();
        for (std::size_t pin = 0; conflict && pin < pins_.size(); ++pin) {
            if (is_named(pin, conflict->names))
                verdict.blames.push_back({{PinFailureKind::conflict, conflict->reason}, pin});
        }
        return verdict;
    }

private:
    struct Conflict {
        std::string names;  // the part of the output that names the pins
        std::string reason;
    };

    [[nodiscard]] std::optional<Conflict> find_conflict() const {
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            if (lines_[at].starts_with("ERROR: Cannot install ")) {
                return Conflict{lines_[at], std::string(excludes_another) + conflict_detail(at)};
            }
        }
        const std::string prose = no_solution();
        if (prose.empty() || !absent_in(prose).empty()) return std::nullopt;
        return Conflict{prose, std::string(excludes_another) + prose};
    }

    // By its line in the requirement file, or as "alpha==2.0".
    [[nodiscard]] bool is_named(std::size_t pin, std::string_view text) const {
        return contains(text, fmt::format("(line {})", pin + 1)) ||
               contains(normalized_name(text), fmt::format(" {}==", normalized_name(pins_[pin].name)));
    }

    // The first line that says something is the cause, the rest follows from it.
    [[nodiscard]] std::optional<InstallerCause> find_cause() const {
        for (std::size_t at = 0; at < lines_.size(); ++at) {
            if (auto cause = read_git_failure(lines_[at])) return cause;
            if (auto cause = build_cause(at)) return cause;
            if (auto cause = missing_cause(lines_[at])) return cause;
            if (lines_[at].starts_with("ERROR: Cannot uninstall ")) {
                return InstallerCause{PinFailureKind::unknown, lines_[at].substr(7)};
            }
        }
        if (auto conflict = find_conflict())
            return InstallerCause{PinFailureKind::conflict, std::move(conflict->reason)};
        const std::string prose = no_solution();
        if (prose.empty()) return std::nullopt;
        return InstallerCause{PinFailureKind::not_available,
                              fmt::format("the index has no matching {}", absent_in(prose))};
    }

    [[nodiscard]] std::optional<InstallerCause> build_cause(std::size_t at) const {
        const std::string_view text = trimmed(lines_[at]);
        if (text.starts_with("× git ")) return InstallerCause{PinFailureKind::unknown, std::string(text)};
        if (text.starts_with("error: Failed to build `") || text.starts_with("× Failed to build `")) {
            return InstallerCause{PinFailureKind::build, "its build failed: " + uv_build_detail(at)};
        }
        const bool is_step = (text.starts_with("× ") && contains(text, "did not run successfully")) ||
                             (contains(text, "Command errored out with exit status") && contains(text, "setup.py"));
        const auto begins = [&](std::string_view symptom) { return text.starts_with(symptom); };
        if (!is_step && std::none_of(build_symptoms.begin(), build_symptoms.end(), begins)) return std::nullopt;
        return InstallerCause{PinFailureKind::build, build_reason(at)};
    }

    [[nodiscard]] std::optional<InstallerCause> missing_cause(std::string_view line) const {
        const auto missing = [](std::string reason) {
            return InstallerCause{PinFailureKind::not_available, std::move(reason)};
        };
        if (const auto rest = after(line, "satisfies the requirement "); !rest.empty())
            return missing(missing_reason(rest));
        for (const std::string_view mark : {"has inconsistent ", "has different "}) {
            if (contains(line, mark)) {
                return missing(
                    fmt::format("its source contains another package: {}", line.substr(line.find(mark) + 4)));
            }
        }
        for (const std::string_view mark : {"ERROR: No matching distribution found for ", "ERROR: Package '"}) {
            if (line.starts_with(mark)) return missing(std::string(line.substr(7)));
        }
        if (contains(line, "InvalidVersion: Invalid version: '" + pins_.front().version + "'")) {
            return missing("pip does not understand the version");
        }
        if (contains(line, "(from line ")) return missing("pip does not understand the requirement");
        if (contains(line, "error: Couldn't parse requirement"))
            return missing("uv does not understand the requirement");
        return std::nullopt;
    }

    // The indented lines under "The conflict is caused by:".
    [[nodiscard]] std::string conflict_detail(std::size_t at) const {
        std::string detail;
        while (at < lines_.size() && !lines_[at].starts_with("The conflict is caused by:")) ++at;
        for (++at; at < lines_.size() && lines_[at].starts_with("    "); ++at) {
            detail += fmt::format("{}{}", detail.empty() ? "" : ", ", trimmed(lines_[at]));
        }
        return detail.empty() ? "pip names no cause" : detail;
    }

    // The last output of a build, around this line.
    [[nodiscard]] std::string build_reason(std::size_t at) const {
        const auto is_end = [](const std::string& line) {
            return contains(line, "[end of output]") || contains(line, "    -------------");
        };
        auto end = std::find_if(lines_.begin() + static_cast<std::ptrdiff_t>(at), lines_.end(), is_end);
        if (end == lines_.end()) {
            const auto before = std::find_if(lines_.rbegin(), lines_.rend(), is_end);
            if (before == lines_.rend()) return "its build failed";
            end = before.base() - 1;
        }
        while (end != lines_.begin()) {
            const std::string_view said = trimmed(*--end);
            if (!said.empty()) return fmt::format("its build failed: {}", said.substr(0, reason_shown));
        }
        return "its build failed";
    }

    // The last line of the build's stderr, before uv's own hint.
    [[nodiscard]] std::string uv_build_detail(std::size_t at) const {
        std::string_view last;
        for (++at; at < lines_.size() && !trimmed(lines_[at]).starts_with("hint:"); ++at) {
            if (!trimmed(lines_[at]).empty()) last = trimmed(lines_[at]);
        }
        return std::string(last.substr(0, reason_shown));
    }

    // uv's explanation in prose, on one line: something is not there, or else pins exclude each other.
    [[nodiscard]] std::string no_solution() const {
        std::string prose;
        for (const std::string& line : lines_) {
            const std::string_view text = trimmed(line);
            const bool begins = contains(text, "No solution found when resolving dependencies");
            if (prose.empty() ? begins : !text.starts_with("hint:")) prose += fmt::format("{} ", text);
        }
        const auto cause = prose.find("cause: ");
        return prose.substr(cause == std::string::npos ? 0 : cause + 7);
    }

    // The distribution that the index does not have.
    [[nodiscard]] static std::string_view absent_in(std::string_view prose) {
        for (const std::string_view mark : {"there is no version of ", "there are no versions of "}) {
            if (const auto rest = after(prose, mark); !rest.empty()) return leading_word(rest);
        }
        const auto end = prose.find(" was not found in the ");
        if (end == std::string_view::npos) return {};
        const auto space = prose.rfind(' ', end - 1);
        return prose.substr(space + 1, end - space - 1);
    }

    const std::vector<std::string>& lines_;
    const std::vector<Requirement>& pins_;
};

}  // namespace

std::optional<InstallerCause> read_hopeless(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (contains(text, "No space left on device") || contains(text, "Disk quota exceeded")) {
        return InstallerCause{PinFailureKind::machine, "no space left on the disk"};
    }
    if (contains(text, "Input/output error"))
        return InstallerCause{PinFailureKind::machine, std::string(text.substr(0, 200))};
    if (contains(text, "Read-only file system"))
        return InstallerCause{PinFailureKind::machine, "the file system is read-only"};
    if (line.starts_with("ERROR: ") && contains(text, "[Errno 13] Permission denied: ")) {
        return InstallerCause{PinFailureKind::unknown, std::string(text.substr(text.find("Permission denied")))};
    }
    for (const std::string_view mark :
         {"--require-hashes mode", "--require-hashes` mode", "way to hash version control repositories"}) {
        if (!contains(text, mark)) continue;
        return InstallerCause{PinFailureKind::unknown,
                              "the installer wants a hash for each package, and these pins have none"};
    }
    // git's messages are about one repository, not about the index.
    if (text.starts_with("fatal: ") || text.starts_with("ssh: ")) return std::nullopt;
    // Only the last of pip's retries means that the index is not available.
    if (contains(text, "Retrying (Retry(total=")) {
        if (!contains(text, "Retry(total=0,")) return std::nullopt;
        return InstallerCause{PinFailureKind::network, "the package index cannot be reached"};
    }
    if (contains_any(text, network_symptoms) || is_server_error(text)) {
        return InstallerCause{PinFailureKind::network,
                              "the package index cannot be reached: " + std::string(text.substr(0, 200))};
    }
    return std::nullopt;
}

std::optional<InstallerCause> read_git_failure(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (!is_git_line(text)) return std::nullopt;
    if (text.starts_with("error: pathspec '") || contains(text, "did not match any file(s) known to git")) {
        return InstallerCause{PinFailureKind::not_available,
                              "its repository has no tag or commit " + quoted_part(text, '\'')};
    }
    if (contains(text, "couldn't find remote ref") || contains(text, "Remote branch ") ||
        contains(text, "not our ref")) {
        return InstallerCause{PinFailureKind::not_available,
                              "its repository has no such revision: " + std::string(text)};
    }
    if (contains_any(text, git_network)) {
        return InstallerCause{PinFailureKind::network, "its repository cannot be reached: " + std::string(text)};
    }
    if (contains_any(text, git_authentication)) {
        return InstallerCause{PinFailureKind::unknown, "its repository refused the credentials: " + std::string(text)};
    }
    if (contains_any(text, git_no_repository) || text.starts_with("fatal: repository '")) {
        return InstallerCause{PinFailureKind::not_available, "its repository is not there: " + std::string(text)};
    }
    return std::nullopt;
}

bool is_told_warning(std::string_view line) {
    constexpr std::array<std::string_view, 4> symptoms{
        " is a yanked version", " is yanked (reason: ", " which is incompatible.", ", which is not installed."};
    return contains_any(line, symptoms);
}

bool is_reason_of_yanking(std::string_view line) {
    return trimmed(line).starts_with("Reason for being yanked: ");
}

Verdict read_verdict(const std::vector<std::string>& lines, const std::vector<Requirement>& pins) {
    return OutputReader(lines, pins).read();
}

std::vector<Blame> read_named_missing(const std::vector<std::string>& lines, const std::vector<Requirement>& pins) {
    for (const std::string& line : lines) {
        const std::string_view of_pip = after(line, "ERROR: No matching distribution found for ");
        const std::string_view of_uv = contains(line, "you require") ? after(line, "there is no version of ") : "";
        const std::string_view missing = of_pip.empty() ? of_uv : of_pip;
        if (missing.empty() || (contains(missing, " (from ") && !contains(missing, " (from -r "))) continue;
        const std::string_view name = missing.substr(0, missing.find_first_of("[=<>!~ ;@"));
        for (std::size_t pin = 0; pin < pins.size(); ++pin) {
            if (!is_same_name(pins[pin].name, name)) continue;
            const Verdict alone = read_verdict(lines, {pins[pin]});
            if (!alone.blames.empty()) return {Blame{alone.blames.front(), pin}};
        }
    }
    return {};
}

}  // namespace gup
