#include "source/transport/protocol_cache.hpp"

#include <fmt/format.h>

#include <sstream>

#include "util/sys/effective_user.hpp"
#include "util/url.hpp"

namespace gup::detail {
namespace {

// Far more servers than a gateway has remotes.
constexpr std::size_t servers_at_most = 256;
constexpr std::uint64_t file_limit = 65536;
constexpr std::string_view first_line = "# Servers that speak version 2 of git's protocol. May be deleted.";

int usual_port(std::string_view scheme) {
    if (scheme == "https") return 443;
    return scheme == "http" ? 80 : 22;
}

}  // namespace

std::string server_of(const std::string& url) {
    const auto parsed = parse_url(url);
    if (!parsed.ok() || parsed->host.empty()) return {};
    const std::string_view scheme = parsed->scheme.starts_with("http") ? std::string_view(parsed->scheme) : "ssh";
    const bool brackets = parsed->host.find(':') != std::string::npos;
    const std::string host = brackets ? fmt::format("[{}]", parsed->host) : parsed->host;
    const bool usual = parsed->port == 0 || parsed->port == usual_port(scheme);
    return usual ? fmt::format("{}://{}", scheme, host) : fmt::format("{}://{}:{}", scheme, host, parsed->port);
}

void ServerMemory::load(const fs::path& file) {
    const std::scoped_lock lock(mutex_);
    loaded_.clear();
    refused_.clear();
    if (!file.empty()) {
        const AsAgent as_process;
        std::istringstream lines(read_file(file, file_limit).value_or(""));
        for (std::string line; loaded_.size() < servers_at_most && std::getline(lines, line);) {
            if (!line.starts_with('#') && server_of(line) == line) loaded_.insert(line);
        }
        loaded_.erase("");
    }
    speak_ = loaded_;
}

Status ServerMemory::save(const fs::path& file) const {
    std::string text = std::string(first_line) + "\n";
    {
        const std::scoped_lock lock(mutex_);
        if (speak_ == loaded_) return {};
        for (const std::string& server : speak_) text += server + "\n";
    }
    const AsAgent as_process;
    return write_file_atomically(file, text);
}

bool ServerMemory::speaks_v2(const std::string& server) const {
    const std::scoped_lock lock(mutex_);
    return speak_.contains(server);
}

void ServerMemory::note(const std::string& server, bool speaks_v2) {
    const std::scoped_lock lock(mutex_);
    if (!speaks_v2) {
        speak_.erase(server);
        refused_.insert(server);
    } else if (!server.empty() && !refused_.contains(server) && speak_.size() < servers_at_most) {
        speak_.insert(server);
    }
}

ServerMemory& server_memory() {
    static ServerMemory memory;
    return memory;
}

}  // namespace gup::detail
