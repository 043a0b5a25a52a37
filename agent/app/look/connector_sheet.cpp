// SPDX-License-Identifier: Apache-2.0
#include "app/look/connector_sheet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/config/network.hpp"
#include "core/image/image_reference.hpp"
#include "core/plan.hpp"
#include "core/short_id.hpp"
#include "status/time_words.hpp"
#include "util/printable.hpp"

namespace gup {
namespace {

constexpr std::size_t shown_log_lines = 5;
constexpr std::size_t field_indent = 2;

// "  name: value" lines.
class Fields {
public:
    explicit Fields(const Sheet& sheet) : sheet_(sheet) {}

    void add(const std::string& line) {
        text_ += wrapped(std::string(field_indent, ' ') + line, sheet_.columns, 2 * field_indent) + "\n";
    }
    void add_table(const Table& table) { text_ += table.text(); }
    [[nodiscard]] std::string take() { return std::move(text_); }

private:
    const Sheet& sheet_;
    std::string text_;
};

class SheetWriter {
public:
    SheetWriter(const ConnectorView& view, const ConnectorFacts& facts, const Sheet& sheet)
        : view_(view), report_(view.status.report), facts_(facts), sheet_(sheet) {}

    std::string write() {
        std::string head = painted(printable(view_.name()), Tone::strong, sheet_.colour) + ": " +
                           painted(view_.state, tone_of_state(view_.state), sheet_.colour);
        if (!view_.detail.empty()) head += ": " + printable(view_.detail);
        std::string text = wrapped(head, sheet_.columns, 2) + "\n";
        const bool is_bad = view_.state != "ok" && view_.state != "updated";
        if (view_.hold) {
            fields_.add("hint: " + printable(unhold_hint(view_.name())));
        } else if (is_bad && !report_.hint.empty()) {
            fields_.add("hint: " + printable(report_.hint));
        }
        add_code();
        add_service();
        add_stacks();
        for (const std::string& note : notes_on(report_, sheet_)) fields_.add(note);
        add_pins();
        add_generations();
        add_log();
        return text + fields_.take();
    }

private:
    [[nodiscard]] std::string ago(UnixTime time) const { return ago_text(time, sheet_.now, sheet_.zone); }

    void add_code() {
        if (!report_.commit.empty()) {
            fields_.add(fmt::format("{} {} since {} ({})", printable(report_.branch), short_id(report_.commit),
                                    time_or_never(view_.status.since), ago(view_.status.since)));
        } else if (!view_.version.empty()) {
            fields_.add(fmt::format("release {}", printable(view_.version)));
        }
        if (view_.is_known) {
            fields_.add(fmt::format("checked {}, last success {}", time_or_never(view_.time),
                                    time_or_never(view_.status.last_success)));
        }
        const ConnectorDetails& details = facts_.details;
        if (!details.source.empty()) fields_.add("source " + printable(details.source));
        if (!details.owner.empty()) fields_.add("owner " + printable(details.owner));
        if (!report_.requirements.empty()) fields_.add("packages declared by " + printable(report_.requirements));
        if (details.error) fields_.add("it cannot be read: " + printable(details.error->message));
        if (details.error && !details.error->hint.empty()) fields_.add("hint: " + printable(details.error->hint));
    }

    void add_service() {
        const std::string& service = facts_.details.service;
        if (service.empty()) return;
        const std::string state = facts_.unit ? display(*facts_.unit) : "state unknown: systemd does not answer";
        fields_.add(fmt::format("service {}: {}", printable(service), printable(state)));
    }

    void add_stacks() {
        if (facts_.details.stacks.empty()) return;
        fields_.add("services:");
        Table table(sheet_.columns, sheet_.colour);
        for (const StackUnitDetails& unit : facts_.details.stacks) {
            if (unit.image.empty()) continue;
            const std::string digest = unit.digest.empty() ? "" : " @" + short_id(digits_of_digest(unit.digest));
            table.add({{std::string(2 * field_indent, ' ') + printable(unit.stack)},
                       {printable(unit.unit)},
                       {unit.state.empty() ? "unknown" : printable(unit.state), unit.is_up ? Tone::good : Tone::bad},
                       {printable(unit.image) + digest}});
        }
        fields_.add_table(table);
    }

