#include "http/message.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>
#include <utility>

namespace outis::images::http {

namespace {

constexpr std::array<std::pair<Method, std::string_view>, 6> kMethods{{
    {Method::get, "GET"},
    {Method::head, "HEAD"},
    {Method::post, "POST"},
    {Method::put, "PUT"},
    {Method::patch, "PATCH"},
    {Method::remove, "DELETE"},
}};

bool has_body(Method method)
{
    return method == Method::post || method == Method::put || method == Method::patch;
}

bool same_name(std::string_view left, std::string_view right)
{
    return std::ranges::equal(left, right, [](unsigned char a, unsigned char b) {
        return std::tolower(a) == std::tolower(b);
    });
}

}  // namespace

std::string find_field(const Fields& fields, std::string_view name)
{
    const auto found = std::ranges::find_if(
        fields, [&](const Field& field) { return same_name(field.name, name); });
    return found == fields.end() ? "" : found->value;
}

std::vector<std::string> Response::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (const Field& field : fields) {
        if (same_name(field.name, name))
            values.push_back(field.value);
    }
    return values;
}

Payload text_payload(std::string text)
{
    const auto shared = std::make_shared<const std::string>(std::move(text));
    return {.size = shared->size(),
            .read = [shared](std::uint64_t offset, std::span<std::byte> buffer) {
                const std::size_t from =
                    static_cast<std::size_t>(std::min<std::uint64_t>(offset, shared->size()));
                const std::size_t count = std::min(buffer.size(), shared->size() - from);
                if (count > 0)
                    std::memcpy(buffer.data(), shared->data() + from, count);
                return Result<std::size_t, Error>(count);
            }};
}

Payload part_of(const Payload& whole, std::uint64_t offset, std::uint64_t size)
{
    return {.size = size,
            .read = [read = whole.read, offset](std::uint64_t at, std::span<std::byte> buffer) {
                return read(offset + at, buffer);
            }};
}

std::string seconds_text(std::chrono::milliseconds time)
{
    return std::to_string(time.count() / 1000) + " s";
}

bool is_clean(std::string_view text)
{
    return std::ranges::all_of(text,
                               [](unsigned char c) { return (c >= ' ' && c != 127) || c == '\t'; });
}

std::string_view method_name(Method method)
{
    return std::ranges::find(kMethods, method, &std::pair<Method, std::string_view>::first)->second;
}

Result<std::string, Error> header_text(const Request& request, const std::optional<Proxy>& proxy)
{
    if (!is_clean(request.url.target) || request.url.target.find(' ') != std::string::npos ||
        !is_clean(request.url.host))
        return bad_input("a URL holds control characters");
    std::string text = std::string(method_name(request.method)) + " " +
                       (proxy ? request.url.scheme + "://" + request.url.authority() : "") +
                       request.url.target + " HTTP/1.1\r\nHost: " + request.url.authority() +
                       "\r\nUser-Agent: outis/" OUTIS_VERSION "\r\n";
    if (has_body(request.method))
        text += "Content-Length: " + std::to_string(request.body.size) + "\r\n";
    if (proxy && !proxy->login.empty())
        text += "Proxy-Authorization: " + proxy->login + "\r\n";
    for (const Field& field : request.fields) {
        if (!is_clean(field.value))
            return bad_input("the value of '" + field.name + "' holds control characters");
        text += field.name + ": " + field.value + "\r\n";
    }
    return text + "\r\n";
}

}  // namespace outis::images::http
