#include "bill/tool.h"

#include "bill/purl.h"

namespace outis::images::bill {

std::string bill_creator()
{
    return "outis-" OUTIS_VERSION;
}

BillPackage tool_package()
{
    return {.name = "outis",
            .version = OUTIS_VERSION,
            .purl = purl_text({.type = "generic", .name = "outis", .version = OUTIS_VERSION}),
            .purpose = "APPLICATION",
            .license = "Apache-2.0"};
}

BillPackage library_package(const programs::LinkedLibrary& library)
{
    return {.name = library.name,
            .version = library.version,
            .purl = library.purl,
            .purpose = "LIBRARY"};
}

Bill bill_of_tool(const std::string& created)
{
    Bill bill{.name = "outis", .created = created, .creator = bill_creator()};
    const Element tool{.kind = ElementKind::package, .index = 0};
    bill.packages.push_back(tool_package());
    bill.relations.push_back({.from = {}, .type = "DESCRIBES", .to = tool});
    for (const programs::LinkedLibrary& library : programs::own_libraries()) {
        const Element element{.kind = ElementKind::package, .index = bill.packages.size()};
        bill.packages.push_back(library_package(library));
        bill.relations.push_back({.from = tool, .type = "STATIC_LINK", .to = element});
    }
    return bill;
}

}  // namespace outis::images::bill
