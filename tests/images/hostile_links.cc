#include <string>

#include "host/input.h"
#include "hostile_parts.h"
#include "layers/gzip.h"
#include "layers/zstd.h"

namespace outis::images::testing {

std::vector<HostileShape> hostile_links()
{
    return {
        // links
        {"a chain of symbolic links",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return symlink(name_of(i), name_of(i + 1)); }) +
                  times(n, [](std::size_t i) { return file("n00000000/" + name_of(i)); })});
         }},
        {"files behind forty links",
         [](std::size_t n) {
             return image_of({folder("l40") +
                              times(40,
                                    [](std::size_t i) {
                                        return symlink("l" + number(i), "l" + number(i + 1));
                                    }) +
                              times(n, [](std::size_t i) { return file("l0/" + name_of(i)); })});
         }},
        {"a path of links to the same place",
         [](std::size_t n) {
             return image_of({symlink("l", ".") + times(n, [](std::size_t i) {
                                  return file(deep(i % 60 + 1, "l") + "/" + name_of(i));
                              })});
         }},
        {"links whose targets are long ways round",
         [](std::size_t n) {
             return image_of({folder("d") + symlink("l", deep(100, "d/..") + "/d") +
                              times(n, [](std::size_t i) { return file("l/" + name_of(i)); })});
         }},
        {"a link that is made again before each file behind it",
         [](std::size_t n) {
             return image_of({folder("d") + times(n, [](std::size_t i) {
                                  return symlink("l", "d") + file("l/" + name_of(i));
                              })});
         }},
        {"long ways round, while links come and go",
         [](std::size_t n) {
             return image_of({folder("d") + symlink("l", deep(100, "d/..") + "/d") +
                              times(n, [](std::size_t i) {
                                  return symlink("x", "d") + file("l/" + name_of(i));
                              })});
         }},
        {"hard links to one file",
         [](std::size_t n) {
             return image_of(
                 {file("a") + times(n, [](std::size_t i) { return hardlink(name_of(i), "a"); })});
         }},
        {"a chain of hard links",
         [](std::size_t n) {
             return image_of({file("n00000000") + times(n, [](std::size_t i) {
                                  return hardlink(name_of(i + 1), name_of(i));
                              })});
         }},
        {"hard links to a file with many attributes",
         [](std::size_t n) {
             return image_of({special('x', record("SCHILY.xattr.user.a", std::string(2000, 'x'))) +
                              file("a") +
                              times(n, [](std::size_t i) { return hardlink(name_of(i), "a"); })});
         }},
        {"hard links through a chain of symbolic ones",
         [](std::size_t n) {
             return image_of({file("l39") +
                              times(39,
                                    [](std::size_t i) {
                                        return symlink("l" + number(i), "l" + number(i + 1));
                                    }) +
                              times(n, [](std::size_t i) { return hardlink(name_of(i), "l0"); })});
         }},
        {"hard links to nothing",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return hardlink(name_of(i), "nothing"); })});
         }},
        // whiteouts
        {"an opaque folder again and again beside its files",
         [](std::size_t n) {
             return image_of({file("a"), times(n, [](std::size_t i) {
                                  return file("d/" + name_of(i)) + file("d/.wh..wh..opq");
                              })});
         }},
        {"an opaque root again and again",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return file(name_of(i)); }),
                  times(n, [](std::size_t i) { return file(name_of(i)) + file(".wh..wh..opq"); })});
         }},
        {"a whiteout of a folder that is filled again",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return file("d/" + name_of(i)); }),
                  times(n, [](std::size_t i) { return file(".wh.d") + file("d/" + name_of(i)); })});
         }},
        {"whiteouts of each file",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) { return file(name_of(i)); }),
                              times(n, [](std::size_t i) { return file(".wh." + name_of(i)); })});
         }},
        {"whiteouts of nothing",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) { return file("d/.wh." + name_of(i)); })});
         }},
        {"whiteouts of deep folders",
         [](std::size_t n) {
             return image_of(
                 {times(n / 16,
                        [](std::size_t i) { return file(name_of(i) + "/" + deep(40) + "/a"); }),
                  times(n / 16, [](std::size_t i) { return file(".wh." + name_of(i)); })});
         }},
        {"opaque folders, each inside another",
         [](std::size_t n) {
             return image_of(
                 {times(n, [](std::size_t i) { return file(deep(50) + "/" + name_of(i)); }),
                  times(n, [](std::size_t i) {
                      return file(deep(50) + "/" + name_of(i)) +
                             file(deep(i % 50 + 1) + "/.wh..wh..opq");
                  })});
         }},
        {"whiteouts through links",
         [](std::size_t n) {
             return image_of(
                 {folder("d") + times(n,
                                      [](std::size_t i) {
                                          return file("d/" + name_of(i)) +
                                                 symlink("l" + number(i), "d");
                                      }),
                  times(n, [](std::size_t i) { return file("l" + number(i) + "/.wh..wh..opq"); })});
         }},
    };
}

