// SPDX-License-Identifier: Apache-2.0
// Keys and signatures for tests.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "servers.hpp"
#include "util/crypto/minisign.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {

// Keys and signatures made by minisign itself. The program runs as a child; its keys live as long as the test.
class Signer {
public:
    Signer() { shell(fmt::format("minisign -G -W -p {0}/key.pub -s {0}/key >/dev/null", path())); }

    [[nodiscard]] std::string path() const { return folder_.path().string(); }
    [[nodiscard]] std::string public_key() const { return read_text(folder_.path() / "key.pub"); }
    [[nodiscard]] MinisignKey key() const {
        const auto key = parse_minisign_key(public_key());
        REQUIRE(key.ok());
        return *key;
    }
    [[nodiscard]] std::string sign(const std::string& content, const std::string& options = "") const {
        write_text(folder_.path() / "file", content);
        shell(fmt::format("minisign -S -s {0}/key -m {0}/file -t 'of a test' {1} >/dev/null", path(), options));
        return read_text(folder_.path() / "file.minisig");
    }

private:
    TemporaryFolder folder_ = temporary_folder();
};

}  // namespace gup::test
