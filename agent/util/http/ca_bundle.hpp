// A file of CA certificates, checked before any server is asked.
#pragma once

#include "util/clock.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct CaBundle {
    unsigned certificates = 0;  // that could be parsed
    unsigned unreadable = 0;
    unsigned expired = 0;        // at `now`
    unsigned not_yet_valid = 0;  // at `now`
};

// Fails when the file cannot be read. A file without a certificate gives an empty bundle.
[[nodiscard]] Result<CaBundle> read_ca_bundle(const fs::path& file, UnixTime now);

// The file that https remotes are checked against: `configured`, else $SSL_CERT_FILE, else the system's.
[[nodiscard]] fs::path ca_bundle_file(const fs::path& configured);

}  // namespace gup
