// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_KNOB_SPEC_H
#define PORTLAB_KNOB_SPEC_H

#include "model/core/port/os-profile.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace portlab
{

/// What a knob shows of a row; the fields of Knob with the same names.
struct KnobView
{
    std::string value;
    Evidence evidence{Evidence::Chosen};
    std::string source;
    std::string between;
};

/// One knob of one family of rows: its names, and how it reads and writes a row.
template <typename Row>
struct BasicKnobSpec
{
    std::string name;
    std::string alias;   ///< The system's name for it; without "net.ipv4." it is accepted as well.
    std::string generic; ///< Accepted too, where `name` is the system's own.
    std::string meaning;

    std::function<KnobView(const Row&)> read;

    /// `own`: the user called the knob by the system's name, so values may be in the system's
    /// form: a number of milliseconds, say. Throws std::invalid_argument for text it cannot read.
    std::function<void(Row&, std::string_view text, bool own)> write;

    /// Where empty, every row of the family has the knob.
    std::function<bool(const Row&)> exists{};

    /// The real system's complaint about the row as it would be, or nothing.
    std::function<std::string(const Row&, bool own)> refusal{};

    /// What the user should know after a change; empty text for nothing.
    std::function<std::string(const Row&)> note{};

    /// The administrator's command for the row's value; missing where there is none.
    std::function<std::string(const Row&)> command{};
};

using KnobSpec = BasicKnobSpec<OsProfile>;

std::vector<KnobSpec> LinuxKnobs();
std::vector<KnobSpec> WindowsKnobs();
std::vector<KnobSpec> WindowsXpKnobs();
std::vector<KnobSpec> MacosKnobs();
std::vector<KnobSpec> FreebsdKnobs();
std::vector<KnobSpec> OpenbsdKnobs();
std::vector<KnobSpec> NetbsdKnobs();
std::vector<KnobSpec> IllumosKnobs();
std::vector<KnobSpec> GvisorKnobs();
std::vector<KnobSpec> LwipKnobs();
std::vector<KnobSpec> Ns3Knobs();
std::vector<KnobSpec> Rfc6056Knobs();

} // namespace portlab

#endif // PORTLAB_KNOB_SPEC_H
