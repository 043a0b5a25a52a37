// SPDX-License-Identifier: Apache-2.0
// Taking over what install.py has installed: `<workdir>/<version>`, each with a .venv, and a link to the enabled version.
#pragma once

#include <string>

#include "connector/settings.hpp"
#include "core/report.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct ImportRequest {
    fs::path workdir;  // absolute
    std::string link;  // its name in workdir
    std::string name;  // the connector's; empty: the link's
};

// Makes a release of each version that is none yet. Its folder <root>/.gup/<name>/<version> has links to the entries of the
// version's folder, copies of its gupfile and requirements file, and generation.json. So no file of a version is moved or
// removed, now or when the release is pruned. <root>/<name> leads to the enabled one, and the link in workdir leads to
// <root>/<name>: units and scripts that name it follow the connector from now on. All or nothing, under the journal. The
// report is unchanged when all is taken over already. Fails with invalid_input, not_found or conflict for a wrong
// request. Only under the lock. As the owner of workdir.
[[nodiscard]] Result<RunReport> run_import_install_py(const UpdateSettings& settings, const ImportRequest& request,
                                                      const RunEvents& events);

}  // namespace gup
