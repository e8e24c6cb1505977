// Somebody whom closed doors stop, also where tests run as root.
#pragma once

#include <sys/fsuid.h>

namespace outis::images::testing {

// Files are looked at as nobody while it lives. Only root can.
class AsNobody {
public:
    AsNobody() : before_(::setfsuid(65534)) {}

    ~AsNobody() { ::setfsuid(static_cast<uid_t>(before_)); }

    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

private:
    int before_;
};

}  // namespace outis::images::testing
