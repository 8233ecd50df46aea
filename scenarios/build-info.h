// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_BUILD_INFO_H
#define PORTLAB_BUILD_INFO_H

namespace portlab
{

/// What a result has to carry so that somebody else can repeat it.
struct BuildInfo
{
    const char* version;    ///< Of portlab: "0.1.0".
    const char* commit;     ///< "a1b2c3d4e5f6"; ending in "-dirty" if files differed; or "unknown".
    const char* ns3Version; ///< Of the ns-3 it was compiled against: "3.37".
    const char* compiler;   ///< "GNU 12.2.0"
    const char* buildType;  ///< "Release"
};

/// Written by CMake at every build, see cmake/build-info.cmake.
extern const BuildInfo BUILD_INFO;

} // namespace portlab

#endif // PORTLAB_BUILD_INFO_H
