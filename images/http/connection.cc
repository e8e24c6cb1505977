#include "http/connection.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "host/input.h"
#include "http/dial.h"
#include "http/operation.h"
#include "outis/base/fd.h"

namespace outis::images::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

using asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using LocalStream = beast::basic_stream<asio::local::stream_protocol>;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;
using Parser = http::response_parser<http::buffer_body>;

constexpr std::size_t kPiece = 256U << 10;     // of a body, sent or taken at once
constexpr std::size_t kAhead = 128U << 10;     // what may arrive without being understood
constexpr std::chrono::seconds kLastWords{2};  // for an answer after a send has failed
constexpr int kMaxInterim = 8;                 // answers 1xx before the answer

template <typename Stream>
class StreamConnection final : public Connection {
public:
    template <typename... Arguments>
    StreamConnection(const Url& url, const Patience& patience, Arguments&&... arguments)
        : origin_(url.origin()),
          host_(url.host),
          usual_(patience),
          patience_(patience),
          stream_(context_, std::forward<Arguments>(arguments)...)
    {
    }

    // Requests then name their whole URL.
    void go_through(const std::optional<Proxy>& proxy) { proxy_ = proxy; }

    Result<Done, Trouble> start(Dialed dialed)
    {
        is_inside_ = dialed.is_inside;
        beast::error_code code;
        lowest().socket().assign(protocol_of(dialed.socket), dialed.socket.get(), code);
        if (code)
            return trouble(Cause::unopened, "connecting to '" + origin_ + "': " + code.message());
        static_cast<void>(dialed.socket.release());
        return secure();
    }

    Result<Response, Trouble> exchange(const Request& request, const ChooseSink& choose) override
    {
        patience_ = request.patience.value_or(usual_);
        reusable_ = false;
        interim_ = 0;
        skips_body_ = request.method == Method::head;
        listen();
        const Result<bool, Trouble> sent = send(request);
        if (!sent && sent.error().cause == Cause::final)
            return Failure{sent.error()};
        // The last PUT of an upload has no body, and yet a registry assembles all of it first.
        const bool stores = request.body.size > 0 || request.method == Method::put;
        const std::chrono::milliseconds patience = !sent    ? kLastWords
                                                   : stores ? patience_.answer
                                                            : patience_.silence;
        Result<Response, Trouble> answer = receive(request, patience, choose);
        // An answer to what was not sent whole still says more than the broken pipe.
        if (!answer && !sent && answer.error().cause != Cause::final)
            return Failure{sent.error()};
        reusable_ = reusable_ && sent && sent.value();
        return answer;
    }

    [[nodiscard]] bool reusable() const override { return reusable_; }

    [[nodiscard]] bool is_inside() const override { return is_inside_; }

    [[nodiscard]] int descriptor() override { return lowest().socket().native_handle(); }

private:
    beast::lowest_layer_type<Stream>& lowest() { return beast::get_lowest_layer(stream_); }

    static auto protocol_of(const Fd& socket)
    {
        if constexpr (std::is_same_v<Stream, LocalStream>) {
            return asio::local::stream_protocol();
        } else {
            int family = AF_INET;
            socklen_t size = sizeof family;
            ::getsockopt(socket.get(), SOL_SOCKET, SO_DOMAIN, &family, &size);
            return family == AF_INET6 ? tcp::v6() : tcp::v4();
        }
    }

