// A value or the reason why there is none.
//
// Freestanding: shared by PID 1 (E = init::Fault) and by the tools (E = outis::Error).
#pragma once

#include <type_traits>
#include <utility>
#include <variant>

namespace outis {

// What a failing function returns: `return Failure{error};` fits every Result<T, E>.
template <typename E>
struct Failure {
    E error;
};

template <typename E>
Failure(E) -> Failure<E>;

// The value of a Result that has nothing to say but that it worked.
struct Done {};

template <typename T, typename E>
class [[nodiscard]] Result {
public:
    constexpr Result(T value) noexcept : held_(std::in_place_index<0>, std::move(value)) {}

    constexpr Result(Failure<E> failure) noexcept
        : held_(std::in_place_index<1>, std::move(failure.error))
    {
    }

    constexpr explicit operator bool() const noexcept { return held_.index() == 0; }

    // Asking for the side that is not there is our bug: it traps.
    constexpr const T& value() const noexcept { return side<0>(held_); }

    constexpr const E& error() const noexcept { return side<1>(held_); }

    constexpr T take() noexcept { return std::move(side<0>(held_)); }

    constexpr Failure<E> take_failure() noexcept { return {std::move(side<1>(held_))}; }

private:
    template <int Index, typename Held>
    static constexpr auto& side(Held& held) noexcept
    {
        auto* found = std::get_if<Index>(&held);
        if (found == nullptr)
            __builtin_trap();
        return *found;
    }

    std::variant<T, E> held_;
};

// Most functions of PID 1 only work or fail: without the variant each of their callers is a few
// instructions shorter, which adds up to kilobytes.
template <typename E>
class [[nodiscard]] Result<Done, E> {
public:
    constexpr Result(Done) noexcept {}

    constexpr Result(Failure<E> failure) noexcept : failed_(true), error_(std::move(failure.error))
    {
    }

    constexpr explicit operator bool() const noexcept { return !failed_; }

    constexpr const E& error() const noexcept { return error_; }

    constexpr Done take() noexcept { return {}; }

    constexpr Failure<E> take_failure() noexcept { return {std::move(error_)}; }

private:
    bool failed_ = false;
    E error_{};
};

}  // namespace outis

// The value of `expr`, or leave the enclosing function with its failure.
#define OUTIS_TRY(expr)                         \
    __extension__({                             \
        auto outis_result = (expr);             \
        if (!outis_result)                      \
            return outis_result.take_failure(); \
        outis_result.take();                    \
    })
