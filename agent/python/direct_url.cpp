#include "python/direct_url.hpp"

#include <nlohmann/json.hpp>

namespace gup {
namespace {

using Json = nlohmann::json;

const Json* member(const Json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
}

std::string text_of(const Json* value) {
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

}  // namespace

std::optional<DirectUrl> parse_direct_url(std::string_view text) {
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object()) return std::nullopt;
    DirectUrl direct;
    direct.url = text_of(member(document, "url"));
    if (direct.url.empty()) return std::nullopt;
    if (const Json* vcs = member(document, "vcs_info"); vcs != nullptr) {
        direct.commit_id = text_of(member(*vcs, "commit_id"));
        direct.requested_revision = text_of(member(*vcs, "requested_revision"));
    }
    if (const Json* folder = member(document, "dir_info"); folder != nullptr) {
        const Json* editable = member(*folder, "editable");
        direct.editable = editable != nullptr && editable->is_boolean() && editable->get<bool>();
    }
    return direct;
}

}  // namespace gup
