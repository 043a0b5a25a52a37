#include "python/installer/installer_symptoms.hpp"

#include <algorithm>
#include <array>

#include "util/text.hpp"

namespace gup {
namespace {

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

}  // namespace

std::optional<Hopeless> read_hopeless(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (contains(text, "No space left on device") || contains(text, "Disk quota exceeded")) {
        return Hopeless{PinFailureKind::machine, "no space left on the disk"};
    }
    if (contains(text, "Input/output error"))
        return Hopeless{PinFailureKind::machine, std::string(text.substr(0, 200))};
    if (contains(text, "Read-only file system"))
        return Hopeless{PinFailureKind::machine, "the file system is read-only"};
    if (line.starts_with("ERROR: ") && contains(text, "[Errno 13] Permission denied: ")) {
        return Hopeless{PinFailureKind::unknown, std::string(text.substr(text.find("Permission denied")))};
    }
    // git's messages are about one repository, not about the index.
    if (text.starts_with("fatal: ") || text.starts_with("ssh: ")) return std::nullopt;
    // Only the last of pip's retries means that the index is not available.
    if (contains(text, "Retrying (Retry(total=")) {
        if (!contains(text, "Retry(total=0,")) return std::nullopt;
        return Hopeless{PinFailureKind::network, "the package index cannot be reached"};
    }
    if (contains_any(text, network_symptoms) || is_server_error(text)) {
        return Hopeless{PinFailureKind::network,
                        "the package index cannot be reached: " + std::string(text.substr(0, 200))};
    }
    return std::nullopt;
}

std::optional<GitFailure> read_git_failure(std::string_view line) {
    const std::string_view text = trimmed(line);
    if (!is_git_line(text)) return std::nullopt;
    if (text.starts_with("error: pathspec '") || contains(text, "did not match any file(s) known to git")) {
        return GitFailure{PinFailureKind::not_available,
                          "its repository has no tag or commit " + quoted_part(text, '\'')};
    }
    if (contains(text, "couldn't find remote ref") || contains(text, "Remote branch ") ||
        contains(text, "not our ref")) {
        return GitFailure{PinFailureKind::not_available, "its repository has no such revision: " + std::string(text)};
    }
    if (contains_any(text, git_network)) {
        return GitFailure{PinFailureKind::network, "its repository cannot be reached: " + std::string(text)};
    }
    if (contains_any(text, git_authentication)) {
        return GitFailure{PinFailureKind::unknown, "its repository refused the credentials: " + std::string(text)};
    }
    if (contains_any(text, git_no_repository) || text.starts_with("fatal: repository '")) {
        return GitFailure{PinFailureKind::not_available, "its repository is not there: " + std::string(text)};
    }
    return std::nullopt;
}

}  // namespace gup
