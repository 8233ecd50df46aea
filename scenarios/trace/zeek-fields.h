// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_ZEEK_FIELDS_H
#define PORTLAB_ZEEK_FIELDS_H

#include "scenarios/trace/trace-builder.h"

#include <optional>
#include <string_view>

namespace portlab
{

/// What a connection's parts are called in Zeek's conn.log, in either of its forms.
/// Source: scripts/base/protocols/conn/main.zeek, zeek/zeek@056f9b7a45c0.
constexpr FieldNames
    ZEEK_NAMES{"ts", "proto", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "duration"};
constexpr const char* ZEEK_STATE = "conn_state";
constexpr const char* ZEEK_HISTORY = "history";

/// Who closed a TCP connection first, as far as Zeek can tell: the history's order of FINs and any
/// RST in it, else the state. Either may be empty text. Empty when neither says.
std::optional<ClosedBy> ZeekClosedBy(std::string_view state, std::string_view history);

} // namespace portlab

#endif // PORTLAB_ZEEK_FIELDS_H
