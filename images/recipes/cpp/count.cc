// Count is the sample in C++: it reads text and says how many lines and words it has.
#include <iostream>
#include <sstream>
#include <string>

int main()
{
    std::size_t lines = 0;
    std::size_t words = 0;
    for (std::string line; std::getline(std::cin, line); ++lines) {
        std::istringstream rest(line);
        for (std::string word; rest >> word; ++words) {
        }
    }
    std::cout << lines << " lines, " << words << " words\n";
    return std::cin.bad() ? 1 : 0;
}
