// SPDX-License-Identifier: Apache-2.0
#include "selfupdate/state.hpp"

#include <nlohmann/json.hpp>

#include "util/json.hpp"
#include "util/sys/directory.hpp"

namespace gup {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CachedManifest, reader, etag, modified, sha256, expires, message, hint)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RefusedVersion, version, reason, since)

namespace {

using nlohmann::json;

constexpr int state_schema = 1;
constexpr std::uint64_t longest_state = 1U << 20U;

json trial_json(const AgentTrial& trial) {
    return {{"version", trial.version}, {"expires", trial.expires},    {"file", trial.file.file},
            {"size", trial.file.size},  {"sha256", trial.file.sha256}, {"starts", trial.starts},
            {"proven", trial.proven},   {"installs", trial.installs}};
}

AgentTrial trial_from(const json& object) {
    AgentTrial trial;
    trial.version = object.at("version");
    trial.expires = object.at("expires");
    trial.file = {object.at("file"), object.at("size"), object.at("sha256")};
    trial.starts = object.at("starts");
    trial.proven = object.at("proven");
    trial.installs = object.at("installs");
    return trial;
}

std::string text_of(const SelfUpdateState& state) {
    json document = {{"schema", state_schema},
                     {"highest_serial", state.highest_serial},
                     {"newest_created", state.newest_created},
                     {"refused", state.refused}};
    if (state.settled) document["settled"] = *state.settled;
    if (state.trial) document["trial"] = trial_json(*state.trial);
    return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

SelfUpdateState state_from(const json& document) {
    SelfUpdateState state;
    state.highest_serial = document.at("highest_serial");
    state.newest_created = document.at("newest_created");
    if (document.contains("settled")) state.settled = document["settled"].get<CachedManifest>();
    if (document.contains("trial")) state.trial = trial_from(document["trial"]);
    state.refused = document.at("refused").get<std::vector<RefusedVersion>>();
    return state;
}

}  // namespace

fs::path self_update_file(const fs::path& state) {
    return state / "self-update.json";
}

Result<SelfUpdateState> read_self_update_state(const fs::path& state) {
    const fs::path file = self_update_file(state);
    const auto text = read_file(file, longest_state);
    if (!text.ok()) {
        if (text.error().code == ErrorCode::not_found) return SelfUpdateState{};
        return text.error();
    }
    try {
        const auto document = parse_json(*text, longest_state);
        if (document.ok() && document->value("schema", 0) == state_schema) return state_from(*document);
    } catch (const json::exception&) {
        // said below
    }
    return Error{ErrorCode::corrupt, file.string() + " does not have the content that this agent writes",
                 "remove it; the agent writes it again, and forgets a new agent on trial"};
}

Status write_self_update_state(const fs::path& state, const SelfUpdateState& content) {
    const fs::path file = self_update_file(state);
    const std::string text = text_of(content);
    if (const auto before = read_file(file, longest_state); before.ok() && *before == text) return {};
    GUP_CHECK(make_folders(state, 0755));
    return write_file_atomically(file, text);
}

}  // namespace gup
