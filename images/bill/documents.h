// The documents that go with a bake: its bill of materials and its provenance, as they are wanted.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "bill/contents.h"
#include "bill/provenance.h"
#include "outis/error.h"
#include "places/bundle.h"

namespace outis::images::bill {

// Which documents are wanted, and what they say besides what the images show.
struct DocumentRequest {
    bool sbom = true;
    bool provenance = true;
    std::int64_t time = 0;            // of the image, seconds since 1970
    std::filesystem::path root = {};  // where owners of files are looked up, or empty
    BaseFacts base = {};
    ProvenanceFacts facts = {};
};

struct BillDocuments {
    std::vector<places::Document> list = {};
    std::vector<std::string> notes = {};  // what may be missing in them, a clause each
};

// Of the files beside a tar.
std::vector<std::string> document_endings(bool sbom, bool provenance);

// About the images of `bundle`, whose layers list their files.
Result<BillDocuments, Error> documents_of(const places::Bundle& bundle,
                                          const DocumentRequest& request);

}  // namespace outis::images::bill