    // For http there is nothing to do.
    Result<Done, Trouble> secure()
    {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            // Server names are names (RFC 6066, 3).
            if (!is_address(host_))
                SSL_set_tlsext_host_name(stream_.native_handle(), host_.c_str());
            stream_.set_verify_callback(
                [this, fits = asio::ssl::host_name_verification(host_)](
                    bool trusted, asio::ssl::verify_context& context) mutable {
                    const bool accepted = fits(trusted, context);
                    misnamed_ = trusted && !accepted;
                    return accepted;
                });
            lowest().expires_after(patience_.connect);
            const beast::error_code code = OUTIS_TRY(run(context_, lowest(), [&](auto handler) {
                stream_.async_handshake(asio::ssl::stream_base::client, handler);
            }));
            if (code && misnamed_)
                return trouble(Cause::final, "the certificate of '" + origin_ +
                                                 "' is for other names than '" + host_ +
                                                 "'; use one that it is for");
            const long verdict = ::SSL_get_verify_result(stream_.native_handle());
            if (code && verdict != X509_V_OK)
                return trouble(
                    Cause::final,
                    "the certificate of '" + origin_ +
                        "' is not trusted: " + ::X509_verify_cert_error_string(verdict) +
                        "; --tls-ca FILE or /etc/docker/certs.d/HOST[:PORT]/ca.crt names "
                        "its authority");
            // A server that speaks no TLS will not learn it by another try.
            const bool silent = code == beast::error::timeout || code == asio::error::eof ||
                                code == asio::error::connection_reset;
            return check(silent ? Cause::unopened : Cause::final, "TLS with '" + origin_ + "'",
                         code);
        }
        return Done{};
    }

    Result<Done, Trouble> check(Cause cause, const std::string& doing,
                                const Result<beast::error_code, Trouble>& outcome)
    {
        if (!outcome)
            return Failure{outcome.error()};
        if (!outcome.value())
            return Done{};
        const bool late = outcome.value() == beast::error::timeout;
        return trouble(cause, doing + ": " +
                                  (late ? "no answer within " + seconds_text(patience_.connect)
                                        : outcome.value().message()));
    }

    Result<Done, Trouble> lost(const beast::error_code& code, std::chrono::milliseconds patience)
    {
        if (code == beast::error::timeout)
            return trouble(Cause::silent,
                           "'" + origin_ + "' was silent for " + seconds_text(patience));
        if (code == http::error::header_limit)
            return trouble(Cause::final, "'" + origin_ + "' sent fields of more than 64 KiB");
        const bool malformed = code.category() == http::make_error_code(http::error{}).category() &&
                               code != http::error::end_of_stream &&
                               code != http::error::partial_message;
        if (malformed)
            return trouble(Cause::final,
                           "'" + origin_ + "' does not speak HTTP as it should: " + code.message());
        return trouble(Cause::broken,
                       "the connection to '" + origin_ + "' was lost: " + code.message());
    }

    // Waits for an answer from now on: a refusal may come before all is sent.
    void listen()
    {
        parser_.emplace();
        parser_->header_limit(kMaxHeader);
        parser_->body_limit(boost::none);
        parser_->skip(skips_body_);
        head_.reset();
        lowest().expires_never();
        http::async_read_header(stream_, buffer_, *parser_,
                                [this](beast::error_code code, auto) { head_ = code; });
    }

    // Whether the answer's head is there, or will never be; those with 1xx are passed over.
    bool has_answer()
    {
        if (!head_)
            return false;
        if (*head_ || parser_->get().result_int() >= 200 || interim_ == kMaxInterim)
            return true;
        ++interim_;
        listen();
        return false;
    }

    // False if an answer came before.
    Result<bool, Trouble> write(asio::const_buffer bytes)
    {
        sent_.reset();
        lowest().expires_after(patience_.silence);
        asio::async_write(stream_, bytes, [this](beast::error_code code, auto) { sent_ = code; });
        const Clock::time_point never = Clock::time_point::max();
        OUTIS_TRY(run_until(context_, lowest(), never, [&] { return sent_ || has_answer(); }));
        const bool went = sent_.has_value();
        if (!went)
            lowest().cancel();
        OUTIS_TRY(run_until(context_, lowest(), never, [&] { return sent_.has_value(); }));
        if (went && *sent_)
            OUTIS_TRY(lost(*sent_, patience_.silence));
        return went;
    }

    // Whether all was sent: not what is left when an answer comes.
    Result<bool, Trouble> send(const Request& request)
    {
        // What is under way when this fails reads it still.
        header_ = OUTIS_TRY(or_trouble(header_text(request, proxy_)));
        if (!OUTIS_TRY(write(asio::buffer(header_))))
            return false;
        if (request.body.size > 0)
            piece_.resize(kPiece);
        for (std::uint64_t offset = 0; offset < request.body.size;) {
            if (has_answer())
                return false;
            const std::size_t wanted = static_cast<std::size_t>(
                std::min<std::uint64_t>(kPiece, request.body.size - offset));
            const std::size_t count =
                OUTIS_TRY(or_trouble(request.body.read(offset, std::span(piece_).first(wanted))));
            if (count == 0)
                return trouble(Cause::final, "what was to be sent to '" + origin_ +
                                                 "' has become shorter meanwhile");
            if (!OUTIS_TRY(write(asio::buffer(piece_.data(), count))))
                return false;
            offset += count;
        }
        return true;
    }

    // Status and fields, after any answers 1xx.
    Result<Done, Trouble> receive_head(std::chrono::milliseconds patience)
    {
        const bool in_time = OUTIS_TRY(
            run_until(context_, lowest(), Clock::now() + patience, [&] { return has_answer(); }));
        if (!in_time)
            return lost(beast::error::timeout, patience);
        if (*head_)
            return lost(*head_, patience);
        if (parser_->get().result_int() < 200)
            return trouble(Cause::final, "'" + origin_ + "' sends interim answers without end");
        return Done{};
    }

    Result<Response, Trouble> receive(const Request& request, std::chrono::milliseconds patience,
                                      const ChooseSink& choose)
    {
        OUTIS_TRY(receive_head(patience));
        Response response{.status = static_cast<int>(parser_->get().result_int()),
                          .is_inside = is_inside_};
        for (const auto& field : parser_->get())
            response.fields.push_back(
                {.name = std::string(field.name_string()), .value = std::string(field.value())});
        if (parser_->content_length())
            response.length = *parser_->content_length();

        BodySink sink;
        if (choose)
            sink = OUTIS_TRY(or_trouble(choose(response)));
        if (!sink) {
            if (request.method != Method::head && response.length.value_or(0) > request.text_limit)
                return too_long(request.text_limit);
            sink = [&](Bytes bytes) -> Result<Done, Error> {
                if (bytes.size() > request.text_limit - response.text.size())
                    return Failure{too_long(request.text_limit).error.error};
                response.text += host::as_text(bytes);
                return Done{};
            };
        }
        OUTIS_TRY(receive_body(*parser_, sink));
        reusable_ = parser_->keep_alive() && buffer_.size() == 0;
        return response;
    }

    Failure<Trouble> too_long(std::size_t limit)
    {
        return trouble(Cause::final, "'" + origin_ + "' answers with more than " +
                                         std::to_string(limit >> 10) + " KiB");
    }

    Result<Done, Trouble> receive_body(Parser& parser, const BodySink& sink)
    {
        piece_.resize(kPiece);
        Clock::duration waited{};
        std::uint64_t came = 0;
        while (!parser.is_done()) {
            parser.get().body().data = piece_.data();
            parser.get().body().size = piece_.size();
            parser.get().body().more = true;
            lowest().expires_after(patience_.silence);
            const Clock::time_point start = Clock::now();
            const beast::error_code code = OUTIS_TRY(run(context_, lowest(), [&](auto handler) {
                http::async_read_some(stream_, buffer_, parser, handler);
            }));
            // What the sink takes is not the server's time.
            waited += Clock::now() - start;
            const std::size_t count = piece_.size() - parser.get().body().size;
            came += count;
            if (count > 0)
                OUTIS_TRY(or_trouble(sink(Bytes(piece_).first(count))));
            if (code && code != http::error::need_buffer)
                return lost(code, patience_.silence);
            if (waited < patience_.pace.window)
                continue;
            if (came < patience_.pace.bytes && !parser.is_done())
                return too_slow(came);
            waited = {};
            came = 0;
        }
        return Done{};
    }

    Failure<Trouble> too_slow(std::uint64_t came)
    {
        return trouble(Cause::slow, "'" + origin_ + "' sent " + std::to_string(came) +
                                        " bytes in " + seconds_text(patience_.pace.window) +
                                        ", fewer than the least of " +
                                        std::to_string(patience_.pace.bytes));
    }

    asio::io_context context_{1};
    std::string origin_;
    std::string host_;
    Patience usual_;
    Patience patience_;  // of the request under way
    Stream stream_;
    beast::flat_buffer buffer_{kAhead};
    std::string header_;
    std::vector<std::byte> piece_;
    std::optional<Parser> parser_ = {};           // of the answer
    std::optional<beast::error_code> head_ = {};  // how reading its head has ended
    std::optional<beast::error_code> sent_ = {};  // how the last write has ended
    int interim_ = 0;                             // answers 1xx so far
    bool skips_body_ = false;
    bool misnamed_ = false;  // the certificate's names are others
    bool reusable_ = false;
    bool is_inside_ = false;
    std::optional<Proxy> proxy_ = {};
};

template <typename Made>
Result<std::unique_ptr<Connection>, Trouble> started(std::unique_ptr<Made> made, Dialed dialed)
{
    OUTIS_TRY(made->start(std::move(dialed)));
    return std::unique_ptr<Connection>(std::move(made));
}

}  // namespace

Result<std::unique_ptr<Connection>, Trouble> Connection::open(const Url& url, const Trust* trust,
                                                              const Patience& patience,
                                                              const std::optional<Proxy>& proxy)
{
    Dialed dialed = OUTIS_TRY(dial(url, patience, proxy ? &*proxy : nullptr));
    if (!url.socket.empty())
        return started(std::make_unique<StreamConnection<LocalStream>>(url, patience),
                       std::move(dialed));
    if (url.scheme == "http") {
        auto plain = std::make_unique<StreamConnection<PlainStream>>(url, patience);
        plain->go_through(proxy);
        return started(std::move(plain), std::move(dialed));
    }
    asio::ssl::context context(trust->share());
    return started(std::make_unique<StreamConnection<TlsStream>>(url, patience, context),
                   std::move(dialed));
}

}  // namespace outis::images::http
