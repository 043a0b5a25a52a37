// SPDX-License-Identifier: Apache-2.0
// The .container file of one compose service while it is written: lines, and what the operator must know of it.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/compose/project.hpp"
#include "core/quadlet/render.hpp"

namespace gup::quadlet {

class ContainerSheet {
public:
    ContainerSheet(const compose::Project& project, const Facts& facts, const compose::Service& service, UnitSet& set)
        : project_{project}, facts_{facts}, service_{service}, set_{set} {}

    [[nodiscard]] const compose::Project& project() const { return project_; }
    [[nodiscard]] const Facts& facts() const { return facts_; }
    [[nodiscard]] const compose::Service& service() const { return service_; }
    [[nodiscard]] UnitSet& set() { return set_; }

    // A line whose value is text of a unit already (escaped).
    void unit(const std::string& key, const std::string& value) { unit_.emplace_back(key, value); }
    void container(const std::string& key, const std::string& value) { container_.emplace_back(key, value); }
    void in_service(const std::string& key, const std::string& value) { service_lines_.emplace_back(key, value); }

    // `key` when podman's Quadlet knows it and every version reads the value alike, else podman's option. Nothing for an
    // empty value.
    void setting(std::string_view key, std::string_view option, std::string_view value);
    // Value with blanks or quotes that Quadlet takes as it is: JSON.
    void raw_setting(std::string_view key, std::string_view option, std::string_view value);
    void yes(std::string_view key, std::string_view option);
    // PodmanArgs=--option=value.
    void argument(std::string_view option, std::string_view value);
    void flag(std::string_view option);
    // Environment=, Label=, Annotation=: NAME=VALUE as one word.
    void assignment(const std::string& key, std::string_view name, std::string_view value);
    // A line of x-quadlet, as it is.
    void verbatim(const std::string& section, const std::string& key, const std::string& value);

    // Requires=/Wants= and After= a unit; each once.
    void after(const std::string& unit, bool is_required);

    void warn(const compose::Place& place, std::string message, std::string hint);
    void fail(const compose::Place& place, std::string message, std::string hint);
    void power(std::string word);

    // Text for `value` as it becomes a line; a problem at the service when no unit can carry it.
    [[nodiscard]] bool accepts(std::string_view value);

    // The file, complete. `install` is the unit in WantedBy=.
    [[nodiscard]] std::string text(const std::string& comment, const std::string& install) const;

    [[nodiscard]] bool knows_key(std::string_view key) const;

private:
    using Lines = std::vector<std::pair<std::string, std::string>>;

    const compose::Project& project_;
    const Facts& facts_;
    const compose::Service& service_;
    UnitSet& set_;
    Lines unit_, container_, service_lines_;
    std::vector<std::pair<std::string, std::pair<std::string, std::string>>> verbatim_;
    std::set<std::string> required_, wanted_;
    bool has_unwritable_ = false;
};

void add_problem(UnitSet& set, Severity severity, const compose::Place& place, std::string message, std::string hint);
void add_power(UnitSet& set, std::string word);
// False: a line of x-quadlet that would not stay one line, which is a problem at `place`.
[[nodiscard]] bool is_line(UnitSet& set, const compose::Place& place, const std::string& section,
                           const std::pair<std::string, std::string>& line);

}  // namespace gup::quadlet
