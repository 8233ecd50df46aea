// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_SHA256_H
#define PORTLAB_SHA256_H

#include <string>
#include <string_view>

namespace portlab
{

/// The SHA-256 digest of `bytes`, as 64 lower-case hexadecimal digits, as sha256sum prints it.
/// It identifies scenarios; nothing secret rests on it.
/// Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2.
std::string Sha256(std::string_view bytes);

} // namespace portlab

#endif // PORTLAB_SHA256_H
