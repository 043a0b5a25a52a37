// SPDX-License-Identifier: Apache-2.0
#include "source/git/export.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>

#include "git_fixture.hpp"

namespace gup::test {
namespace {

// A repository with one commit of the given shell commands' work.
fs::path export_source(const GitSandbox& sandbox, const std::string& commands) {
    const fs::path folder = sandbox.path("source");
    sandbox.run("git init -q -b main '" + folder.string() + "'");
    sandbox.run("cd '" + folder.string() + "' && " + commands + " && git add -A -f && git commit -q -m first");
    return folder;
}

Status export_head(const GitSandbox& sandbox, const fs::path& from, const fs::path& to) {
    sandbox.run("mkdir -p '" + to.string() + "'");
    GUP_TRY(const GitExport repository, GitExport::open(from, sandbox.user()));
    GUP_TRY(const ExportedCommit head, repository.find_head());
    return repository.write(head.id, to);
}

}  // namespace

TEST_CASE("GitExport::write: files with their modes and links, without the repository's own files") {
    const GitSandbox sandbox;
    const fs::path from =
        export_source(sandbox,
                      "mkdir -p sub/empty .github bin && echo a > sub/a && echo b > bin/run && chmod +x bin/run "
                      "&& ln -s sub/a link && touch sub/empty/.gitkeep .gitignore sub/.gitignore .env "
                      ".github/x .gitmodules");
    const fs::path to = sandbox.path("release");
    const auto written = export_head(sandbox, from, to);
    REQUIRE_MESSAGE(written.ok(), written.error().message);
    CHECK(sandbox.run("cd '" + to.string() + "' && find . | sort | tr '\\n' ' '") ==
          ". ./.env ./bin ./bin/run ./link ./sub ./sub/a ./sub/empty ");
    CHECK(read(to / "link") == "a\n");
    struct stat info {};
    REQUIRE(::stat((to / "bin/run").c_str(), &info) == 0);
    CHECK((info.st_mode & S_IXUSR) != 0);
    REQUIRE(::stat((to / "sub/a").c_str(), &info) == 0);
    CHECK((info.st_mode & S_IXUSR) == 0);
}

TEST_CASE("GitExport::write: a link that leaves the tree is refused") {
    for (const char* target : {"../out", "/etc/passwd", "sub/../../x"}) {
        const GitSandbox sandbox;
        const fs::path from = export_source(sandbox, "ln -s " + std::string(target) + " link");
        const auto written = export_head(sandbox, from, sandbox.path("release"));
        REQUIRE_FALSE(written.ok());
        CHECK(written.error().message.find("link is a link that leaves") != std::string::npos);
    }
}

TEST_CASE("GitExport::write: line endings as .gitattributes wants them, and no filter that runs a program") {
    const GitSandbox sandbox;
    const fs::path from = export_source(sandbox, "echo 'a.txt eol=crlf' > .gitattributes && echo one > a.txt");
    REQUIRE(export_head(sandbox, from, sandbox.path("release")).ok());
    CHECK(read(sandbox.path("release") / "a.txt") == "one\r\n");
    sandbox.run("cd '" + from.string() + "' && echo 'a.txt filter=lfs' > .gitattributes && git commit -q -a -m second");
    const auto refused = export_head(sandbox, from, sandbox.path("other"));
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::unsupported);
}

TEST_CASE("GitExport::find: a branch as last fetched, else the local one; HEAD is HEAD") {
    GitSandbox sandbox;
    sandbox.make_remote();
    sandbox.clone_gateway();
    const std::string old = sandbox.git(sandbox.gateway(), "rev-parse HEAD");
    const std::string published = sandbox.publish_file("main.py", "print(2)\n");
    sandbox.git(sandbox.gateway(), "fetch -q");
    sandbox.git(sandbox.gateway(), "tag here");
    const auto repository = GitExport::open(sandbox.gateway(), sandbox.user());
    REQUIRE(repository.ok());
    for (const char* name : {"", "main"}) {
        const auto found = repository->find(name);
        REQUIRE(found.ok());
        CHECK(found->id == published);
        CHECK(found->branch == "main");
        CHECK(found->time > 1'000'000'000);
    }
    for (const std::string& name : {std::string("HEAD"), std::string("here"), old, old.substr(0, 8)}) {
        const auto found = repository->find(name);
        REQUIRE(found.ok());
        CHECK(found->id == old);
    }
    CHECK(repository->find("nowhere").error().code == ErrorCode::not_found);
    CHECK(repository->find_head()->id == old);
}

TEST_CASE("GitExport::open: a git folder that was moved away from its work tree") {
    GitSandbox sandbox;
    sandbox.make_remote();
    sandbox.clone_gateway();
    sandbox.run("mv '" + (sandbox.gateway() / ".git").string() + "' '" + sandbox.path("repository").string() + "'");
    const auto repository = GitExport::open(sandbox.path("repository"), sandbox.user());
    REQUIRE(repository.ok());
    const auto found = repository->find("");
    REQUIRE(found.ok());
    CHECK(repository->read_file_at(found->id, "main.py").value() == "print(1)\n");
    CHECK(repository->measure(found->id)->files == 2);
    CHECK(GitExport::open(sandbox.gateway(), sandbox.user()).error().code == ErrorCode::not_found);
}

TEST_CASE("GitExport::has_changes: untracked files are changes") {
    GitSandbox sandbox;
    sandbox.make_remote();
    sandbox.clone_gateway();
    const auto repository = GitExport::open(sandbox.gateway(), sandbox.user());
    REQUIRE(repository.ok());
    CHECK_FALSE(*repository->has_changes());
    write(sandbox.gateway() / "new", "1");
    CHECK(*repository->has_changes());
}

}  // namespace gup::test
