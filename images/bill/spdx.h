// A bill of materials, and its form in SPDX 2.3's JSON. One content has one text: the identifiers
// come from names, the namespace from the digest of all the rest.
// Source: SPDX specification 2.3, clauses 6 to 11 and its JSON schema.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace outis::images::bill {

// An element by its place in the bill.
enum class ElementKind : unsigned char { document, package, file };

struct Element {
    ElementKind kind = ElementKind::document;
    std::size_t index = 0;

    bool operator==(const Element&) const = default;
};

struct BillPackage {
    std::string name = {};
    std::string version = {};
    std::string purl = {};
    std::string purpose = {};  // "CONTAINER", "LIBRARY", …; empty: not said
    std::string license = {};  // an SPDX expression; empty: unknown
    std::string source = {};   // what it was made from, for people
    std::string comment = {};
    std::string file_name = {};           // of a package that is one file
    std::string sha256 = {};              // of the package itself
    std::string go_sum = {};              // "h1:BASE64", of a module of Go
    std::vector<std::size_t> files = {};  // all it holds; none: its files were not looked at
};

struct BillFile {
    std::string path = {};  // without the leading '/'
    std::string sha256 = {};
    std::string sha1 = {};
};

struct BillRelation {
    Element from = {};
    std::string type = {};  // "CONTAINS"
    Element to = {};
};

struct Bill {
    std::string name = {};
    std::string created = {};  // RFC 3339, UTC
    std::string creator = {};  // "outis-0.1.0"
    std::vector<BillPackage> packages = {};
    std::vector<BillFile> files = {};
    std::vector<BillRelation> relations = {};
};

// SHA-1 over the sorted SHA-1 of the files: SPDX's package verification code, clause 7.9.
std::string verification_code(const Bill& bill, const BillPackage& package);

std::string spdx_json(const Bill& bill);

}  // namespace outis::images::bill
