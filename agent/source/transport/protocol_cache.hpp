// Which servers speak version 2 of git's protocol, so that the next poll need not ask. Across runs in a small file of
// the agent's own, which is touched as the process's user, whoever the calling thread works for.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup::detail {

// "https://git.example.org:8443" of any remote's URL: what is remembered. Empty for what is no URL.
[[nodiscard]] std::string server_of(const std::string& url);

class ServerMemory {
public:
    // What `file` holds, instead of what was known before; a file that is missing or makes no sense holds nothing.
    void load(const fs::path& file);
    // Replaces `file` if there is news since load().
    [[nodiscard]] Status save(const fs::path& file) const;

    [[nodiscard]] bool speaks_v2(const std::string& server) const;
    // A server that once said no in this process is not believed again: behind one name may be several.
    void note(const std::string& server, bool speaks_v2);

private:
    mutable std::mutex mutex_;
    std::set<std::string> loaded_;
    std::set<std::string> speak_;
    std::set<std::string> refused_;
};

// The process's.
[[nodiscard]] ServerMemory& server_memory();

}  // namespace gup::detail
