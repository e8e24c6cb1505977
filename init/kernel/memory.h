// The memory PID 1 holds while the app runs. What only start-up needed goes back to the kernel;
// it would come back by itself if it were touched again.
#pragma once

// Functions of the idle loop stand together in one section, so that all else can go: the kernel
// maps up to 64 KiB around a page it has to fetch (fault-around, Documentation/mm), and stops only
// at the edge of a mapping.
#define OUTIS_IN_LOOP gnu::section("outis_loop"), gnu::noinline

namespace outis::init {

// To be called from the loop when nothing of the policy is needed any more.
void give_back_memory() noexcept;

}  // namespace outis::init
