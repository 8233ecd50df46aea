// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/detect/socket-table.h"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>
#include <sstream>
#include <string_view>

namespace portlab
{

namespace
{

constexpr std::size_t IPV4_DIGITS = 8;
constexpr std::size_t IPV6_DIGITS = 32;

/// The whole of `text` as a hexadecimal number of at most 32 bits; empty if it is none.
std::optional<std::uint32_t>
ReadHexadecimal(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
    const bool wholly = error == std::errc{} && end == text.data() + text.size();
    return wholly ? std::optional<std::uint32_t>(number) : std::nullopt;
}

/// An address as the kernel prints it: words of 32 bits, the first byte of each in the lowest bits.
std::optional<std::string>
ReadAddress(std::string_view digits)
{
    if (digits.size() != IPV4_DIGITS && digits.size() != IPV6_DIGITS)
    {
        return std::nullopt;
    }
    std::array<unsigned char, 16> bytes{};
    for (std::size_t word = 0; word < digits.size() / IPV4_DIGITS; ++word)
    {
        const auto bits = ReadHexadecimal(digits.substr(word * IPV4_DIGITS, IPV4_DIGITS));
        if (!bits)
        {
            return std::nullopt;
        }
        for (std::size_t byte = 0; byte < 4; ++byte)
        {
            bytes[4 * word + byte] = static_cast<unsigned char>(*bits >> (8 * byte));
        }
    }
    constexpr std::array<unsigned char, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    const bool isMapped = std::equal(mapped.begin(), mapped.end(), bytes.begin());
    const bool isIpv4 = digits.size() == IPV4_DIGITS || isMapped;
    const unsigned char* first =
        bytes.data() + (digits.size() != IPV4_DIGITS && isMapped ? mapped.size() : 0);
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(isIpv4 ? AF_INET : AF_INET6, first, text.data(), text.size());
    return text.data();
}

/// "0100007F:1F90" into address and port; false if it is none.
bool
ReadEndpoint(std::string_view text, std::string& address, Port& port)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() - colon != 5)
    {
        return false;
    }
    const auto readAddress = ReadAddress(text.substr(0, colon));
    const auto readPort = ReadHexadecimal(text.substr(colon + 1));
    if (!readAddress || !readPort)
    {
        return false;
    }
    address = *readAddress;
    port = static_cast<Port>(*readPort);
    return true;
}

/// The kernel's numbers: include/net/tcp_states.h.
std::optional<SocketUse>
ReadUse(std::string_view text)
{
    constexpr std::uint32_t established = 1;
    constexpr std::uint32_t timeWait = 6;
    constexpr std::uint32_t listening = 10;
    constexpr std::uint32_t greatest = 13;
    const auto state = ReadHexadecimal(text);
    if (!state || *state == 0 || *state > greatest)
    {
        return std::nullopt;
    }
    return *state == established ? SocketUse::Established
           : *state == timeWait  ? SocketUse::TimeWait
           : *state == listening ? SocketUse::Listening
                                 : SocketUse::Other;
}

/// A line such as "0: 0100007F:1F90 00000000:0000 0A ...".
std::optional<SocketEntry>
ReadEntry(std::string_view line)
{
    std::istringstream words{std::string(line)};
    std::string number;
    std::string local;
    std::string remote;
    std::string state;
    words >> number >> local >> remote >> state;
    SocketEntry entry;
    const auto use = ReadUse(state);
    if (!use || number.back() != ':' || !ReadEndpoint(local, entry.localAddress, entry.localPort) ||
        !ReadEndpoint(remote, entry.remoteAddress, entry.remotePort))
    {
        return std::nullopt;
    }
    entry.use = *use;
    return entry;
}

} // namespace

std::vector<SocketEntry>
ReadSocketTable(LineReader& reader)
{
    std::vector<SocketEntry> sockets;
    if (!reader.Next() || reader.Line().find("local_address") == std::string_view::npos)
    {
        reader.RefuseLine("expected the heading of /proc/net/tcp: sl local_address ...");
    }
    while (reader.Next())
    {
        const auto entry = ReadEntry(reader.Line());
        if (!entry)
        {
            reader.RefuseLine("expected a socket as /proc/net/tcp has it, such as \"0: "
                              "0100007F:1F90 00000000:0000 0A\": number, local and remote address "
                              "with port, and state, in hexadecimal");
        }
        sockets.push_back(*entry);
    }
    return sockets;
}

} // namespace portlab
