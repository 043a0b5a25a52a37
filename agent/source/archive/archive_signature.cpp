// SPDX-License-Identifier: Apache-2.0
#include "source/archive/archive_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "util/clock.hpp"
#include "util/crypto/digest.hpp"
#include "util/json.hpp"
#include "util/sys/directory.hpp"
#include "util/text.hpp"
#include "util/worker/worker.hpp"

namespace gup {
namespace {

using nlohmann::json;

constexpr int seen_schema = 1;

Error wrong_word(std::string_view word, std::string_view wanted) {
    return {ErrorCode::invalid_input, fmt::format("{} in its signature's comment is not {}", word, wanted), {}};
}

Result<std::uint64_t> number_of(std::string_view word, std::string_view value) {
    const auto number = number_in<std::uint64_t>(value);
    return number ? Result<std::uint64_t>(*number) : wrong_word(word, "a number");
}

Result<std::int64_t> moment_of(std::string_view word, std::string_view value) {
    if (const auto seconds = number_in<std::int64_t>(value)) return *seconds;
    const auto moment = parse_utc(std::string(value));
    return moment ? Result<std::int64_t>(*moment) : wrong_word(word, R"(a moment such as "2027-01-31T00:00:00Z")");
}

// A name with blanks continues up to the next word with a colon.
std::vector<std::string> words_of(std::string_view text) {
    const char separator = text.find('\t') == std::string_view::npos ? ' ' : '\t';
    std::vector<std::string> words;
    while (!text.empty()) {
        const std::string_view word = take_until(text, separator);
        const bool continues = separator == ' ' && !words.empty() && words.back().starts_with("file:") &&
                               word.find(':') == std::string_view::npos;
        if (continues) {
            words.back().append(" ").append(word);
        } else {
            words.emplace_back(word);
        }
    }
    return words;
}

// The shell inserts the time.
std::string signing_command(const std::string& name) {
    const bool is_plain = std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-' || c == '+';
    });
    if (is_plain) return fmt::format(R"--(minisign -Sm {0} -t "file:{0} timestamp:$(date +%s)")--", name);
    return fmt::format(R"--(minisign -Sm {} -t {}"$(date +%s)")--", shell_quoted(name),
                       shell_quoted("file:" + name + " timestamp:"));
}

Error refused(const ArchiveReader& reader, const std::string& reason, const std::string& hint = {}) {
    return {ErrorCode::authentication, fmt::format("{} is refused: {}", reader.shown, reason),
            hint.empty() ? "sign it again: " + signing_command(reader.name) : hint};
}

Status check_order(const ArchiveOrder& order, const ArchiveOrder& seen, const ArchiveReader& reader) {
    if (seen.is_serial && !order.is_serial) {
        return refused(reader, fmt::format("its signature has no serial, but serial {} was seen already", seen.number),
                       fmt::format("sign it again with a serial above {}: minisign -Sm {} -t {}", seen.number,
                                   shell_quoted(reader.name),
                                   shell_quoted(fmt::format("file:{} serial:{}", reader.name, seen.number + 1))));
    }
    // Serials are counted anew after timestamps.
    if (order.is_serial && !seen.is_serial) return {};
    const std::string_view what = order.is_serial ? "its signature's serial" : "its signature's timestamp";
    const StalenessVerdict verdict = judge_order_of(what, order.number, seen.number);
    if (verdict.staleness != Staleness::none) {
        return refused(reader, verdict.message,
                       "the server has an old archive: check the server, and every mirror and cache in front of it. To "
                       "go back on purpose, name its sha256 in gup-agent.toml, or sign it again");
    }
    if (order.is_serial && order.number == seen.number && order.digest != seen.digest) {
        return refused(reader,
                       fmt::format("its signature's serial {} was seen already, for other content", order.number),
                       "sign it again with a higher serial");
    }
    return {};
}

fs::path seen_file(const fs::path& state, const std::string& connector) {
    return state / "signatures" / (connector + ".json");
}

bool is_newer(const ArchiveOrder& order, const ArchiveOrder& seen) {
    return order.is_serial == seen.is_serial ? order.number > seen.number : order.is_serial;
}

json seen_json(const SeenArchives& seen) {
    json keys = json::object();
    for (const auto& [id, one] : seen) {
        keys[id] = {{one.is_serial ? "serial" : "timestamp", one.number}, {"digest", one.digest}};
    }
    return {{"keys", std::move(keys)}};
}

std::optional<SeenArchives> seen_from(const json& document) {
    SeenArchives seen;
    const auto keys = document.find("keys");
    if (keys == document.end() || !keys->is_object()) return std::nullopt;
    for (const auto& [key, entry] : keys->items()) {
        if (!entry.is_object()) return std::nullopt;
        const auto serial = entry.find("serial");
        const bool is_serial = serial != entry.end();
        const auto number = is_serial ? serial : entry.find("timestamp");
        if (number == entry.end() || !number->is_number_unsigned()) return std::nullopt;
        seen[key] = {is_serial, number->get<std::uint64_t>(), text_member(entry, "digest")};
    }
    return seen;
}

