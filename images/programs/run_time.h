// What programs load while they run, which no ELF header names. Its evidence is in the files: whom
// they call, and which folders they were told of when they were built.
//
//   pthread_cancel, pthread_exit: glibc opens libgcc_s.so.1 to unwind the thread's stack;
//   getaddrinfo, getpwnam and others: glibc opens libnss_NAME.so.2 for what nsswitch.conf names
//   (files and dns are part of libc since 2.34);
//   getaddrinfo, getservbyname, getprotobyname: libc reads /etc/services and /etc/protocols;
//   iconv_open: glibc opens modules in its folder 'gconv';
//   libcrypto's MODULESDIR and OPENSSLDIR: OpenSSL 3 opens providers and openssl.cnf there;
//   setlocale, newlocale: glibc opens the locale that the environment names;
//   dlopen: whatever the program likes.
//
// Sources: glibc's nptl/unwind-forcedunwind.c, nss/nss_module.c, iconv/gconv_db.c;
// openssl-version(1), config(5ssl).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "outis/base/bytes.h"
#include "programs/elf_symbols.h"

namespace outis::images::programs {

// Bits of Object::evidence.
constexpr unsigned kUnwinds = 1;
constexpr unsigned kAsksNames = 2;
constexpr unsigned kConverts = 4;
constexpr unsigned kHasLocale = 8;
constexpr unsigned kLoadsMore = 16;
constexpr unsigned kAsksServices = 32;

unsigned evidence_in(const ElfSymbols& symbols);

// The modules that nsswitch.conf names, each once: "files", "dns".
std::vector<std::string> name_services(std::string_view nsswitch);

// Whether libc brings a module itself, by its exports ("_nss_files_…").
bool has_name_service(const ElfSymbols& libc, const std::string& service);

struct OpensslFolders {
    std::string settings = {};  // OPENSSLDIR; empty if the file does not say
    std::string modules = {};   // MODULESDIR
};

// Of libcrypto's bytes.
OpensslFolders openssl_folders(Bytes libcrypto);

// The names under which glibc looks for a locale's folder: "C.UTF-8", "C.utf8".
std::vector<std::string> locale_folders(const std::string& locale);

}  // namespace outis::images::programs
