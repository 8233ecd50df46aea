// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_EXPLAIN_CHOICE_H
#define PORTLAB_EXPLAIN_CHOICE_H

#include "model/core/port/os-profile.h"
#include "model/core/port/port-ledger.h"
#include "model/core/port/transport.h"

#include <optional>
#include <string>

namespace portlab
{

/// What a system answered to one request.
struct Choice
{
    const OsProfile& profile;
    Transport transport;
    const SocketOptions& socket;
    const Grant& grant;
    std::optional<Port> lastPort; ///< The one before, of the same cursor or destination.
    bool isEarly{false};          ///< The port was in TIME_WAIT until now.
};

/// "ok", or the system's name of the error.
std::string OutcomeName(const Choice& choice);

/// Why this port, in a sentence for a lecture.
std::string ExplainChoice(const Choice& choice);

} // namespace portlab

#endif // PORTLAB_EXPLAIN_CHOICE_H
