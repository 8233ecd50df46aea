// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_OWN_KNOBS_H
#define PORTLAB_OWN_KNOBS_H

#include "model/core/port/knobs/common-knobs.h"
#include "model/core/port/knobs/words.h"

#include <functional>
#include <string>
#include <vector>

namespace portlab
{

// What the tables of the systems are put together from, beside the knobs that all have: how a
// system calls a knob, and knobs of a few systems.

using Command = std::function<std::string(const OsProfile&)>;

/// A knob that the system can turn: what it calls it, and the administrator's command.
KnobSpec Called(KnobSpec knob, const std::string& alias, Command command);

/// A knob that the system does not have: it is turned all the same, and the user told so.
KnobSpec WhatIf(KnobSpec knob, const std::string& system);

/// A duration that the system calls by another name, as a part of it in units of its own: half of
/// TIME_WAIT in milliseconds, say.
KnobSpec PartOf(KnobSpec knob, const std::string& alias, std::int64_t parts, Duration unit);

/// UDP's ports, where they may be others than TCP's.
KnobSpec UdpPortsKnob();

/// TIME_WAIT towards peers on the same network, and on the machine itself.
KnobSpec TimeWaitNearKnob();
KnobSpec TimeWaitOwnKnob();

/// How many TIME_WAITs, and how many TCP sockets, the system keeps.
KnobSpec MaxTimeWaitKnob();
KnobSpec MaxSocketsKnob();

/// What IPv4 and IPv6 share.
KnobSpec IpVersionsKnob();

/// When connect() gives up.
KnobSpec GiveUpKnob();

/// Which of several rules orders the ports of one transport.
KnobSpec PolicyKnob(const std::string& name,
                    const std::string& meaning,
                    Fact<PolicySpec> OsProfile::*fact,
                    const std::vector<Word<PolicySpec>>& rules);

} // namespace portlab

#endif // PORTLAB_OWN_KNOBS_H
