// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv_verify.hpp"

#include <doctest/doctest.h>

#include "virtualenv_fixture.hpp"

namespace gup {

TEST_CASE("find_incomplete: a missing or truncated file is named, older files are not checked") {
    const SyntheticVirtualenv virtualenv;
    const auto before = record_stamps(virtualenv.observed(virtualenv.root));
    virtualenv.write("lib/python3.11/site-packages/one.py", "");
    CHECK(find_incomplete(virtualenv.observed(virtualenv.root), before).empty());
    auto findings = find_incomplete(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].problem.find("one.py has 0 bytes, and 12 are recorded") != std::string::npos);
    CHECK(findings[0].is_certain);
    fs::remove(virtualenv.site / "one.py");
    findings = find_incomplete(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].problem.find("one.py is missing") != std::string::npos);
    CHECK_FALSE(findings[0].is_certain);
}

TEST_CASE("find_incomplete: an install without its last row is incomplete") {
    const SyntheticVirtualenv virtualenv;
    virtualenv.write(record_name, "one.py,,12\n");
    const auto findings = find_incomplete(virtualenv.observed(virtualenv.root), {});
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].problem.find("INSTALLER") != std::string::npos);
}

TEST_CASE("find_incomplete: a distribution that was installed again is looked at, and one that is new") {
    const SyntheticVirtualenv virtualenv;
    const auto before = record_stamps(virtualenv.observed(virtualenv.root));
    CHECK(before.size() == 1);
    fs::remove(virtualenv.site / "one.py");
    CHECK(find_incomplete(virtualenv.observed(virtualenv.root), before).empty());
    virtualenv.write(record_name, read_file(virtualenv.root / record_name).value());
    CHECK(find_incomplete(virtualenv.observed(virtualenv.root), before).size() == 1);
}

TEST_CASE("find_incomplete: only a compiled file may be missing, and a size that is not recorded is not checked") {
    const SyntheticVirtualenv virtualenv;
    const std::string installer = "one-1.0.dist-info/INSTALLER,,\n";
    const auto findings_of = [&](const std::string& rows) {
        virtualenv.write(record_name, rows + installer);
        return find_incomplete(virtualenv.observed(virtualenv.root), {}).size();
    };
    CHECK(findings_of("__pycache__/one.cpython-311.pyc,,\n") == 0);
    CHECK(findings_of("__pycache__/one.cpython-311.py,,\n") == 1);
    CHECK(findings_of("one.py,,\n") == 0);
    CHECK(findings_of("one.py,,12\n") == 0);
    CHECK(findings_of("one.py,,11\n") == 1);
    CHECK(findings_of("gone.py,,\none.py,,11\n") == 1);
}

TEST_CASE("find_incomplete: neither the system's distributions nor other forms have a RECORD to look at") {
    const SyntheticVirtualenv virtualenv;
    fs::remove(virtualenv.site / "one.py");
    ObservedVirtualenv observed = virtualenv.observed(virtualenv.root);
    CHECK(find_incomplete(observed, {}).size() == 1);
    SUBCASE("the system's") {
        observed.distributions[0].system = true;
    }
    SUBCASE("egg-info") {
        observed.distributions[0].form = DistributionForm::egg_info;
    }
    SUBCASE("elsewhere") {
        observed.path = virtualenv.copy.string();
    }
    CHECK(find_incomplete(observed, {}).empty());
    CHECK(record_stamps(observed).empty());
}

TEST_CASE("find_missing_files: compiled files, and those outside of the virtualenv, are not missed") {
    const SyntheticVirtualenv virtualenv;
    const SyntheticVirtualenv live;
    const auto now = virtualenv.observed(virtualenv.root);
    const auto losses_of = [&](const std::string& name) {
        virtualenv.write(record_name, name + ",,\n");
        return find_missing_files(now, now, live.root).size();
    };
    live.write("lib/python3.11/site-packages/two.py", "");
    live.write("lib/python3.11/site-packages/two.pyc", "");
    CHECK(losses_of("two.py") == 1);
    CHECK(losses_of("two.pyc") == 0);
    CHECK(losses_of("/nonexistent/two.py") == 0);
    CHECK(losses_of("two.py,,\none.py") == 1);
    fs::remove(virtualenv.root / record_name);
    CHECK(find_missing_files(now, now, live.root).empty());
}

TEST_CASE("find_missing_files: files that an installer removed are named, files that were missing before are not") {
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
