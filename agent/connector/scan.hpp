// SPDX-License-Identifier: Apache-2.0
// Finding the connectors: every folder directly under root that contains a regular gupfile, or has one in
// .gup/<name> because its repository has none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connector/settings.hpp"
#include "core/declaration/declared_connector.hpp"
#include "util/result.hpp"
#include "util/sys/file.hpp"

namespace gup {

struct Connector {
    std::string name;                             // the folder's
    fs::path path;                                // <root>/<name>
    std::optional<DeclaredConnector> declared{};  // it has a source of its own, and its folder need not exist yet
};

struct Scan {
    std::vector<Connector> connectors;  // sorted by name, bytewise
    std::vector<std::string> warnings;  // ignored folders that may be meant as connectors
};

// Hidden folders and the agent's own are passed over silently; links that leave root, and folders that cannot be read,
// with a warning. Declared connectors are connectors as well. Fails when root cannot be read.
[[nodiscard]] Result<Scan> scan_root(const ScanSettings& settings);

// Names of folders that are no connectors, although a file in them could declare packages: they have no gupfile.
[[nodiscard]] std::vector<std::string> find_undeclared(const ScanSettings& settings, const Scan& scan);

// The named connectors of `scan`, all if `names` is empty. An unknown name is invalid_input, with the nearest name as
// hint.
[[nodiscard]] Result<std::vector<Connector>> select_connectors(const Scan& scan, const std::vector<std::string>& names);

}  // namespace gup