bool has_key(const DeclaredConnector& declared, const std::string& id) {
    return std::any_of(declared.public_keys.begin(), declared.public_keys.end(), [&](const std::string& text) {
        const auto key = parse_minisign_key(text);
        return key.ok() && display_key_id(key->id) == id;
    });
}

}  // namespace

Result<ArchiveComment> parse_archive_comment(std::string_view text) {
    ArchiveComment comment;
    for (const std::string& word : words_of(text)) {
        std::string_view value = word;
        const std::string_view key = take_until(value, ':');
        if (key == "file") comment.file = value;
        if (key == "serial") {
            GUP_TRY(comment.serial, number_of(word, value));
        }
        if (key == "timestamp") {
            GUP_TRY(comment.timestamp, number_of(word, value));
        }
        if (key == "expires") {
            GUP_TRY(comment.expires, moment_of(word, value));
        }
    }
    return comment;
}

Result<ArchiveOrder> judge_signature(const TrustedComment& signature, const ArchiveReader& reader) {
    const auto comment = parse_archive_comment(signature.text);
    if (!comment.ok()) return refused(reader, comment.error().message);
    if (comment->file.empty()) return refused(reader, "its signature does not name the file");
    if (comment->file != reader.name) {
        return refused(reader, fmt::format("its signature is for {}, not for {}", comment->file, reader.name));
    }
    if (!comment->serial && !comment->timestamp) {
        return refused(reader, "its signature has neither a timestamp nor a serial");
    }
    ArchiveOrder order{comment->serial.has_value(), comment->serial.value_or(comment->timestamp.value_or(0)),
                       sha256_of(signature.signature)};
    if (comment->expires) {
        const StalenessVerdict verdict = judge_expiry_of("its signature", *comment->expires, reader.clock);
        if (verdict.staleness == Staleness::clock_wrong) {
            return refused(reader, verdict.message, "set the clock (is NTP on?)");
        }
        if (verdict.staleness != Staleness::none) return refused(reader, verdict.message);
    }
    const auto seen = reader.seen.find(signature.key);
    if (seen != reader.seen.end()) GUP_CHECK(check_order(order, seen->second, reader));
    return order;
}

std::string archive_name(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    while (url.ends_with('/')) url.remove_suffix(1);
    return percent_decoded(url.substr(url.rfind('/') + 1));
}

Result<SeenArchives> read_seen_archives(const fs::path& state, const std::string& connector) {
    if (state.empty()) return SeenArchives{};
    if (in_worker()) {
        GUP_TRY(const json answer, ask_agent("signatures", {{"act", "read"}, {"connector", connector}}));
        return seen_from(answer).value_or(SeenArchives{});
    }
    const fs::path file = seen_file(state, connector);
    const auto text = read_file(file, longest_json);
    if (!text.ok()) {
        if (text.error().code == ErrorCode::not_found) return SeenArchives{};
        return text.error();
    }
    const auto document = parse_json(*text);
    if (document.ok() && document->is_object() && number_member(*document, "schema") == seen_schema) {
        if (auto seen = seen_from(*document)) return *std::move(seen);
    }
    return Error{ErrorCode::corrupt, file.string() + " does not have the content that this agent writes",
                 "remove it: the agent then accepts the archive that the server has, and writes it again"};
}

Status note_seen_archive(const fs::path& state, const std::string& connector, const std::string& key,
                         const ArchiveOrder& order) {
    if (state.empty()) return {};
    if (in_worker()) {
        return ask_agent_to("signatures",
                            {{"act", "note"}, {"connector", connector}, {"keys", seen_json({{key, order}})["keys"]}});
    }
    GUP_TRY(SeenArchives seen, read_seen_archives(state, connector));
    const auto found = seen.find(key);
    if (found != seen.end() && !is_newer(order, found->second)) return {};
    seen[key] = order;
    json document = seen_json(seen);
    document["schema"] = seen_schema;
    const fs::path file = seen_file(state, connector);
    GUP_CHECK(make_folders(file.parent_path(), 0755));
    return write_file_atomically(file, document.dump(1) + "\n");
}

Result<json> answer_signature_question(const SignatureRights& rights, const json& question) {
    const std::string connector = text_member(question, "connector");
    const auto& known = rights.connectors;
    const bool is_its_own = std::find(known.begin(), known.end(), connector) != known.end();
    const auto declared = std::find_if(rights.declared.begin(), rights.declared.end(),
                                       [&](const DeclaredConnector& one) { return one.name == connector; });
    if (!is_its_own || declared == rights.declared.end()) {
        return Error{ErrorCode::permission, "signatures of " + connector + " are not this worker's", {}};
    }
    if (text_member(question, "act") == "read") {
        GUP_TRY(const SeenArchives seen, read_seen_archives(rights.state, connector));
        return seen_json(seen);
    }
    const auto noted = seen_from(question);
    if (!noted) return Error{ErrorCode::protocol, "the order of an archive cannot be read", {}};
    for (const auto& [key, order] : *noted) {
        if (!has_key(*declared, key)) {
            return Error{ErrorCode::permission, fmt::format("{} is not a key of {}", key, connector), {}};
        }
        GUP_CHECK(note_seen_archive(rights.state, connector, key, order));
    }
    return json();
}

}  // namespace gup
