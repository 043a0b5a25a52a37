// SPDX-License-Identifier: Apache-2.0
// Projects for the tests of the renderer.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "core/quadlet/render.hpp"

namespace gup::quadlet::fixtures {

inline compose::Service service_called(const std::string& name, const std::string& image) {
    compose::Service result;
    result.place = {.file = "services/gw/compose.yaml", .line = 2, .column = 3};
    result.name = name;
    result.image = image;
    result.networks.push_back({.place = result.place, .network = "default"});
    return result;
}

inline compose::Project project_of(std::vector<compose::Service> services) {
    compose::Project result;
    result.name = "gw";
    result.services = std::move(services);
    compose::Network network;
    network.key = "default";
    result.networks.push_back(network);
    return result;
}

// A secret or config; empty texts: not given.
inline compose::Content content_of(const std::string& key, const std::string& file, const std::string& text) {
    compose::Content result;
    result.key = key;
    result.file = file;
    if (!text.empty()) result.content = text;
    return result;
}

inline compose::Content external_content(const std::string& key, const std::string& name) {
    compose::Content result;
    result.key = key;
    result.name = name;
    result.is_external = true;
    return result;
}

inline Facts facts_of(unsigned major = 5, unsigned minor = 4) {
    Facts facts;
    facts.podman = {.major = major, .minor = minor, .patch = 0};
    facts.prefix = "gw-";
    facts.repository = "/srv/gw";
    facts.configs = "/srv/.gup/gw/configs";
    facts.target = "gup-gw.target";
    return facts;
}

inline std::string text_of(const UnitSet& set, std::string_view file) {
    const auto it = std::ranges::find(set.files, file, &File::name);
    return it == set.files.end() ? std::string() : it->text;
}

inline bool has_line(const std::string& text, const std::string& line) {
    return text.find('\n' + line + '\n') != std::string::npos;
}

// A service that uses every setting.
compose::Project everything();

}  // namespace gup::quadlet::fixtures
