#include "http/lookup.h"

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>

#include <netdb.h>

#include "http/operation.h"

namespace outis::images::http {

namespace {

struct Answer {
    int error = 0;  // of getaddrinfo(3)
    std::vector<Place> places = {};
};

// Outlives whoever asked, as long as the resolver takes.
struct Question {
    std::string host = {};
    std::string port = {};
    std::mutex mutex = {};
    std::condition_variable answered = {};
    std::optional<Answer> answer = {};
};

Answer resolve(const std::string& host, const std::string& port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    Answer answer;
    answer.error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    // Without any network but loopback no family counts as configured.
    if (answer.error != 0) {
        hints.ai_flags = 0;
        answer.error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    }
    if (answer.error != 0)
        return answer;
    for (const addrinfo* at = list; at != nullptr && answer.places.size() < kMaxAddresses;
         at = at->ai_next) {
        Place place{.size = at->ai_addrlen};
        std::memcpy(&place.storage, at->ai_addr, at->ai_addrlen);
        answer.places.push_back(place);
    }
    ::freeaddrinfo(list);
    return answer;
}

}  // namespace

Result<std::vector<Place>, Trouble> find_addresses(const std::string& host, const std::string& port)
{
    const auto question = std::make_shared<Question>();
    question->host = host;
    question->port = port;
    try {
        std::thread([question] {
            Answer answer = resolve(question->host, question->port);
            const std::scoped_lock lock(question->mutex);
            question->answer = std::move(answer);
            question->answered.notify_one();
        }).detach();
    } catch (const std::system_error& error) {
        return trouble(Cause::unopened, "finding '" + host + "': " + error.what());
    }
    std::unique_lock lock(question->mutex);
    while (!question->answered.wait_for(lock, kTick, [&] { return question->answer.has_value(); }))
        OUTIS_TRY(or_trouble(host::check_interrupts()));
    if (question->answer->error != 0)
        return trouble(Cause::unopened,
                       "finding '" + host + "': " + ::gai_strerror(question->answer->error));
    return std::move(question->answer->places);
}

}  // namespace outis::images::http
