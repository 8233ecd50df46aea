// SPDX-License-Identifier: GPL-2.0-only

// The flow of UDP that a real kernel's NAT has followed, packet by packet.

#include "model/core/nat/udp-tracking.h"
#include "test/recorded/nat-recording.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace
{

using namespace std::chrono_literals;
using portlab::At;
using portlab::Instant;
using portlab::NatState;
using portlab::UdpTracking;
using portlab::test::CsvRow;
using portlab::test::ReadNatRecording;
using portlab::test::TupleAt;

} // namespace

TEST(RecordedUdp, IsAStreamFromTheSamePacketOn)
{
    bool isFirst = true;
    bool seenReply = false;
    NatState state = NatState::UdpNew;
    std::uint32_t streamFrom = 0;
    int streams = 0;
    const std::vector<CsvRow> rows = ReadNatRecording("udp-timeouts");
    for (const CsvRow& row : rows)
    {
        SCOPED_TRACE(row.Name({"t", "event"}));
        const Instant now = At(portlab::FromSeconds(row.Seconds("t")));
        streamFrom = isFirst ? UdpTracking::StreamFrom(now + 2s) : streamFrom;
        state = isFirst ? state : UdpTracking::After(state, streamFrom, seenReply, now);
        isFirst = false;
        seenReply = seenReply || row.Text("event").substr(0, 2) == "in";

        const bool isStream = state == NatState::UdpStream;
        const std::vector<std::string> entry = TupleAt(row, "timeout_flags");
        ASSERT_EQ(entry.size(), 2u);
        EXPECT_EQ(entry[0], isStream ? "119" : "29"); // Of 120 s and 30 s, cut.
        EXPECT_EQ(entry[1], isStream ? "ASSURED" : "");
        streams += isStream ? 1 : 0;
    }
    EXPECT_EQ(rows.size(), 8u);
    EXPECT_EQ(streams, 3);
}
