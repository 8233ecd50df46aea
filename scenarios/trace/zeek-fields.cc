// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/zeek-fields.h"

#include <utility>

namespace portlab
{

namespace
{

/// What the letters say; upper case comes from the originator, lower case from the responder.
std::optional<ClosedBy>
ByHistory(std::string_view history)
{
    bool originatorFirst = false;
    bool responderFirst = false;
    for (const char letter : history)
    {
        switch (letter)
        {
        case 'R':
        case 'r':
        case 'I': // FIN and RST in one packet.
        case 'i':
            return ClosedBy::Reset;
        case 'F':
            originatorFirst = !responderFirst;
            break;
        case 'f':
            responderFirst = !originatorFirst;
            break;
        case '^':
            // Zeek takes the responder for the originator from here on; the letters before it keep
            // their case. Source: Connection::FlipRoles, src/Conn.cc, zeek/zeek@01138287c363.
            std::swap(originatorFirst, responderFirst);
            break;
        default:
            break;
        }
    }
    if (originatorFirst)
    {
        return ClosedBy::Client;
    }
    return responderFirst ? std::optional(ClosedBy::Server) : std::nullopt;
}

/// What the state says on its own. SF does not tell whose FIN was first; S0, S1 and OTH saw none.
std::optional<ClosedBy>
ByState(std::string_view state)
{
    if (state == "S2" || state == "SH")
    {
        return ClosedBy::Client;
    }
    if (state == "S3" || state == "SHR")
    {
        return ClosedBy::Server;
    }
    const bool isReset = state == "REJ" || state.substr(0, 3) == "RST";
    return isReset ? std::optional(ClosedBy::Reset) : std::nullopt;
}

} // namespace

std::optional<ClosedBy>
ZeekClosedBy(std::string_view state, std::string_view history)
{
    const auto byState = ByState(state);
    if (byState == ClosedBy::Reset)
    {
        return byState;
    }
    const auto byHistory = ByHistory(history);
    return byHistory ? byHistory : byState;
}

} // namespace portlab
