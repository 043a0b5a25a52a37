// SPDX-License-Identifier: Apache-2.0
#include "deploy/shared_paths.hpp"

#include <fmt/format.h>

#include "core/release.hpp"
#include "util/log/log.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

fs::path shared_place(const ConnectorLayout& site, const std::string& path) {
    return site.folder / shared_name / path;
}

fs::path free_name_beside(const fs::path& path) {
    for (int number = 1;; ++number) {
        fs::path name = fmt::format("{}.replaced-{}", path.string(), number);
        if (!is_there(name)) return name;
    }
}

Status put_aside(Transaction& transaction, const fs::path& shared) {
    const fs::path aside = free_name_beside(shared);
    log::warning({}, fmt::format("{} already existed: moved to {}", shared.string(), aside.string()));
    return transaction.rename(shared, aside);
}

Status link_one(Transaction& transaction, const ConnectorLayout& site, const fs::path& release, const std::string& path,
                OwnFiles own) {
    const fs::path here = release / path;
    const fs::path shared = shared_place(site, path);
    GUP_CHECK(transaction.create_parents(shared.parent_path(), site.folder));
    if (is_there(here) && is_there(shared)) {
        GUP_CHECK(own == OwnFiles::are_defaults ? remove_tree(here) : put_aside(transaction, shared));
    }
    if (is_there(here)) return transaction.replace_by_link(here, shared, shared_link_text(path));
    if (!is_there(shared) && is_persisted_folder(path)) {
        GUP_CHECK(transaction.create_parents(shared, site.folder));
    }
    GUP_CHECK(transaction.create_parents(here.parent_path(), release));
    return transaction.link(here, shared_link_text(path));
}

}  // namespace

Status link_persisted(Transaction& transaction, const ConnectorLayout& site, const fs::path& release,
                      const std::vector<std::string>& paths, OwnFiles own) {
    for (const std::string& path : paths) GUP_CHECK(link_one(transaction, site, release, path, own));
    return {};
}

Status unlink_persisted(Transaction& transaction, const ConnectorLayout& site, const fs::path& release,
                        const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        if (link_text(release / path) != shared_link_text(path)) continue;
        const fs::path shared = shared_place(site, path);
        GUP_CHECK(is_there(shared) ? transaction.replace_link(release / path, shared)
                                   : transaction.link(release / path, {}));
    }
    return {};
}

}  // namespace gup
