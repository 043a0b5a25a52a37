// SPDX-License-Identifier: Apache-2.0
#include "app/output/output.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/output/print_text.hpp"
#include "util/printable.hpp"

namespace gup {

void print_json(const nlohmann::json& value) {
    const std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    print_text("{}\n", escape_formatting(text));
    std::fflush(stdout);
}

}  // namespace gup
