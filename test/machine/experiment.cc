// SPDX-License-Identifier: GPL-2.0-only

#include "test/machine/experiment.h"

#include "model/core/port/profiles/families.h"

#include <cctype>

namespace portlab::test
{

namespace
{

std::string
NameRelease(std::uint32_t release)
{
    return std::to_string(release / 1000) + "." + std::to_string(release % 1000);
}

} // namespace

bool
Covers(const Experiment& experiment, const LinuxVersion& version)
{
    const std::uint32_t release = LinuxRelease(version.major, version.minor);
    return experiment.since <= release && release < experiment.before;
}

std::string
NameReleases(const Experiment& experiment)
{
    std::string before = "before " + NameRelease(experiment.before);
    if (experiment.since == Experiment{}.since)
    {
        return before;
    }
    const std::string since = NameRelease(experiment.since) + " and later";
    return experiment.before == Experiment{}.before ? since : since + ", " + before;
}

std::string
NameOf(const Experiment& experiment)
{
    std::string name;
    bool startsWord = true;
    bool isShouted = false; // As in TIME_WAIT, which becomes TimeWait.
    for (const char letter : experiment.what)
    {
        const auto code = static_cast<unsigned char>(letter);
        if (std::isalnum(code) == 0)
        {
            startsWord = true;
            continue;
        }
        isShouted = std::isupper(code) != 0 && (startsWord || isShouted);
        name += static_cast<char>(startsWord  ? std::toupper(code)
                                  : isShouted ? std::tolower(code)
                                              : code);
        startsWord = false;
    }
    return name;
}

std::vector<Chapter>
Chapters()
{
    return {ConnectOrder(),
            ConnectRanges(),
            BindOrder(),
            BindConflicts(),
            SharedPorts(),
            UdpPorts(),
            TimeWaits(),
            Closings(),
            Limits(),
            NatChoices(),
            NatRanges(),
            NatConnections()};
}

std::vector<Experiment>
Experiments()
{
    std::vector<Experiment> all;
    for (const Chapter& chapter : Chapters())
    {
        all.insert(all.end(), chapter.experiments.begin(), chapter.experiments.end());
    }
    return all;
}

std::string
AsExpected(double chance)
{
    return chance > 1e-6 ? "evenly" : "unevenly";
}

} // namespace portlab::test
