// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/trace.h"
#include "scenarios/trace/zeek-fields.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

using namespace portlab;
using namespace std::chrono_literals;

namespace
{

const std::string CSV_HEADER = "time_s,proto,src,src_port,dst,dst_port\n";

const std::string ZEEK_HEADER = "#separator \\x09\n"
                                "#set_separator\t,\n"
                                "#empty_field\t(empty)\n"
                                "#unset_field\t-\n"
                                "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto"
                                "\tduration\tconn_state\thistory\n"
                                "#types\ttime\taddr\tport\taddr\tport\tenum"
                                "\tinterval\tstring\tstring\n";

std::string
CloserName(std::optional<ClosedBy> closer)
{
    if (!closer)
    {
        return "-";
    }
    return *closer == ClosedBy::Client   ? "client"
           : *closer == ClosedBy::Server ? "server"
                                         : "reset";
}

/// A trace in one readable form, so that a difference shows as a line of text.
std::string
Show(const Trace& trace)
{
    std::ostringstream text;
    for (const TraceConnection& row : trace.connections)
    {
        text << row.start.time_since_epoch().count() << " "
             << (row.transport == Transport::Tcp ? "tcp " : "udp ")
             << trace.addresses.at(row.source) << " " << row.sourcePort << " "
             << trace.addresses.at(row.destination) << " " << row.destinationPort << " "
             << (row.duration ? std::to_string(row.duration->count()) : "-") << " "
             << CloserName(row.closedBy) << "\n";
    }
    return text.str();
}

std::string
ShowText(const std::string& text)
{
    return Show(ParseTrace(text, "trace"));
}

/// What test/data/zeek holds, in either form: nanoseconds since the first connection.
const std::string ZEEK_SAMPLE =
    "0 tcp 192.0.2.12 60001 203.0.113.9 22 3600000000000 -\n"
    "9500000000 tcp 192.0.2.10 40002 198.51.100.7 443 2000001000 server\n"
    "10000001000 tcp 192.0.2.10 40000 198.51.100.7 443 1250000000 client\n"
    "11900000000 tcp 192.0.2.11 51002 198.51.100.7 443 400000000 reset\n"
    "12000000000 tcp 192.0.2.11 51000 203.0.113.9 81 - -\n"
    "12100000000 tcp 192.0.2.11 51001 203.0.113.9 82 250000 reset\n"
    "13000000000 tcp 192.0.2.11 51003 198.51.100.7 443 750000000 reset\n"
    "13250000000 udp 192.0.2.12 60999 198.51.100.7 53 4096000 -\n"
    "13250000000 udp 192.0.2.12 32768 198.51.100.7 53 - -\n"
    "14000000000 tcp 192.0.2.10 40004 198.51.100.7 8443 30000000000 client\n"
    "15000000000 tcp 192.0.2.10 40006 198.51.100.7 8443 31000000000 server\n"
    "16000000000 tcp 2001:db8::10 49152 2001:db8:7::443 443 500000000 client\n";

void
ExpectZeekSample(const Trace& trace)
{
    EXPECT_EQ(Show(trace), ZEEK_SAMPLE);
    EXPECT_EQ(trace.origin, 1699999990s);
    EXPECT_EQ(trace.counts.rows, 15u);
    EXPECT_EQ(trace.counts.icmpRows, 2u);
    EXPECT_EQ(trace.counts.otherProtocolRows, 1u);
    EXPECT_EQ(trace.counts.unorderedRows, 3u);
    EXPECT_EQ(trace.addresses,
              (std::vector<std::string>{"192.0.2.10",
                                        "198.51.100.7",
                                        "192.0.2.11",
                                        "203.0.113.9",
                                        "192.0.2.12",
                                        "2001:db8::10",
                                        "2001:db8:7::443"}));
}

} // namespace

// The expectations come from zcat connections.csv.gz | awk, not from this reader.
TEST(RecordedCompetition, IsReadAsAwkCountsIt)
{
    const Trace trace = ReadTrace(PORTLAB_SCENARIOS "/data/wrccdc/connections.csv.gz");

    std::set<std::uint32_t> sources;
    for (const TraceConnection& row : trace.connections)
    {
        sources.insert(row.source);
        EXPECT_FALSE(row.duration || row.closedBy);
    }
    const auto tcpCount =
        std::count_if(trace.connections.begin(), trace.connections.end(), [](const auto& row) {
            return row.transport == Transport::Tcp;
        });
    EXPECT_EQ(trace.connections.size(), 64366u);
    EXPECT_EQ(trace.counts.rows, 64366u);
    EXPECT_EQ(tcpCount, 32837);
    EXPECT_EQ(sources.size(), 108u);
    EXPECT_EQ(trace.addresses.size(), 849u);
    EXPECT_EQ(trace.counts.unorderedRows, 0u);
    EXPECT_EQ(trace.origin, 249793us);
    EXPECT_EQ(trace.connections.front().start, At(0ns));
    EXPECT_EQ(trace.connections.back().start, At(1269535314us - 249793us));
    EXPECT_EQ(trace.addresses[trace.connections.front().source], "10.47.1.100");
    EXPECT_EQ(trace.connections.front().sourcePort, 41772);
}