std::vector<HostileShape> hostile_layers()
{
    return {
        // layers
        {"many layers that remove and fill a folder",
         [](std::size_t n) {
             std::vector<std::string> tars;
             for (std::size_t i = 0; i < n / 16; ++i)
                 tars.push_back(file("d/.wh..wh..opq") + file("d/" + name_of(i)));
             return image_of(tars);
         }},
        {"many layers over a large one",
         [](std::size_t n) {
             std::vector<std::string> tars{
                 times(n, [](std::size_t i) { return file(name_of(i)); })};
             for (std::size_t i = 0; i < n / 16; ++i)
                 tars.push_back(file("d"));
             return image_of(tars);
         }},
        {"one layer many times",
         [](std::size_t n) {
             return image_of(std::vector<std::string>(n / 8, file("a") + file("b")));
         }},
        {"a gzip member for each block",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) { return file(name_of(i)); })},
                             [](const std::string& tar) {
                                 std::string blob;
                                 for (std::size_t at = 0; at < tar.size(); at += 512)
                                     blob += layers::gzip_member(
                                         host::as_bytes(tar.substr(at, 512)), 1);
                                 return blob;
                             });
         }},
        {"a zstd frame for each block, and empty ones between",
         [](std::size_t n) {
             return image_of({times(n, [](std::size_t i) { return file(name_of(i)); })},
                             [](const std::string& tar) {
                                 std::string blob;
                                 for (std::size_t at = 0; at < tar.size(); at += 512)
                                     blob += layers::zstd_frame(host::as_bytes(tar.substr(at, 512)),
                                                                1) +
                                             std::string("\x50\x2A\x4D\x18\0\0\0\0", 8);
                                 return blob;
                             });
         }},
        // documents
        {"many manifests of one image",
         [](std::size_t n) {
             return indexed(n / 4, [](std::size_t i) {
                 return R"({"architecture":"amd64","os":"linux","variant":")" + number(i) + "\"}";
             });
         }},
        {"many manifests for one platform",
         [](std::size_t n) {
             return indexed(n, [](std::size_t) {
                 return std::string(R"({"architecture":"amd64","os":"linux"})");
             });
         }},
        {"many variables",
         [](std::size_t n) {
             return running("\"Env\":[" +
                            texts(n, [](std::size_t i) { return "A" + number(i) + "=x"; }) + "]");
         }},
        {"one variable many times",
         [](std::size_t n) {
             return running("\"Env\":[" + texts(n, [](std::size_t) { return std::string("A=x"); }) +
                            "]");
         }},
        {"many words of a command",
         [](std::size_t n) {
             return running("\"Cmd\":[" + texts(n, [](std::size_t i) { return number(i); }) + "]");
         }},
        {"many labels",
         [](std::size_t n) {
             std::string labels;
             for (std::size_t i = 0; i < n; ++i)
                 labels += (i == 0 ? "\"" : ",\"") + name_of(i) + "\":\"x\"";
             return running("\"Labels\":{" + labels + "}");
         }},
        {"one label many times",
         [](std::size_t n) {
             std::string labels;
             for (std::size_t i = 0; i < n; ++i)
                 labels += (i == 0 ? "\"" : ",\"") + std::string("a\":\"x\"");
             return running("\"Labels\":{" + labels + "}");
         }},
    };
}

}  // namespace outis::images::testing
