// SPDX-License-Identifier: GPL-2.0-only

#include "model/core/port/linux-version.h"

#include "model/core/port/profiles/families.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace portlab
{

namespace
{

/// A stable series that took over the port search of 5.18.
struct Backport
{
    std::uint32_t release;
    std::uint32_t whole; ///< The patch level that has all of it: the table grown to 65536 cells.
    std::uint32_t hash;  ///< The patch level that took the 64-bit hash, which alone changes little.
};

/// CVE-2022-32296 (4c2c8f03a5ab, after which nothing is missing) and CVE-2022-1012 (b2d057560b81).
/// Source: github.com/nluedtke/linux_kernel_cves, data/A.B/A.B_security.txt, commit 0019a6527968.
constexpr std::array<Backport, 7> BACKPORTS{{{LinuxRelease(5, 17), 9, 9},
                                             {LinuxRelease(5, 15), 41, 41},
                                             {LinuxRelease(5, 10), 125, 119},
                                             {LinuxRelease(5, 4), 201, 197},
                                             {LinuxRelease(4, 19), 249, 246},
                                             {LinuxRelease(4, 14), 285, 282},
                                             {LinuxRelease(4, 9), 320, 320}}};

constexpr std::uint32_t SEARCH_OF_BACKPORTS = LinuxRelease(5, 18);
constexpr std::uint32_t OLDEST = LinuxRelease(2, 6);
constexpr std::uint32_t NEWEST_READ = LinuxRelease(7, 0);

/// The number that `text` begins with, which is then taken from it.
std::optional<std::uint32_t>
TakeNumber(std::string_view& text)
{
    constexpr std::uint32_t greatest = 999;
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > greatest)
    {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool
TakePoint(std::string_view& text)
{
    if (text.empty() || text.front() != '.')
    {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

std::string
Name(const LinuxVersion& version)
{
    return std::to_string(version.major) + "." + std::to_string(version.minor) +
           (version.patch ? "." + std::to_string(*version.patch) : "");
}

const Backport*
FindBackport(std::uint32_t release)
{
    const auto found = std::find_if(BACKPORTS.begin(), BACKPORTS.end(), [&](const Backport& b) {
        return b.release == release;
    });
    return found == BACKPORTS.end() ? nullptr : &*found;
}

/// What the user should know about stable kernels of this release; empty if nothing.
std::string
AboutStable(const LinuxVersion& version, const Backport& backport)
{
    const std::string series = std::to_string(version.major) + "." + std::to_string(version.minor);
    const std::string whole = series + "." + std::to_string(backport.whole);
    if (!version.patch)
    {
        return "; stable kernels from " + whole + " on behave as linux-5.18: give the third number";
    }
    if (*version.patch >= backport.whole)
    {
        return "; " + whole + " took over its port search (CVE-2022-32296)";
    }
    if (*version.patch >= backport.hash)
    {
        return "; " + series + "." + std::to_string(backport.hash) +
               " took over the hash of 5.18 (CVE-2022-1012), " + whole + " the rest";
    }
    return "";
}

/// ", but tcp_tw_reuse = 2, ...": what differs from the row of that name.
std::string
Differences(const OsProfile& profile)
{
    std::string text;
    const std::vector<Knob> own = Knobs(FindProfile(profile.name).profile);
    for (const Knob& knob : Knobs(profile))
    {
        const auto same = std::find_if(own.begin(), own.end(), [&](const Knob& k) {
            return k.name == knob.name && k.value == knob.value;
        });
        if (same == own.end())
        {
            text.append(text.empty() ? ", but " : ", ");
            text.append(knob.name).append(" = ").append(knob.value);
        }
    }
    return text;
}

} // namespace

std::optional<LinuxVersion>
ParseLinuxVersion(std::string_view text)
{
    LinuxVersion version;
    const auto major = TakeNumber(text);
    const bool hasMinor = TakePoint(text);
    const auto minor = TakeNumber(text);
    if (!major || !hasMinor || !minor)
    {
        return std::nullopt;
    }
    version.major = *major;
    version.minor = *minor;
    if (TakePoint(text))
    {
        version.patch = TakeNumber(text);
        if (!version.patch)
        {
            return std::nullopt;
        }
    }
    return text.empty() ? std::optional<LinuxVersion>(version) : std::nullopt;
}

std::optional<ProfileMatch>
MatchLinux(const LinuxVersion& version)
{
    const std::uint32_t release = LinuxRelease(version.major, version.minor);
    if (release < OLDEST)
    {
        return std::nullopt;
    }
    const Backport* backport = FindBackport(release);
    const bool backported = backport && version.patch && *version.patch >= backport->whole;
    ProfileMatch match{LinuxProfile(release, backported ? SEARCH_OF_BACKPORTS : release), ""};
    match.note = "linux-" + Name(version) + " behaves as " + match.profile.name + " (" +
                 match.profile.title + ")" + Differences(match.profile);
    if (backport)
    {
        match.note += AboutStable(version, *backport);
    }
    if (release > NEWEST_READ)
    {
        match.note += "; it is newer than 7.0, the last release whose source was read for this";
    }
    return match;
}

} // namespace portlab
