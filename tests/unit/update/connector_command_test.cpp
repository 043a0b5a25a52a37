// SPDX-License-Identifier: Apache-2.0
#include "update/connector_command.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "update/status_store.hpp"
#include "util/sys/directory.hpp"

using namespace gup;
using namespace gup::test;

namespace {

// A gateway, and the observer of a command on it.
struct Watched {
    Folder folder;
    UpdateSettings settings;
    RunEvents events;
    std::vector<std::string> seen;

    Watched() {
        settings.state = folder / "state";
        REQUIRE(make_folders(settings.state).ok());
        events.started = [this](const std::vector<std::string>& names) { seen.push_back("started " + names.front()); };
        events.finished = [this](const ConnectorReport& report) {
            seen.push_back("finished " + std::string(to_string(report.outcome)));
        };
    }
    [[nodiscard]] StatusDocument status() const { return read_status(status_file(settings)).value(); }
};

}  // namespace

TEST_CASE("ConnectorCommand: done actions are reported, and saved on request") {
    Watched gateway;
    ConnectorCommand command(gateway.settings, gateway.events, "meter", "not added");
    command.save_when_done();
    command.add_action("clone it");
    const RunReport run = command.done();
    CHECK(run.connectors.front().outcome == Outcome::updated);
    CHECK(run.connectors.front().actions == std::vector<std::string>{"clone it"});
    CHECK(gateway.seen == std::vector<std::string>{"started meter", "finished updated"});
    REQUIRE(gateway.status().find("meter") != nullptr);
}

TEST_CASE("ConnectorCommand: a failure has no actions, and is not saved") {
    Watched gateway;
    ConnectorCommand command(gateway.settings, gateway.events, "meter", "not added");
    command.save_when_done();
    command.add_action("clone it");
    const RunReport run = command.end(Error{ErrorCode::unreachable, "nobody answers", "look at the cable"});
    const ConnectorReport& report = run.connectors.front();
    CHECK(report.outcome == Outcome::failed);
    CHECK(report.reason == "nobody answers");
    CHECK(report.hint == "look at the cable");
    CHECK(report.unreachable);
    CHECK(report.actions.empty());
    CHECK(gateway.seen.back() == "finished failed");
    CHECK(gateway.status().find("meter") == nullptr);
}

TEST_CASE("ConnectorCommand: with nothing to do it is unchanged, with the reason") {
    Watched gateway;
    ConnectorCommand command(gateway.settings, gateway.events, "meter", {});
    const RunReport run = command.unchanged("meter is already in place");
    CHECK(run.connectors.front().outcome == Outcome::unchanged);
    CHECK(run.connectors.front().reason == "meter is already in place");
    CHECK(run.exit_code() == ExitCode::success);
}

TEST_CASE("ConnectorCommand: pins, held pins and quarantined releases are from the status document") {
    Watched gateway;
    StatusDocument document;
    ConnectorStatus known;
    known.report.name = "meter";
    known.report.pins = {{"paho-mqtt", "1.6.1", "1.6.1"}};
    known.report.quarantine = {{{"e9b167f", {}}, "it did not come up", 1}};
    document.connectors.push_back(known);
    REQUIRE(write_status(status_file(gateway.settings), document).ok());
    ConnectorCommand command(gateway.settings, gateway.events, "meter", {});
    command.remember();
    CHECK(command.report().pins.size() == 1);
    CHECK(command.report().quarantine.size() == 1);
}
