#include "places/each_once.h"

#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace outis::images::places {

registry::Notice each_once(const registry::Notice& note)
{
    struct Seen {
        std::mutex mutex = {};
        std::set<std::string> notes = {};
    };

    return [note, seen = std::make_shared<Seen>()](const std::string& text) {
        const std::scoped_lock lock(seen->mutex);
        if (seen->notes.insert(text).second && note)
            note(text);
    };
}

}  // namespace outis::images::places
