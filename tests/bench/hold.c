// A child that stays.
#include <unistd.h>

int main(void)
{
    for (;;)
        pause();
}
