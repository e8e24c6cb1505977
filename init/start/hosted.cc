// The hosted twin, for sanitizers: the same program behind libc's start-up.
#include "init/start/enter.h"

int main(int, char** argv, char** environment)
{
    return outis::init::enter(argv, environment);
}
