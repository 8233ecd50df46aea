// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/detect/detected-machine.h"

#include "model/core/base/quoted.h"
#include "model/core/port/linux-version.h"
#include "model/core/port/units.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <stdexcept>

namespace portlab
{

namespace
{

/// What the kernel writes into a file of /proc/sys.
enum class Form
{
    Number,
    TwoNumbers,
    PortList,
};

struct Sysctl
{
    const char* name; ///< Below net.ipv4; also the name of the knob.
    Form form;
};

constexpr std::array<Sysctl, 14> SYSCTLS{{{"ip_local_port_range", Form::TwoNumbers},
                                          {"ip_local_reserved_ports", Form::PortList},
                                          {"ip_local_port_step_width", Form::Number},
                                          {"ip_autobind_reuse", Form::Number},
                                          {"tcp_tw_reuse", Form::Number},
                                          {"tcp_tw_reuse_delay", Form::Number},
                                          {"tcp_timestamps", Form::Number},
                                          {"tcp_max_tw_buckets", Form::Number},
                                          {"tcp_rfc1337", Form::Number},
                                          {"tcp_syn_retries", Form::Number},
                                          {"tcp_syn_linear_timeouts", Form::Number},
                                          {"tcp_fin_timeout", Form::Number},
                                          {"tcp_orphan_retries", Form::Number},
                                          {"tcp_max_orphans", Form::Number}}};

/// The knob that is always written out: what people look for first.
constexpr std::string_view ALWAYS_TUNED = "ports";

constexpr const char* RELEASE_FILE = "proc/sys/kernel/osrelease";

/// Why `text` is not of the form, or nothing.
std::string
WhyMalformed(Form form, const std::string& text)
{
    std::istringstream words(text);
    std::string first;
    std::string second;
    std::string third;
    words >> first >> second >> third;
    const auto isNumber = [](const std::string& word) {
        return !word.empty() && word.size() <= 10 &&
               word.find_first_not_of("0123456789") == std::string::npos;
    };
    switch (form)
    {
    case Form::Number:
        return isNumber(first) && second.empty() ? "" : "expected one whole number";
    case Form::TwoNumbers:
        return isNumber(first) && isNumber(second) && third.empty()
                   ? ""
                   : "expected two numbers, the first and the last port";
    case Form::PortList:
        break;
    }
    try
    {
        ParsePortList(text);
        return "";
    }
    catch (const std::invalid_argument&)
    {
        return "expected a list of ports such as 8080,9000-9010";
    }
}

/// The first three numbers of a release: "6.18.44" of "6.18.44-fc-v769" and of "6.18.44.1".
std::string
VersionOf(const std::string& release)
{
    const std::string numbers = release.substr(0, release.find_first_not_of("0123456789."));
    std::size_t end = numbers.find('.');
    for (int number = 2; number <= 3 && end != std::string::npos; ++number)
    {
        end = numbers.find('.', end + 1);
    }
    return numbers.substr(0, end);
}

/// A distributor's number, such as 5.15.0-91-generic, does not follow the stable series.
std::string
AboutDistributor(const std::string& release, const OsProfile& profile)
{
    const std::string text =
        "Kernel " + release + ": a distributor may have changed more than its number tells.";
    const bool hasNewSearch = profile.tcp.value.rekeyEvery > Duration{0};
    return hasNewSearch ? text
                        : text + " Most kernels built since the middle of 2022 look for ports as "
                                 "5.18 does (CVE-2022-32296): for these write os = \"linux-5.18\".";
}

void
ReadRelease(const MachineFiles& files, Machine& machine)
{
    const auto release = files.FirstLine(RELEASE_FILE);
    if (!release)
    {
        machine.os = "linux";
        machine.match = FindProfile(machine.os);
        machine.remarks.push_back("Kernel release not read, so the newest row is taken: " +
                                  files.PathOf(RELEASE_FILE).string() + " is missing.");
        return;
    }
    const std::string version = VersionOf(*release);
    if (!ParseLinuxVersion(version))
    {
        files.Refuse(RELEASE_FILE,
                     "expected a kernel release such as 6.18.44, not " + Quoted(*release));
    }
    machine.kernel = *release;
    machine.os = "linux-" + version;
    machine.match = FindProfile(machine.os);
    if (version != *release)
    {
        machine.remarks.push_back(AboutDistributor(*release, machine.match.profile));
    }
}

std::string
ValueOf(const OsProfile& profile, const std::string& name)
{
    for (const Knob& knob : Knobs(profile))
    {
        if (knob.name == name)
        {
            return knob.value;
        }
    }
    return "";
}

/// The knob's name, where a sysctl has a generic one.
std::string
KnobName(const std::string& sysctl)
{
    return sysctl == "ip_local_port_range"       ? "ports"
           : sysctl == "ip_local_reserved_ports" ? "reserved"
                                                 : sysctl;
}

/// Sets a knob to what the machine has. What the model cannot take becomes a remark.
void
Apply(const std::string& setting, const std::string& value, Machine& machine)
{
    const std::string knob = KnobName(setting);
    const std::string before = ValueOf(machine.match.profile, knob);
    try
    {
        if (!SetKnob(machine.match.profile, setting, value).known)
        {
            machine.remarks.push_back(setting + " is " + value + ", but " + machine.os +
                                      " has no such knob.");
            return;
        }
    }
    catch (const std::invalid_argument& error)
    {
        machine.remarks.push_back(setting + " was not taken over: " + error.what() + ".");
        return;
    }
    const std::string after = ValueOf(machine.match.profile, knob);
    if (after == before && knob != ALWAYS_TUNED)
    {
        machine.asInProfile.push_back(knob);
    }
    else
    {
        machine.tuned.emplace_back(knob, after);
    }
}

void
ReadSysctls(const MachineFiles& files, Machine& machine)
{
    for (const Sysctl& sysctl : SYSCTLS)
    {
        const std::string file = std::string("proc/sys/net/ipv4/") + sysctl.name;
        const auto text = files.FirstLine(file);
        if (!text)
        {
            if (!ValueOf(machine.match.profile, KnobName(sysctl.name)).empty() ||
                sysctl.form == Form::PortList)
            {
                machine.remarks.push_back(std::string(sysctl.name) + " not read: " +
                                          files.PathOf(file).string() + " is missing.");
            }
            continue;
        }
        const std::string why = WhyMalformed(sysctl.form, *text);
        if (!why.empty())
        {
            files.Refuse(file, why + ", not " + Quoted(*text));
        }
        Apply(sysctl.name, *text, machine);
    }
}

/// The value of CONFIG_HZ in the kernel's configuration; empty if no such file can be read.
std::optional<std::string>
ReadHz(const MachineFiles& files, const std::string& kernel)
{
    constexpr std::string_view key = "CONFIG_HZ=";
    for (const std::string& file : {std::string("proc/config.gz"), "boot/config-" + kernel})
    {
        auto reader = files.Open(file);
        while (reader && reader->Next())
        {
            if (reader->Line().substr(0, key.size()) == key)
            {
                return std::string(reader->Line().substr(key.size()));
            }
        }
    }
    return std::nullopt;
}

void
ReadTimerTicks(const MachineFiles& files, Machine& machine)
{
    const std::string assumed = ValueOf(machine.match.profile, "hz");
    if (assumed.empty())
    {
        return;
    }
    const auto hz = ReadHz(files, machine.kernel);
    if (hz)
    {
        Apply("hz", *hz, machine);
        return;
    }
    machine.remarks.push_back("hz not read, " + assumed + " assumed: neither " +
                              files.PathOf("proc/config.gz").string() + " nor " +
                              files.PathOf("boot/config-" + machine.kernel).string() +
                              " says what CONFIG_HZ is.");
}

void
ReadUsage(const MachineFiles& files, Machine& machine)
{
    std::vector<SocketEntry> sockets;
    bool isRead = false;
    for (const std::string file : {"proc/net/tcp", "proc/net/tcp6"})
    {
        auto reader = files.Open(file);
        if (!reader)
        {
            machine.remarks.push_back("Sockets not read: " + files.PathOf(file).string() +
                                      " is missing.");
            continue;
        }
        const auto found = ReadSocketTable(*reader);
        sockets.insert(sockets.end(), found.begin(), found.end());
        isRead = true;
    }
    if (isRead)
    {
        const OsProfile& profile = machine.match.profile;
        machine.usage = SumUpPorts(sockets, profile.ports.value, profile.reserved.value);
    }
}

} // namespace

Machine
ReadMachine(const MachineFiles& files)
{
    Machine machine;
    ReadRelease(files, machine);
    ReadSysctls(files, machine);
    ReadTimerTicks(files, machine);
    ReadUsage(files, machine);
    return machine;
}

} // namespace portlab
