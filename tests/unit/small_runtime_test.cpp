#include <doctest/doctest.h>

#include <locale>
#include <sstream>
#include <string>
#include <typeinfo>

#ifdef GUP_SMALL_RUNTIME

TEST_CASE("small runtime: a facet that was left out is absent, which is no crash") {
    const std::locale& classic = std::locale::classic();
    CHECK_FALSE(std::has_facet<std::collate<char>>(classic));
    CHECK_FALSE(std::has_facet<std::money_get<char>>(classic));
    CHECK_FALSE(std::has_facet<std::num_put<wchar_t>>(classic));
    CHECK_THROWS_AS((void)std::use_facet<std::time_get<char>>(classic), std::bad_cast);
}

#endif

TEST_CASE("small runtime: streams of char still read and write numbers") {
    std::ostringstream out;
    out << 1.5 << ' ' << 42 << ' ' << std::boolalpha << true;
    CHECK(out.str() == "1.5 42 true");
    std::istringstream in("17 2.25 rest");
    int whole = 0;
    double fraction = 0;
    std::string rest;
    in >> whole >> fraction >> rest;
    CHECK(whole == 17);
    CHECK(fraction == doctest::Approx(2.25));
    CHECK(rest == "rest");
}
