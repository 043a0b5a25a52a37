// SPDX-License-Identifier: Apache-2.0
#include "util/crypto/minisign.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include "fixture.hpp"
#include "minisign_fixture.hpp"
#include "util/crypto/digest.hpp"

namespace gup {
namespace {

using namespace test;

const Signer& signer() {
    static const Signer one;
    return one;
}

std::string replaced(std::string text, std::size_t at, char with) {
    text.at(at) = text.at(at) == with ? 'x' : with;
    return text;
}

}  // namespace

TEST_CASE("verify_minisign_comment: the comment is trusted before the content is there") {
    const std::vector keys{signer().key()};
    const std::string signature = signer().sign("content");
    const auto comment = verify_minisign_comment(signature, keys);
    REQUIRE(comment.ok());
    CHECK(comment->text == "of a test");
    CHECK(comment->key == display_key_id(signer().key().id));
    CHECK(comment->signature ==
          verify_minisign_comment(signer().sign("content", "-t 'another comment'"), keys)->signature);
    CHECK(comment->signature != verify_minisign_comment(signer().sign("other content"), keys)->signature);
    std::string forged = signature;
    forged.replace(forged.find("of a test"), 9, "of a hack");
    CHECK(code_of(verify_minisign_comment(forged, keys)) == ErrorCode::authentication);
    const Signer stranger;
    CHECK(code_of(verify_minisign_comment(stranger.sign("content"), keys)) == ErrorCode::not_found);
    CHECK(code_of(verify_minisign_comment("", keys)) == ErrorCode::invalid_input);
}

TEST_CASE("verify_minisign_file: like verify_minisign, except for a signature that needs the whole file in memory") {
    const std::vector keys{signer().key()};
    const Folder folder;
    const std::string content(200'000, 'm');
    put(folder / "content", content);
    CHECK(verify_minisign_file(folder / "content", signer().sign(content), keys).value_or("") == "of a test");
    CHECK(code_of(verify_minisign_file(folder / "content", signer().sign(content, "-l"), keys)) ==
          ErrorCode::unsupported);
    put(folder / "content", content + "x");
    CHECK(code_of(verify_minisign_file(folder / "content", signer().sign(content), keys)) == ErrorCode::authentication);
    CHECK(code_of(verify_minisign_file(folder / "nothing", signer().sign(content), keys)) == ErrorCode::not_found);
}

TEST_CASE("verify_minisign: a signature of minisign is good, prehashed and legacy, and gives the trusted comment") {
    const std::vector keys{signer().key()};
    for (const std::string options : {"", "-l"}) {
        CAPTURE(options);
        const std::string signature = signer().sign("content\n", options);
        const auto verified = verify_minisign("content\n", signature, keys);
        REQUIRE(verified.ok());
        CHECK(*verified == "of a test");
    }
}

TEST_CASE("verify_minisign: one changed byte of the content is enough") {
    const std::vector keys{signer().key()};
    for (const std::string options : {"", "-l"}) {
        const std::string signature = signer().sign("content\n", options);
        CHECK(code_of(verify_minisign("Content\n", signature, keys)) == ErrorCode::authentication);
        CHECK(code_of(verify_minisign("", signature, keys)) == ErrorCode::authentication);
    }
}

TEST_CASE("verify_minisign: another trusted comment is not covered by the signature") {
    std::string signature = signer().sign("content\n");
    signature.replace(signature.find("of a test"), 9, "of a liar");
    CHECK(code_of(verify_minisign("content\n", signature, std::vector{signer().key()})) == ErrorCode::authentication);
}

TEST_CASE("verify_minisign: no single character of a signature can be changed unnoticed") {
    const std::vector keys{signer().key()};
    const std::string signature = signer().sign("content\n");
    const auto begin = signature.find('\n') + 1;  // the untrusted comment can be any text
    for (std::size_t i = begin; i < signature.size(); ++i) {
        CAPTURE(i);
        if (signature[i] == '\n') continue;
        CHECK_FALSE(verify_minisign("content\n", replaced(signature, i, 'A'), keys).ok());
    }
}

TEST_CASE("verify_minisign: any of the given keys is enough, and no other key") {
    const Signer other;
    const std::string signature = other.sign("content\n");
    CHECK(verify_minisign("content\n", signature, std::vector{signer().key(), other.key()}).ok());
    const auto foreign = verify_minisign("content\n", signature, std::vector{signer().key()});
    CHECK(code_of(foreign) == ErrorCode::not_found);
    CHECK(foreign.error().message.find(display_key_id(other.key().id)) != std::string::npos);
    CHECK(code_of(verify_minisign("content\n", signature, {})) == ErrorCode::not_found);
}

TEST_CASE("verify_minisign: another key with the same id is refused") {
    const Signer other;
    MinisignKey forged = other.key();
    forged.id = signer().key().id;
    const auto verified = verify_minisign("content\n", signer().sign("content\n"), std::vector{forged});
    CHECK(code_of(verified) == ErrorCode::authentication);
    // Both with one id: the right one is used.
    CHECK(verify_minisign("content\n", signer().sign("content\n"), std::vector{forged, signer().key()}).ok());
}

TEST_CASE("verify_minisign: a text that is not a signature is distinguished from one that does not match") {
    const std::vector keys{signer().key()};
    const std::string good = signer().sign("content\n");
    for (const std::string& text :
         {std::string(), std::string("<html>404</html>\n"), good.substr(0, good.size() / 2),
          good.substr(good.find('\n')), std::string("untrusted comment: x\n\ntrusted comment: \n\n"),
          std::string(3000, '\n')}) {
        CHECK(code_of(verify_minisign("content\n", text, keys)) == ErrorCode::invalid_input);
    }
}

TEST_CASE("verify_minisign: lines may end with CRLF") {
    std::string signature;
    for (const char c : signer().sign("content\n")) signature += c == '\n' ? std::string("\r\n") : std::string(1, c);
    CHECK(verify_minisign("content\n", signature, std::vector{signer().key()}).ok());
}

TEST_CASE("parse_minisign_key: a .pub file and its second line are the same key") {
    const std::string file = signer().public_key();
    std::string line = file.substr(file.find('\n') + 1);
    line.pop_back();
    const auto key = parse_minisign_key(line);
    REQUIRE(key.ok());
    CHECK(*key == signer().key());
    // The comment says the id as minisign shows it, without leading zeros.
    std::string id = display_key_id(key->id);
    id.erase(0, id.find_first_not_of('0'));
    CHECK(file.find(id) != std::string::npos);
}

TEST_CASE("parse_minisign_key: a secret key is distinguished from a public one") {
    const auto key = parse_minisign_key(read_text(signer().path() + "/key"));
    REQUIRE_FALSE(key.ok());
    CHECK(key.error().message.find("secret key") != std::string::npos);
}

TEST_CASE("parse_minisign_key: anything else is refused") {
    for (const char* text : {"", "RW", "RWQ", "not base64!", "AAAA"}) CHECK_FALSE(parse_minisign_key(text).ok());
}

TEST_CASE("Sha256: known values, in one piece and in many") {
    CHECK(sha256_of("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Sha256 hash;
    for (const char* piece : {"a", "", "bc"}) hash.add(piece);
    CHECK(hash.finish() == sha256_of("abc"));
}

TEST_CASE("sha256_of_file: of a file of any size, never of a link or a pipe") {
    const auto folder = temporary_folder();
    write_text(folder.path() / "big", std::string(200'000, 'x'));
    const auto found = sha256_of_file(folder.path() / "big");
    REQUIRE(found.ok());
    CHECK(*found == sha256_of(std::string(200'000, 'x')));
    REQUIRE(::symlink("big", (folder.path() / "link").c_str()) == 0);
    CHECK_FALSE(sha256_of_file(folder.path() / "link").ok());
    shell("mkfifo " + (folder.path() / "pipe").string());
    CHECK_FALSE(sha256_of_file(folder.path() / "pipe").ok());
    CHECK_FALSE(sha256_of_file(folder.path() / "nothing").ok());
}

}  // namespace gup
