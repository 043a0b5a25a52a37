// SPDX-License-Identifier: Apache-2.0
// Facts of a gateway in one file, for somebody who helps from afar. Nothing in it is secret.
#pragma once

#include <string>
#include <vector>

#include "app/config/config.hpp"
#include "util/result.hpp"

namespace gup {

struct SupportRequest {
    fs::path output;                   // the file; empty: gup-support-HOST-TIME.tar.gz in the working folder
    std::vector<std::string> options;  // --config and --root of this call, for the commands whose output is collected
};

struct SupportFile {
    fs::path path;
    std::vector<std::string> names;  // of the files in it
};

// Writes a tar file that only this user may read: the version, status, list and doctor as JSON, the configuration, the end of
// gup.log, the journal of the agent and of the connectors' services, disks, memory, the system, names and owners of files. All of
// it is masked (masker.hpp). A fact that is not available is a line in "missing.txt". Fails with conflict when the file exists,
// with not_found without tar(1), and when it cannot be written.
[[nodiscard]] Result<SupportFile> write_support_file(const Config& config, const SupportRequest& request);

}  // namespace gup