TEST(ZeekLog, TellsTimesEndsAndDurationsAndSkipsWhatHasNoPorts)
{
    ExpectZeekSample(ReadTrace(PORTLAB_TEST_DATA "/zeek/conn.log"));
}

TEST(ZeekLog, SaysTheSameAsJson)
{
    ExpectZeekSample(ReadTrace(PORTLAB_TEST_DATA "/zeek/conn.json.log"));
}

TEST(ZeekLog, MayNameOtherSeparatorsAndOtherWordsForNothing)
{
    EXPECT_EQ(ShowText("#separator \\x7c\\x7c\n"
                       "#empty_field||none\n"
                       "#unset_field||\\x3f\n"
                       "#fields||duration||ts||proto||id.orig_h||id.orig_p||id.resp_h||id.resp_p\n"
                       "?||5.0||tcp||192.0.2.1||1||192.0.2.2||2\n"
                       "none||6.0||tcp||192.0.2.1||1||192.0.2.2||2\n"
                       "2||7.0||tcp||192.0.2.1||1||192.0.2.2||2\n"),
              "0 tcp 192.0.2.1 1 192.0.2.2 2 - -\n"
              "1000000000 tcp 192.0.2.1 1 192.0.2.2 2 - -\n"
              "2000000000 tcp 192.0.2.1 1 192.0.2.2 2 2000000000 -\n");
}

TEST(ZeekLog, MayBeSeveralLogsOneAfterAnother)
{
    EXPECT_EQ(ShowText(ZEEK_HEADER +
                       "7.0\t192.0.2.1\t1\t192.0.2.2\t2\ttcp\t1.5\tSF\tShAFf\n"
                       "#close\t2023-11-14-23-00-00\n"
                       "#separator \\x09\n"
                       "#fields\tproto\tts\tid.resp_h\tid.resp_p\tid.orig_h\tid.orig_p\n"
                       "udp\t8.0\t192.0.2.2\t2\t192.0.2.1\t1\n"),
              "0 tcp 192.0.2.1 1 192.0.2.2 2 1500000000 client\n"
              "1000000000 udp 192.0.2.1 1 192.0.2.2 2 - -\n");
}

TEST(ZeekHistory, TellsWhoClosedFirst)
{
    struct Case
    {
        const char* state;
        const char* history;
        const char* closer;
    };

    const Case cases[] = {
        {"SF", "ShADadFf", "client"},
        {"SF", "ShADadfF", "server"},
        {"SF", "ShADadFFf", "client"},
        {"SF", "^hADafF", "server"},
        {"OTH", "dF^f", "server"}, // The F came from the side that turned out to be the server.
        {"SF", "ShADadFfR", "reset"},
        {"SF", "ShADadfr", "reset"},
        {"OTH", "Ai", "reset"},
        {"SF", "", "-"},
        {"S0", "S", "-"},
        {"S1", "ShADad", "-"},
        {"OTH", "DcadtwgqQx", "-"},
        {"S2", "", "client"},
        {"SH", "", "client"},
        {"S3", "", "server"},
        {"SHR", "", "server"},
        {"REJ", "", "reset"},
        {"RSTO", "", "reset"},
        {"RSTR", "ShADadF", "reset"},
        {"RSTOS0", "", "reset"},
        {"RSTRH", "", "reset"},
        {"", "", "-"},
    };
    for (const Case& c : cases)
    {
        EXPECT_EQ(CloserName(ZeekClosedBy(c.state, c.history)), c.closer)
            << c.state << " " << c.history;
    }
}

TEST(ZeekJson, ReadsEveryFormOfTimeToTheNanosecond)
{
    const std::string rest = R"(,"proto":"tcp","id.orig_h":"192.0.2.1","id.orig_p":1,)"
                             R"("id.resp_h":"192.0.2.2","id.resp_p":2})"
                             "\n";
    const Trace trace = ParseTrace(R"({"ts":1521911722)" + rest + R"({"ts":1521911722.000001)" +
                                       rest + R"({"ts":1.521911722000002e9)" + rest +
                                       R"({"ts":"2018-03-24T17:15:22.000003Z")" + rest +
                                       R"({"ts":1521911722001)" + rest,
                                   "trace");

    EXPECT_EQ(trace.origin, 1521911722s);
    const Duration expected[] = {0us, 1us, 2us, 3us, 1ms};
    for (std::size_t i = 0; i < std::size(expected); ++i)
    {
        EXPECT_EQ(trace.connections.at(i).start, At(expected[i])) << "row " << i;
    }
}

