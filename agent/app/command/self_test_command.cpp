// SPDX-License-Identifier: Apache-2.0
#include "app/command/self_test_command.hpp"

#include <fmt/format.h>

#include <build_info.hpp>
#include <cstdio>

#include "app/command/commands.hpp"
#include "app/config/network.hpp"
#include "app/output/print_text.hpp"
#include "selfupdate/state.hpp"
#include "status/status_document.hpp"
#include "transaction/journal.hpp"
#include "update/status_store.hpp"
#include "util/http/ca_bundle.hpp"
#include "util/printable.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

// The configuration was parsed before; the names of the checks are for a person who calls it.
Status test_tls(const Config& config) {
    const auto network = Network::start(config, DataBudget::Keep::no);
    if (!network.ok()) return network.error();
    const fs::path file = ca_bundle_file(config.http.ca_file);
    GUP_TRY(const CaBundle bundle, read_ca_bundle(file, system_clock().now()));
    if (bundle.certificates > 0) return {};
    return Error{ErrorCode::corrupt, fmt::format("{} contains no CA certificate", file.string()),
                 "install ca-certificates, or set network.ca-file to another file"};
}

Status test_state(const Config& config) {
    GUP_CHECK(read_status(status_file(config.update)));
    GUP_CHECK(read_self_update_state(config.update.state));
    if (!is_folder(config.update.state)) return {};
    return list_folder(config.update.state).ok() ? Status{} : list_folder(config.update.state).error();
}

}  // namespace

ExitCode self_test_command(const CommandLine& /*line*/, const Config& config) {
    struct Test {
        const char* name;
        Status (*run)(const Config&);
    };
    print_text("gup-agent {}\nconfiguration: {}\n", build_info::version,
               config.file.empty() ? "the defaults" : printable(config.file.string()));
    for (const Test& test : {Test{"TLS", test_tls}, Test{"state", test_state}}) {
        const Status status = test.run(config);
        if (!status.ok()) {
            print_text(stderr, "self-test: {}: {}\n", test.name, printable(status.error().message));
            return ExitCode::connector_failed;
        }
        print_text("{}: ok\n", test.name);
    }
    return ExitCode::success;
}

}  // namespace gup
