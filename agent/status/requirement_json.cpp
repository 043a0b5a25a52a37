// SPDX-License-Identifier: Apache-2.0
#include "status/requirement_json.hpp"

#include <nlohmann/json.hpp>

#include "util/url.hpp"

namespace gup {

using nlohmann::json;

json requirement_json(const Requirement& requirement, HashesIn hashes) {
    json result{
        {"name", requirement.name}, {"version", requirement.version}, {"source", mask_secrets(requirement.source)}};
    if (!requirement.extras.empty()) result["extras"] = requirement.extras;
    if (!requirement.range.empty()) result["range"] = requirement.range;
    if (!requirement.marker.empty()) result["marker"] = requirement.marker;
    if (!requirement.revision.empty()) result["revision"] = requirement.revision;
    if (hashes == HashesIn::written && !requirement.hashes.empty()) result["hashes"] = requirement.hashes;
    return result;
}

Requirement requirement_from_json(const json& source) {
    Requirement requirement{source.value("name", ""), source.value("version", ""), source.value("source", "")};
    requirement.extras = source.value("extras", std::vector<std::string>{});
    requirement.range = source.value("range", "");
    requirement.marker = source.value("marker", "");
    requirement.revision = source.value("revision", "");
    requirement.hashes = source.value("hashes", std::vector<std::string>{});
    return requirement;
}

}  // namespace gup