TEST(ZeekJson, LooksOnlyAtTheOuterObjectAndTakesNullForUnset)
{
    EXPECT_EQ(ShowText(R"({"x":{"ts":9,"proto":"udp"},"id.resp_p":2,"id.resp_h":"192.0.2.2",)"
                       R"("duration":null,"id.orig_p":1,"id.orig_h":"192.0.2.1","y":[[{"ts":1}]],)"
                       R"("proto":"tcp","ts":5,"history":null,"local_orig":true,"z":-1})"),
              "0 tcp 192.0.2.1 1 192.0.2.2 2 - -\n");
}

TEST(CsvTrace, TakesColumnsInAnyOrderAndPassesOverOthers)
{
    EXPECT_EQ(ShowText("closes,dst_port,dst,note,src_port,src,proto,time_s,duration_s\n"
                       "client,443,198.51.100.7,x,40000,192.0.2.1,tcp,1.5,0.25\n"
                       "server,443,198.51.100.7,,40001,192.0.2.1,tcp,2.5,9.5367431640625e-07\n"
                       "reset,443,198.51.100.7,,40002,192.0.2.1,tcp,3.5,0\n"
                       ",443,198.51.100.7,,40003,192.0.2.1,tcp,4.5,\n"
                       "client,53,198.51.100.7,,40004,192.0.2.1,udp,5.5,\n"),
              "0 tcp 192.0.2.1 40000 198.51.100.7 443 250000000 client\n"
              "1000000000 tcp 192.0.2.1 40001 198.51.100.7 443 954 server\n"
              "2000000000 tcp 192.0.2.1 40002 198.51.100.7 443 0 reset\n"
              "3000000000 tcp 192.0.2.1 40003 198.51.100.7 443 - -\n"
              "4000000000 udp 192.0.2.1 40004 198.51.100.7 53 - -\n");
}

TEST(CsvTrace, MayHaveCarriageReturnsBlankLinesAByteOrderMarkAndNoLastLineFeed)
{
    EXPECT_EQ(ShowText("\xEF\xBB\xBF"
                       "time_s,proto,src,src_port,dst,dst_port\r\n"
                       "\r\n"
                       "1,tcp,192.0.2.1,0,192.0.2.2,65535\r\n"
                       "\n"
                       "2,tcp,192.0.2.1,1,192.0.2.2,2"),
              "0 tcp 192.0.2.1 0 192.0.2.2 65535 - -\n"
              "1000000000 tcp 192.0.2.1 1 192.0.2.2 2 - -\n");
}

TEST(Trace, IsSortedByTimeAndKeepsTheFilesOrderWithinAnInstant)
{
    const Trace trace = ParseTrace(CSV_HEADER + "5,tcp,192.0.2.1,1,192.0.2.2,9\n"
                                                "7,tcp,192.0.2.1,2,192.0.2.2,9\n"
                                                "5,tcp,192.0.2.1,3,192.0.2.2,9\n"
                                                "1,icmp,192.0.2.1,8,192.0.2.2,0\n"
                                                "3,tcp,192.0.2.1,4,192.0.2.2,9\n"
                                                "3,sctp,192.0.2.1,4,192.0.2.2,9\n"
                                                "5,tcp,192.0.2.1,5,192.0.2.2,9\n",
                                   "trace");

    std::string order;
    for (const TraceConnection& row : trace.connections)
    {
        order += std::to_string(row.sourcePort);
    }
    EXPECT_EQ(order, "41352");
    EXPECT_EQ(trace.origin, 3s) << "the first TCP or UDP row, not the ICMP row before it";
    EXPECT_EQ(trace.counts.unorderedRows, 2u);
    EXPECT_EQ(trace.counts.icmpRows, 1u);
    EXPECT_EQ(trace.counts.otherProtocolRows, 1u);
    EXPECT_EQ(trace.counts.rows, 7u);
}

TEST(Trace, StoresEveryAddressOnceHoweverItIsSpelt)
{
    const Trace trace = ParseTrace(CSV_HEADER + "1,tcp,2001:DB8:0::1,1,192.0.2.2,9\n"
                                                "2,tcp,2001:db8::1,2,2001:0db8::0001,9\n"
                                                "3,tcp,2001:DB8:0::1,3,192.0.2.2,9\n",
                                   "trace");

    EXPECT_EQ(trace.addresses, (std::vector<std::string>{"2001:db8::1", "192.0.2.2"}));
    EXPECT_EQ(trace.connections[1].source, trace.connections[0].source);
    EXPECT_EQ(trace.connections[1].destination, trace.connections[0].source);
    EXPECT_EQ(trace.connections[2].source, trace.connections[0].source);
}
