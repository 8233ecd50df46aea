// SPDX-License-Identifier: GPL-2.0-only

#include "test/bench/machine.h"

#include "scenarios/build-info.h"

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <sstream>
#include <sys/utsname.h>
#include <thread>

namespace portlab
{

namespace
{

std::string
ProcessorName()
{
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
    {
        const std::size_t colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos)
        {
            return line.substr(colon + 2);
        }
    }
    return "an unknown processor";
}

} // namespace

std::string
DescribeMachine()
{
    utsname system{};
    uname(&system);
    double load = 0;
    getloadavg(&load, 1);
    std::ostringstream text;
    text << std::fixed << std::setprecision(1);
    text << "* portlab " << BUILD_INFO.version << ", commit " << BUILD_INFO.commit << ", ns-3 "
         << BUILD_INFO.ns3Version << "\n"
         << "* " << BUILD_INFO.compiler << ", " << BUILD_INFO.buildType << ": `"
         << PORTLAB_BENCH_FLAGS << "`\n"
         << "* " << ProcessorName() << ", " << std::thread::hardware_concurrency() << " cores, "
         << system.sysname << " " << system.release << " " << system.machine << "\n"
         << "* load average at the start: " << load;
    return text.str();
}

} // namespace portlab
