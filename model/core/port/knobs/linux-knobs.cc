// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/knobs/linux-knobs.h"

#include "model/core/base/check.h"
#include "model/core/port/knobs/common-knobs.h"
#include "model/core/port/knobs/knob-values.h"
#include "model/core/port/profiles/families.h"
#include "model/core/port/units.h"

#include <utility>

namespace portlab
{

namespace
{

/// "32768 60999", as sysctl prints it, in our own form.
std::string
WithoutBlanks(std::string_view text)
{
    const std::size_t first = text.find_first_of(" \t");
    const std::size_t last = text.find_last_of(" \t");
    if (first == std::string_view::npos || first == 0 || last + 1 == text.size() ||
        text.find('-') != std::string_view::npos)
    {
        return std::string(text);
    }
    return std::string(text.substr(0, first)).append("-").append(text.substr(last + 1));
}

KnobSpec
LinuxPorts()
{
    KnobSpec knob = AsSysctl(PortsKnob(), "ip_local_port_range");
    knob.write = [write = knob.write](OsProfile& row, std::string_view text, bool own) {
        write(row, WithoutBlanks(text), own);
    };
    knob.refusal = [](const OsProfile& row, bool) {
        return row.ports.value.First() >= 1024
                   ? ""
                   : "Linux refuses this (EINVAL): the range must not begin below "
                     "net.ipv4.ip_unprivileged_port_start, 1024. Expected 1024-65535 or a part of "
                     "it";
    };
    knob.command = [](const OsProfile& row) {
        return "sysctl -w net.ipv4.ip_local_port_range=\"" +
               std::to_string(row.ports.value.First()) + " " +
               std::to_string(row.ports.value.Last()) + "\"";
    };
    return knob;
}

KnobSpec
LinuxReserved()
{
    KnobSpec knob = AsSysctl(ReservedKnob(), "ip_local_reserved_ports");
    knob.command = [](const OsProfile& row) {
        return "sysctl -w net.ipv4.ip_local_reserved_ports=\"" +
               FormatPortList(row.reserved.value) + "\"";
    };
    return knob;
}

KnobSpec
IpAutobindReuse()
{
    KnobSpec knob = LinuxSwitch(
        "ip_autobind_reuse",
        "Whether bind(0) may share a port when all are taken and every socket on it has set "
        "SO_REUSEADDR: 0 or 1.",
        &LinuxSettings::autobindReuse);
    knob.exists = [](const OsProfile& row) { return IsSinceLinux(row, 5, 7); };
    return knob;
}

/// A parameter of the kernel's command line, not a sysctl.
KnobSpec
UhashEntries()
{
    return FactKnob(
        "uhash_entries",
        "Slots of the table of UDP sockets, a power of 2 from 256 to 65536; by default one for "
        "each 2 MiB of memory. Automatic ports go through the slots, not through the ports.",
        &OsProfile::udp,
        [](const PolicySpec& udp) { return std::to_string(udp.slots); },
        [](PolicySpec udp, std::string_view text, bool) {
            const std::uint32_t slots = ParseCount(text, 256, 65536);
            if ((slots & (slots - 1)) != 0)
            {
                RefuseValue(text, "expected a power of 2 from 256 to 65536");
            }
            udp.slots = slots;
            return udp;
        });
}

KnobSpec
IpLocalPortStepWidth()
{
    KnobSpec knob = FactKnob(
        "ip_local_port_step_width",
        "connect() walks by a random multiple of 2 ports, up to this many times; 0: always by 2.",
        &OsProfile::tcp,
        [](const PolicySpec& tcp) { return std::to_string(tcp.stepWidth); },
        [](PolicySpec tcp, std::string_view text, bool) {
            tcp.stepWidth = ParseCount(text, 0, 65535);
            return tcp;
        });
    knob.exists = [](const OsProfile& row) { return IsSinceLinux(row, 7, 1); };
    return AsSysctl(std::move(knob), "ip_local_port_step_width");
}

} // namespace

const LinuxSettings&
LinuxSettingsOf(const OsProfile& row)
{
    Check(row.linuxSettings.has_value(), "a Linux row without Linux's settings");
    return *row.linuxSettings;
}

LinuxSettings&
LinuxSettingsOf(OsProfile& row)
{
    Check(row.linuxSettings.has_value(), "a Linux row without Linux's settings");
    return *row.linuxSettings;
}

bool
IsSinceLinux(const OsProfile& row, std::uint32_t major, std::uint32_t minor)
{
    return LinuxSettingsOf(row).release >= LinuxRelease(major, minor);
}

KnobSpec
AsSysctl(KnobSpec knob, const std::string& name)
{
    knob.alias = "net.ipv4." + name;
    knob.command = [alias = knob.alias, read = knob.read](const OsProfile& row) {
        return "sysctl -w " + alias + "=" + read(row).value;
    };
    return knob;
}

KnobSpec
CalledBySysctl(KnobSpec knob, const std::string& name)
{
    knob.generic = knob.name == name ? "" : knob.name;
    knob.name = name;
    return AsSysctl(std::move(knob), name);
}

KnobSpec
FixedInLinux(KnobSpec knob, const std::string& why)
{
    knob.note = [name = knob.name, why](const OsProfile&) {
        return "Linux cannot change " + name + ": " + why;
    };
    return knob;
}

KnobSpec
LinuxSwitch(const std::string& name, const std::string& meaning, Fact<bool> LinuxSettings::*fact)
{
    constexpr std::uint32_t greatest = 255; // The kernel keeps a byte, and asks whether it is 0.
    KnobSpec knob;
    knob.name = name;
    knob.meaning = meaning;
    knob.read = [=](const OsProfile& row) {
        return ViewOf(LinuxSettingsOf(row).*fact, [](bool on) { return on ? "1" : "0"; });
    };
    knob.write = [=](OsProfile& row, std::string_view text, bool) {
        LinuxSettingsOf(row).*fact = SetByUser(ParseCount(text, 0, greatest) != 0);
    };
    return AsSysctl(std::move(knob), name);
}

std::vector<KnobSpec>
LinuxKnobs()
{
    std::vector<KnobSpec> knobs{
        LinuxPorts(),
        LinuxReserved(),
        IpAutobindReuse(),
        UhashEntries(),
        IpLocalPortStepWidth(),
        FixedInLinux(UniquenessKnob(), "it is how connect() looks for a port")};
    for (KnobSpec& knob : LinuxEndingKnobs())
    {
        knobs.push_back(std::move(knob));
    }
    return knobs;
}

} // namespace portlab
