// Package URLs: how scanners find a package in their databases.
// Source: purl specification (ECMA-427), types deb, apk, golang, oci, generic.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace outis::images::bill {

struct Purl {
    std::string type = {};     // "deb"
    std::string name = {};     // with its namespace, '/' between: "debian/libc6"
    std::string version = {};  // empty: none
    std::vector<std::pair<std::string, std::string>> qualifiers = {};  // empty values are left out
};

// "pkg:deb/debian/libc6@2.36-9?arch=amd64", percent-encoded, qualifiers sorted.
std::string purl_text(Purl purl);

// Of a module of Go; the specification wants it in lower case.
std::string go_purl(std::string_view module, std::string_view version);

// Go's "h1:BASE64" as 64 hexadecimal digits; empty if it is none.
std::string dir_hash(std::string_view go_sum);

}  // namespace outis::images::bill
