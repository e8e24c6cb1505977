// Classic BPF as seccomp(2) takes it: the few instructions that a policy may hold, and the check
// that a program made of them always ends in a return.
//
// Sources: <linux/filter.h>, <linux/bpf_common.h>, <linux/seccomp.h>; kernel/seccomp.c,
// seccomp_check_filter(), net/core/filter.c, bpf_check_classic().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "outis/base/bytes.h"

namespace outis::filter {

constexpr std::size_t kInstructionSize = 8;
constexpr std::size_t kMaxInstructions = 4096;  // BPF_MAXINSNS

// code 2 bytes, jt 1, jf 1, k 4: struct sock_filter, little-endian.
struct Instruction {
    std::uint16_t code = 0;
    std::uint8_t jt = 0;
    std::uint8_t jf = 0;
    std::uint32_t k = 0;
};

constexpr std::uint16_t kLoadWord = 0x20;     // BPF_LD | BPF_W | BPF_ABS
constexpr std::uint16_t kAnd = 0x54;          // BPF_ALU | BPF_AND | BPF_K
constexpr std::uint16_t kJump = 0x05;         // BPF_JMP | BPF_JA
constexpr std::uint16_t kJumpEqual = 0x15;    // BPF_JMP | BPF_JEQ | BPF_K
constexpr std::uint16_t kJumpGreater = 0x25;  // BPF_JMP | BPF_JGT | BPF_K
constexpr std::uint16_t kJumpNotLess = 0x35;  // BPF_JMP | BPF_JGE | BPF_K
constexpr std::uint16_t kJumpAnyBit = 0x45;   // BPF_JMP | BPF_JSET | BPF_K
constexpr std::uint16_t kReturn = 0x06;       // BPF_RET | BPF_K

// Actions a policy may return. TRACE and USER_NOTIF need a supervisor, which PID 1 is not.
constexpr std::uint32_t kKillProcess = 0x80000000;
constexpr std::uint32_t kKillThread = 0x00000000;
constexpr std::uint32_t kTrap = 0x00030000;
constexpr std::uint32_t kErrno = 0x00050000;  // | errno, 0..4095
constexpr std::uint32_t kLog = 0x7FFC0000;
constexpr std::uint32_t kAllow = 0x7FFF0000;
constexpr std::uint32_t kMaxErrno = 4095;  // MAX_ERRNO, linux/err.h

// struct seccomp_data: nr 0, arch 4, instruction_pointer 8, args[6] 16; 64 bytes.
constexpr std::uint32_t kNumberOffset = 0;
constexpr std::uint32_t kArchOffset = 4;
constexpr std::uint32_t kArgumentsOffset = 16;
constexpr std::uint32_t kDataSize = 64;

constexpr Instruction load_instruction(Bytes program, std::size_t index) noexcept
{
    const std::size_t at = index * kInstructionSize;
    return Instruction{
        .code = load_le16(program, at),
        .jt = load_8(program, at + 2),
        .jf = load_8(program, at + 3),
        .k = load_le32(program, at + 4),
    };
}

constexpr void store_instruction(std::span<std::byte> program, std::size_t index,
                                 const Instruction& instruction) noexcept
{
    const std::size_t at = index * kInstructionSize;
    store_le(program, at, instruction.code);
    store_le(program, at + 2, instruction.jt);
    store_le(program, at + 3, instruction.jf);
    store_le(program, at + 4, instruction.k);
}

constexpr bool known_verdict(std::uint32_t value) noexcept
{
    return value == kKillProcess || value == kKillThread || value == kTrap || value == kLog ||
           value == kAllow || (value >= kErrno && value <= kErrno + kMaxErrno);
}

// True if `program` is 1..4096 whole instructions of the kinds above, every jump lands inside, no
// path runs off the end, every load is an aligned word of seccomp_data and every verdict is known.
// Classic BPF only jumps forward, so such a program ends.
constexpr bool well_formed(Bytes program) noexcept
{
    if (program.empty() || program.size() % kInstructionSize != 0)
        return false;
    const std::size_t count = program.size() / kInstructionSize;
    if (count > kMaxInstructions)
        return false;
    for (std::size_t i = 0; i < count; ++i) {
        const Instruction at = load_instruction(program, i);
        const std::size_t left = count - i - 1;
        switch (at.code) {
        case kReturn:
            if (at.jt != 0 || at.jf != 0 || !known_verdict(at.k))
                return false;
            continue;
        case kLoadWord:
            if (at.jt != 0 || at.jf != 0 || at.k % 4 != 0 || at.k >= kDataSize)
                return false;
            break;
        case kAnd:
            if (at.jt != 0 || at.jf != 0)
                return false;
            break;
        case kJump:
            if (at.jt != 0 || at.jf != 0 || at.k >= left)
                return false;
            continue;
        case kJumpEqual:
        case kJumpGreater:
        case kJumpNotLess:
        case kJumpAnyBit:
            if (at.jt >= left || at.jf >= left)
                return false;
            continue;
        default: return false;
        }
        if (left == 0)
            return false;
    }
    return true;
}

}  // namespace outis::filter
