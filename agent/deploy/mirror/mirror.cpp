#include "deploy/mirror/mirror.hpp"

#include <unistd.h>

#include "deploy/mirror/content.hpp"
#include "util/sys/directory.hpp"

namespace gup {

Result<std::vector<std::string>> stage_mirror(Transaction& transaction, Mirror& local, std::uint64_t reserve) {
    // One of that name is left of a removal that failed, and goes first.
    GUP_CHECK(transaction.log_next(local.next));
    return make_next_content(local, reserve);
}

Status switch_mirror(Transaction& transaction, const Mirror& local) {
    const bool is_first = !is_there(local.path);
    GUP_CHECK(transaction.exchange({local.path, local.next, local.release, local.before}));
    if (is_first) return {};
    for (const std::string& path : local.carried) {
        if (!is_there(local.next / path)) ::unlink((local.path / path).c_str());
    }
    return sync_file_system(local.path);
}

}  // namespace gup
