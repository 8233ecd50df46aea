// SPDX-License-Identifier: GPL-2.0-only

#include "test/kernel/conntrack.h"

#include <arpa/inet.h>
#include <array>
#include <sstream>
#include <stdexcept>

namespace portlab::test
{

namespace
{

std::string
ToText(Address address)
{
    std::array<char, INET_ADDRSTRLEN> text{};
    const in_addr system{htonl(address)};
    ::inet_ntop(AF_INET, &system, text.data(), text.size());
    return text.data();
}

} // namespace

/// A line begins like "ipv4 2 tcp 6 119 SYN_SENT src=198.51.100.2 dst=203.0.113.1 sport=5000
/// dport=7 ", with more spaces; UDP has no state.
std::string
EntryIn(const std::string& table, const InsideFlow& flow)
{
    const std::string name = flow.protocol == NatProtocol::Tcp ? "tcp" : "udp";
    const std::string ends = " src=" + ToText(flow.inside.address) +
                             " dst=" + ToText(flow.remote.address) +
                             " sport=" + std::to_string(flow.inside.port) +
                             " dport=" + std::to_string(flow.remote.port) + " ";
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);)
    {
        std::istringstream words(line);
        std::string skipped;
        std::string protocol;
        std::string state;
        int seconds = 0;
        words >> skipped >> skipped >> protocol >> skipped >> seconds >> state;
        if (protocol == name && line.find(ends) != std::string::npos)
        {
            return (name == "tcp" ? state + " " : "") + std::to_string((seconds + 9) / 10 * 10);
        }
    }
    return "none";
}

/// The first line has the names, and each processor a line of hexadecimal numbers.
std::uint64_t
SumOfColumn(const std::string& table, const std::string& column)
{
    std::istringstream lines(table);
    std::string line;
    std::getline(lines, line);
    std::istringstream names(line);
    std::size_t place = 0;
    std::string name;
    while (names >> name && name != column)
    {
        ++place;
    }
    if (name != column)
    {
        throw std::runtime_error("/proc/net/stat/nf_conntrack has no column " + column);
    }
    std::uint64_t sum = 0;
    while (std::getline(lines, line))
    {
        std::istringstream numbers(line);
        std::string number;
        for (std::size_t i = 0; i <= place; ++i)
        {
            numbers >> number;
        }
        sum += std::stoull(number, nullptr, 16);
    }
    return sum;
}

} // namespace portlab::test
