// The documents that go with a bake: its bill of materials and its provenance, as they are wanted.
#pragma once

#include <string>
#include <vector>

#include "bill/provenance.h"
#include "deliver/bundle.h"
#include "files/tool_data.h"
#include "plan/plan.h"

namespace outis::images {

struct BillDocuments {
    std::vector<Document> list = {};
    std::vector<std::string> notes = {};  // what may be missing in them, a clause each
};

// About the images of `bundle`, whose layers tell of their files, on top of `under`.
Result<BillDocuments, Error> documents_of(const Bundle& bundle, const BakeOptions& options,
                                          const Plan& plan, const ToolData& data,
                                          const Labels& labels, const Underneath& under);

}  // namespace outis::images
