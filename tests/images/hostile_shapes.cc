#include "hostile_shapes.h"

#include <string>

#include "hostile_parts.h"
#include "layers/tar.h"

namespace outis::images::testing {

namespace {

std::vector<HostileShape> hostile_names()
{
    return {
        // pax
        {"many global records before many files",
         [](std::size_t n) {
             return image_of(
                 {special('g', times(n / 4, [](std::size_t i) { return record(number(i), "x"); })) +
                  times(n, [](std::size_t i) { return file(name_of(i)); })});
         }},
        {"a global header before each file",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) {
                 return special('g', record("k" + number(i % 500), "x")) + file(name_of(i));
             })});
         }},
        {"global attributes",
         [](std::size_t n) {
             return image_of({special('g', times(n / 8,
                                                 [](std::size_t i) {
                                                     return record("SCHILY.xattr.user." + number(i),
                                                                   "x");
                                                 })) +
                              times(n, [](std::size_t i) { return file(name_of(i)); })});
         }},
        {"a global capability for all",
         [](std::size_t n) {
             return image_of(
                 {special('g', record("SCHILY.xattr.security.capability", std::string(n, 'x'))) +
                  times(n, [](std::size_t i) { return file(name_of(i)); })});
         }},
        {"a long global path",
         [](std::size_t n) {
             return image_of({special('g', record("path", std::string(n, 'x'))) +
                              times(n, [](std::size_t i) { return file(name_of(i)); })});
         }},
        {"global headers without limit",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) {
                 return special('g', record(name_of(i), std::string(400, 'x')));
             })});
         }},
        {"many records of one file",
         [](std::size_t n) {
             return image_of({special('x', times(n,
                                                 [](std::size_t i) {
                                                     return record("SCHILY.xattr.user." + number(i),
                                                                   "x");
                                                 })) +
                              file("a")});
         }},
        {"one record again and again",
         [](std::size_t n) {
             return image_of(
                 {special('x', times(n, [](std::size_t i) { return record("path", name_of(i)); })) +
                  file("a")});
         }},
        {"a chain of pax headers",
         [](std::size_t n) {
             return image_of(
                 {times(n,
                        [](std::size_t i) { return special('x', record("k" + number(i), "x")); }) +
                  file("a")});
         }},
        {"a chain of GNU's long names",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return special('L', name_of(i) + '\0'); }) +
                  file("a")});
         }},
        {"a chain of GNU's long links",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return special('K', name_of(i) + '\0'); }) +
                  file("a")});
         }},
        {"attributes of each file",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) {
                 return special('x', record("SCHILY.xattr.user.a", "b")) + file(name_of(i));
             })});
         }},
        // sparse files
        {"a long map in blocks",
         [](std::size_t n) {
             std::vector<SparsePart> parts;
             for (std::size_t i = 0; i < n; ++i)
                 parts.push_back({.offset = 2 * i, .size = 1});
             return image_of({sparse("a", parts, 2 * n, std::string(n, 'x'))});
         }},
        {"a long map in a record",
         [](std::size_t n) {
             return image_of(
                 {special('x', record("GNU.sparse.size", number(n)) +
                                   record("GNU.sparse.numblocks", number(n)) +
                                   record("GNU.sparse.map", "0,0" + times(n - 1,
                                                                          [](std::size_t i) {
                                                                              return "," +
                                                                                     number(i) +
                                                                                     ",0";
                                                                          }))) +
                  file("a")});
         }},
        {"a long map in many records",
         [](std::size_t n) {
             return image_of({special('x', record("GNU.sparse.size", number(n)) +
                                               record("GNU.sparse.numblocks", number(n)) +
                                               times(n,
                                                     [](std::size_t i) {
                                                         return record("GNU.sparse.offset",
                                                                       number(i)) +
                                                                record("GNU.sparse.numbytes", "0");
                                                     })) +
                              file("a")});
         }},
        {"a long map in lines",
         [](std::size_t n) {
             std::string map =
                 number(n) + "\n" + times(n, [](std::size_t i) { return number(i) + "\n0\n"; });
             map += std::string(layers::tar_padding(map.size()), '\0');
             return image_of(
                 {special('x', record("GNU.sparse.major", "1") + record("GNU.sparse.minor", "0") +
                                   record("GNU.sparse.realsize", number(n))) +
                  layers::tar_header({.path = "a", .size = map.size()}) + map});
         }},
        {"a large hole", [](std::size_t n) { return image_of({sparse("a", {}, n << 13, "")}); }},
        {"many holes",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return sparse(name_of(i), {}, 4096, ""); })});
         }},
        // paths
        {"many files",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) { return file(name_of(i)); })});
         }},
        {"many files, backwards",
         [](std::size_t n) {
             std::string all;
             for (std::size_t i = n; i-- > 0;)
                 all += file(name_of(i));
             return image_of({all});
         }},
        {"one file again and again",
         [](std::size_t n) { return image_of({times(n, [](std::size_t) { return file("a"); })}); }},
        {"files below one deep folder",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return file(deep(240) + "/" + name_of(i)); })});
         }},
        {"files below two deep folders in turn",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) {
                 return file(deep(200, i % 2 == 0 ? "d" : "e") + "/" + name_of(i));
             })});
         }},
        {"each file in deep folders of its own",
         [](std::size_t n) {
             return image_of(
                 {times(n / 16, [](std::size_t i) { return file(name_of(i) + "/" + deep(40)); })});
         }},
        {"deep folders that nobody lists, again and again",
         [](std::size_t n) {
             return image_of({times(
                 n, [](std::size_t i) { return file(deep(1 + i % 200) + "/" + name_of(i)); })});
         }},
        {"long names",
         [](std::size_t n) {
             return image_of({times(
                 n, [](std::size_t i) { return file(name_of(i) + std::string(240, 'x')); })});
         }},
        {"paths of nearly 4096 bytes",
         [](std::size_t n) {
             return image_of({times(n / 8, [](std::size_t i) {
                 return file(deep(15, std::string(250, 'x')) + "/" + name_of(i));
             })});
         }},
        {"slashes and dots",
         [](std::size_t n) {
             return image_of({times(
                 n, [](std::size_t i) { return file(deep(100, ".//.") + "/" + name_of(i)); })});
         }},
        {"files below a file",
         [](std::size_t n) {
             return image_of(
                 {file("a") + times(n, [](std::size_t i) { return file("a/" + name_of(i)); })});
         }},
        {"a folder that becomes a file and a folder again",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) {
                 return folder("d") + file("d/" + name_of(i)) + file("d");
             })});
         }},
        {"a large folder, and a file in its place that comes again and again",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) { return file("d/" + name_of(i)); }) +
                              times(n, [](std::size_t) { return file("d"); })});
         }},
    };
}

}  // namespace

std::vector<HostileShape> hostile_shapes()
{
    std::vector<HostileShape> shapes = hostile_names();
    for (const auto& more : {hostile_links(), hostile_layers()})
        shapes.insert(shapes.end(), more.begin(), more.end());
    return shapes;
}

}  // namespace outis::images::testing
