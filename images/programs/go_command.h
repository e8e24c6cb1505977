// The go command, and what its answers mean.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "host/child.h"
#include "outis/error.h"

namespace outis::images::programs {

// `request` without the word "go".
Result<host::ChildAnswer, Error> run_go(host::ChildRequest request);

// "go build failed: …", with a remedy where Go does not say it.
Failure<Error> go_failed(const std::string& what, const host::ChildAnswer& answer);

// Without a module Go works in GOPATH mode.
std::map<std::string, std::string> module_environment(bool has_module);

// Whether a module or workspace has its dependencies in itself.
bool has_vendor(const std::filesystem::path& root);

}  // namespace outis::images::programs
