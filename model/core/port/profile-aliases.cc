// SPDX-License-Identifier: GPL-2.0-only

// Names that people type. What a distribution ships is its default kernel, with its security
// updates: all that are supported have the port search of Linux 5.18, which CVE-2022-1012 brought
// into older kernels in 2022. Which package did is beside each; that it has the whole series of
// seven changes is inferred from the advisory.

#include "model/core/port/profile-aliases.h"

namespace portlab
{

namespace
{

constexpr std::string_view NT6 = "the range and rules of every Windows since Vista";
constexpr std::string_view NATIVE_6_1 = "its kernel is 6.1";

} // namespace

// house-rules: long because it is a table.
const std::vector<ProfileAlias>&
ProfileAliases()
{
    static const std::vector<ProfileAlias> aliases{
        {"linux", "linux-6.18", ""},
        {"windows", "windows-11", ""},
        {"macos", "macos-15", ""},
        {"freebsd", "freebsd-14", ""},
        {"openbsd", "openbsd-7", ""},
        {"netbsd", "netbsd-10", ""},

        {"windows-vista", "windows-11", NT6},
        {"windows-7", "windows-11", NT6},
        {"windows-8.1", "windows-11", NT6},
        {"windows-10", "windows-11", NT6},
        {"windows-server-2008", "windows-11", NT6},
        {"windows-server-2008-r2", "windows-11", NT6},
        {"windows-server-2012", "windows-11", NT6},
        {"windows-server-2012-r2", "windows-11", NT6},
        {"windows-server-2016", "windows-11", NT6},
        {"windows-server-2019", "windows-11", NT6},
        {"windows-server-2022", "windows-11", NT6},
        {"windows-server-2025", "windows-11", NT6},
        {"windows-server-2003", "windows-xp", "its range and rules"},

        {"ios", "macos-15", "the same kernel, XNU"},
        {"freebsd-15", "freebsd-14", "the rules of 14"},
        {"freebsd-12", "freebsd-11", "the rules of 11"},
        {"solaris-11", "illumos", "the same tunables"},

        {"ubuntu-18.04", "linux-5.18", "since 4.15.0-194 (USN-5669-1)"},
        {"ubuntu-20.04", "linux-5.18", "since 5.4.0-126 (USN-5622-1)"},
        {"ubuntu-22.04", "linux-5.18", "since 5.15.0-47 (USN-5594-1)"},
        {"ubuntu-24.04", "linux-6.8", "its kernel is 6.8"},
        {"debian-10", "linux-5.18", "since 4.19.249-2 (DSA-5173-1)"},
        {"debian-11", "linux-5.18", "since 5.10.127, from the stable kernel 5.10.125"},
        {"debian-12", "linux-6.1", NATIVE_6_1},
        {"debian-13", "linux-6.12", "its kernel is 6.12"},
        {"rhel-7", "linux-2.6", "its 3.10 has the search of Linux before 4.2; no update is known"},
        {"rhel-8", "linux-5.18", "since 4.18.0-372.19.1.el8_6 (RHSA-2022:5819)"},
        {"rhel-9", "linux-5.18", "since 5.14.0-70.17.1.el9_0 (RHSA-2022:5249)"},
        {"rhel-10", "linux-6.12", "its kernel is 6.12"},
        {"amazon-linux-2", "linux-5.18", "since 4.14.285-215.501 (ALAS-2022-1813)"},
        {"amazon-linux-2023", "linux-6.1", NATIVE_6_1},
        {"sles-15", "linux-5.18", "since July 2022 (SUSE-SU-2022:2424-1)"},
        {"android", "linux-6.1", "14 and later; no setting of Android's own is known (uncertain)"},
    };
    return aliases;
}

} // namespace portlab
