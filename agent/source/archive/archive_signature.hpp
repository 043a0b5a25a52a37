// SPDX-License-Identifier: Apache-2.0
// The trusted comment of an archive's minisign signature. It binds the archive to its name and to an order, so that a
// server can neither serve another archive of the same key, nor go back to an older one.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/declaration/declared_connector.hpp"
#include "core/freshness.hpp"
#include "util/crypto/minisign.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

// "file:app.zip serial:17 expires:2027-01-31T00:00:00Z". minisign itself writes the timestamp and the file.
struct ArchiveComment {
    std::string file;
    std::optional<std::uint64_t> serial;
    std::optional<std::uint64_t> timestamp;  // seconds since the epoch
    std::optional<std::int64_t> expires;     // the same
};

// The words are separated by tabs, or else by blanks. Unknown ones are ignored. Fails with invalid_input for a number or
// a moment that is none.
[[nodiscard]] Result<ArchiveComment> parse_archive_comment(std::string_view text);

// The place of an archive among those of one key: its serial, or else its timestamp.
struct ArchiveOrder {
    bool is_serial = false;
    std::uint64_t number = 0;
    std::string digest;  // of the signature, which is the same only for the same content

    friend bool operator==(const ArchiveOrder&, const ArchiveOrder&) = default;
};

// The highest of one connector that was accepted, by the id of the key.
using SeenArchives = std::map<std::string, ArchiveOrder>;

struct ArchiveReader {
    std::string name;   // of the archive: the last part of its source's path
    std::string shown;  // its URL, for messages
    SeenArchives seen;
    ReaderClock clock;
};

// Checks that `signature` is for that name, has not expired, and is not older than what was seen. A serial that was seen
// is not for other content. An archive without a serial is refused once there was one. Returns its order. Fails with
// authentication; the hint has the command that signs the archive well.
[[nodiscard]] Result<ArchiveOrder> judge_signature(const TrustedComment& signature, const ArchiveReader& reader);

// "app.zip" of "https://host/path/app%2Ezip?query" or "s3://bucket/path/app.zip".
[[nodiscard]] std::string archive_name(std::string_view url);

// What was accepted of `connector`, from the agent's own folder `state`; nothing if that is empty. Fails with corrupt. A
// worker asks the agent.
[[nodiscard]] Result<SeenArchives> read_seen_archives(const fs::path& state, const std::string& connector);

// Remembers it there, unless a higher one is there already. Atomic and flushed. A worker asks the agent.
[[nodiscard]] Status note_seen_archive(const fs::path& state, const std::string& connector, const std::string& key,
                                       const ArchiveOrder& order);

// The agent's answers to a worker of `connectors`. Fails with permission for another connector, and for a key that is not
// one of the `declared` connector's.
struct SignatureRights {
    fs::path state;
    std::vector<std::string> connectors;
    const std::vector<DeclaredConnector>& declared;
};
[[nodiscard]] Result<nlohmann::json> answer_signature_question(const SignatureRights& rights,
                                                               const nlohmann::json& question);

}  // namespace gup