    void add_pins() {
        for (const PinState& pin : report_.pins) {
            std::string text = fmt::format("{} {}", pin.name, pin.wanted);
            if (pin.installed.empty()) {
                text += " (not installed)";
            } else if (pin.installed != pin.wanted) {
                text += fmt::format(" (installed: {})", pin.installed);
            }
            fields_.add(printable(text));
        }
        for (const HeldPin& held : report_.held_back) {
            const UnixTime again = held.since + held_pin_patience;
            fields_.add(printable(fmt::format("{} is not available since {}, next try {}: {}",
                                              display(held.requirement), local_text(held.since, sheet_.zone),
                                              local_text(again, sheet_.zone), held.reason)));
        }
    }

    void add_generations() {
        if (facts_.details.generations.empty()) return;
        fields_.add("generations (gup-agent rollback goes back to one):");
        Table table(sheet_.columns, sheet_.colour);
        for (const KnownGeneration& one : facts_.details.generations) {
            auto row = generation_row(one, sheet_.zone);
            row.front().text.insert(0, 2 * field_indent, ' ');
            table.add(std::move(row));
        }
        fields_.add_table(table);
    }

    void add_log() {
        if (facts_.log.empty()) return;
        fields_.add(fmt::format("log (gup-agent logs {} shows more):", printable(view_.name())));
        for (const LogLine& line : facts_.log) {
            const std::string indent(2 * field_indent, ' ');
            fields_.add(indent.substr(field_indent) + printable(line.text));
        }
    }

    const ConnectorView& view_;
    const ConnectorReport& report_;
    const ConnectorFacts& facts_;
    const Sheet& sheet_;
    Fields fields_{sheet_};
};

}  // namespace

std::vector<Cell> generation_row(const KnownGeneration& known, const TimeZone& zone) {
    const Generation& one = known.generation;
    std::string version = one.branch;
    if (!one.commit.empty()) version += (version.empty() ? "" : " ") + short_id(one.commit);
    if (version.empty()) version = one.source.empty() ? "-" : one.source;
    std::string note = known.is_running ? "runs" : "";
    if (known.is_quarantined) note += note.empty() ? "in quarantine" : ", in quarantine";
    const Tone tone = known.is_quarantined ? Tone::caution : known.is_running ? Tone::good : Tone::plain;
    return {{printable(one.id)}, {local_text(one.time, zone)}, {printable(version)}, {note, tone}};
}

Result<std::map<std::string, ConnectorFacts>> find_facts(const Config& config, const Overview& overview) {
    std::map<std::string, ConnectorFacts> facts;
    std::map<std::string, ConnectorDetails> details;
    if (!overview.in_root.empty()) {
        GUP_TRY(details, inspect(worker_settings(config, {}), overview.in_root, overview.document));
    }
    std::vector<std::string> units;
    for (const ConnectorView& view : overview.views) {
        ConnectorFacts& one = facts[view.name()];
        if (const auto found = details.find(view.name()); found != details.end()) one.details = found->second;
        if (!one.details.service.empty()) units.push_back(one.details.service);
        one.log = read_log(config.log.file, {view.name(), 0, shown_log_lines}).value_or({});
    }
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    if (units.empty()) return facts;
    Systemd systemd = config.update.systemd;
    systemd.question_timeout = systemd_patience;
    const auto states = unit_states(units, systemd).value_or({});
    for (auto& [name, one] : facts) {
        for (const UnitState& state : states) {
            if (state.name == one.details.service) one.unit = state;
        }
    }
    return facts;
}

std::string connector_sheet(const ConnectorView& view, const ConnectorFacts& facts, const Sheet& sheet) {
    return SheetWriter(view, facts, sheet).write();
}

}  // namespace gup
