// SPDX-License-Identifier: Apache-2.0
// Takes secrets out of text that leaves the gateway.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gup {

class Masker {
public:
    // A text that is a secret wherever it appears. Shorter than four characters: ignored, it would be everywhere.
    void add(std::string secret);

    // `text` with *** in place of: the added secrets; passwords and queries of URLs; the rest of a line behind a name such as
    // password, token, secret-key, authorization and = or :; the lines of a private key.
    [[nodiscard]] std::string masked(std::string_view text) const;

private:
    std::vector<std::string> secrets_;
};

}  // namespace gup
