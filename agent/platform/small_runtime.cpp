// Parts of libstdc++ that every static program with a stream in it carries, and that this one never uses, left out:
// about 330 KB on aarch64. GCC 12 only (cmake/small_runtime.cmake): the names below are those of its libstdc++.
//
// The classic locale is made with 56 facets, twice: for std::string as it is and as it was before C++11, for char and
// for wchar_t. Numbers of char are all that anybody asks for here (CLI11, toml++, iostreams, fmt). The tables of the
// virtual functions of the others become that of one class that is no facet in particular: std::has_facet says no,
// std::use_facet throws std::bad_cast, as the standard has it for a facet that a locale lacks. So no wide streams,
// std::put_money, std::get_time, std::collate, std::regex and the like in this program; std::put_time works.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <locale>

// The names are the library's.
// NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp)

namespace gup {

// Never called: who wants a facet is told that there is none.
class AbsentFacet : public std::locale::facet {
public:
    ~AbsentFacet() override;
};

AbsentFacet::~AbsentFacet() = default;

}  // namespace gup

// A program that installs a facet of its own would need these two, which translate between old and new std::string.
const std::locale::facet* std::locale::facet::_M_sso_shim(const id* /*which*/) const {
    std::abort();
}
const std::locale::facet* std::locale::facet::_M_cow_shim(const id* /*which*/) const {
    std::abort();
}

// The usual handler brings the demangler along, 50 KB.
void __gnu_cxx::__verbose_terminate_handler() {
    const char* reason = "no exception";
    try {
        if (std::current_exception() != nullptr) throw;
    } catch (const std::exception& error) {
        reason = error.what();
    } catch (...) {
        reason = "an unknown exception";
    }
    (void)std::fprintf(stderr, "gup-agent: terminated: %s\n", reason);
    std::abort();
}

#define GUP_ABSENT(table) asm(".globl " #table "\n.set " #table ", _ZTVN3gup11AbsentFacetE")

// money: moneypunct, money_get, money_put
GUP_ABSENT(_ZTVNSt7__cxx1110moneypunctIcLb0EEE);
GUP_ABSENT(_ZTVNSt7__cxx1110moneypunctIcLb1EEE);
GUP_ABSENT(_ZTVNSt7__cxx1110moneypunctIwLb0EEE);
GUP_ABSENT(_ZTVNSt7__cxx1110moneypunctIwLb1EEE);
GUP_ABSENT(_ZTVNSt7__cxx119money_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEEE);
GUP_ABSENT(_ZTVNSt7__cxx119money_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEEE);
GUP_ABSENT(_ZTVNSt7__cxx119money_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEEE);
GUP_ABSENT(_ZTVNSt7__cxx119money_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEEE);
GUP_ABSENT(_ZTVSt10moneypunctIcLb0EE);
GUP_ABSENT(_ZTVSt10moneypunctIcLb1EE);
GUP_ABSENT(_ZTVSt10moneypunctIwLb0EE);
GUP_ABSENT(_ZTVSt10moneypunctIwLb1EE);
GUP_ABSENT(_ZTVSt9money_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE);
GUP_ABSENT(_ZTVSt9money_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEE);
GUP_ABSENT(_ZTVSt9money_putIcSt19ostreambuf_iteratorIcSt11char_traitsIcEEE);
GUP_ABSENT(_ZTVSt9money_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEE);

// collate
GUP_ABSENT(_ZTVNSt7__cxx117collateIcEE);
GUP_ABSENT(_ZTVNSt7__cxx117collateIwEE);
GUP_ABSENT(_ZTVSt7collateIcE);
GUP_ABSENT(_ZTVSt7collateIwE);

// num_get, num_put of wchar_t; numpunct but that of char
GUP_ABSENT(_ZTVNSt7__cxx118numpunctIwEE);
GUP_ABSENT(_ZTVSt7num_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEE);
GUP_ABSENT(_ZTVSt7num_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEE);
GUP_ABSENT(_ZTVSt8numpunctIcE);
GUP_ABSENT(_ZTVSt8numpunctIwE);

// time_get; time_put and timepunct of wchar_t
GUP_ABSENT(_ZTVNSt7__cxx118time_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEEE);
GUP_ABSENT(_ZTVNSt7__cxx118time_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEEE);
GUP_ABSENT(_ZTVSt8time_getIcSt19istreambuf_iteratorIcSt11char_traitsIcEEE);
GUP_ABSENT(_ZTVSt8time_getIwSt19istreambuf_iteratorIwSt11char_traitsIwEEE);
GUP_ABSENT(_ZTVSt8time_putIwSt19ostreambuf_iteratorIwSt11char_traitsIwEEE);
GUP_ABSENT(_ZTVSt11__timepunctIwE);

// the caches of the facets below
GUP_ABSENT(_ZTVSt17__timepunct_cacheIwE);
GUP_ABSENT(_ZTVSt18__moneypunct_cacheIcLb0EE);
GUP_ABSENT(_ZTVSt18__moneypunct_cacheIcLb1EE);
GUP_ABSENT(_ZTVSt18__moneypunct_cacheIwLb0EE);
GUP_ABSENT(_ZTVSt18__moneypunct_cacheIwLb1EE);

// messages
GUP_ABSENT(_ZTVNSt7__cxx118messagesIcEE);
GUP_ABSENT(_ZTVNSt7__cxx118messagesIwEE);
GUP_ABSENT(_ZTVSt8messagesIcE);
GUP_ABSENT(_ZTVSt8messagesIwE);

// NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp)
