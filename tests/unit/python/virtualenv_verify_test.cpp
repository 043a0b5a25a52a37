#include "python/virtualenv_verify.hpp"

#include <doctest/doctest.h>

#include "virtualenv_fixture.hpp"

namespace gup {

TEST_CASE("verify_installed: a file that is missing or cut off is named, what was there before is not looked at") {
    const SyntheticVirtualenv virtualenv;
    const auto before = record_stamps(virtualenv.observed(virtualenv.root));
    virtualenv.write("lib/python3.11/site-packages/one.py", "");
    CHECK(verify_installed(virtualenv.observed(virtualenv.root), before).empty());
    auto findings = verify_installed(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("one.py has 0 bytes, and 12 are recorded") != std::string::npos);
    fs::remove(virtualenv.site / "one.py");
    findings = verify_installed(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("one.py is missing") != std::string::npos);
}

TEST_CASE("verify_installed: an install without its last row is not whole") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write(record_name, "one.py,,12\n");
    const auto findings = verify_installed(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].find("INSTALLER") != std::string::npos);
}

TEST_CASE("find_missing_files: what an installer took away is named, what was missing before is not") {
    const SyntheticVirtualenv virtualenv;
    const SyntheticVirtualenv live;
    const auto before = virtualenv.observed(virtualenv.root);
    CHECK(find_missing_files(before, before, live.root).empty());
    fs::remove(virtualenv.site / "one.py");
    auto losses = find_missing_files(before, before, live.root);
    REQUIRE(losses.size() == 1);
    CHECK(losses[0].find("one.py is missing") != std::string::npos);
    fs::remove(live.site / "one.py");
    CHECK(find_missing_files(before, before, live.root).empty());
    ObservedVirtualenv after = before;
    after.distributions.clear();
    losses = find_missing_files(before, after, live.root);
    REQUIRE(losses.size() == before.distributions.size());
    CHECK(losses[0].find("took one 1.0 away") != std::string::npos);
}

}  // namespace gup
