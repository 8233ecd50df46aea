// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/line-reader.h"
#include "scenarios/trace/trace.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

using namespace portlab;

namespace
{

const std::string CSV = "time_s,proto,src,src_port,dst,dst_port,duration_s,closes\n";
const std::string GOOD = "1.5,tcp,192.0.2.1,40000,198.51.100.7,443,,\n";
const std::string ZEEK =
    "#separator \\x09\n"
    "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\n";
const std::string KNOWN_FORMATS =
    "portlab reads its own CSV (header time_s,proto,src,src_port,dst,dst_port), Zeek's conn.log "
    "with its # lines, and Zeek's conn.log as JSON lines, each of them plain or compressed with "
    "gzip.";

/// The message that `read` ends with; empty when it succeeds.
template <typename Read>
std::string
Complaint(const Read& read)
{
    try
    {
        read();
    }
    catch (const std::invalid_argument& error)
    {
        return error.what();
    }
    return "";
}

std::string
TextComplaint(const std::string& text)
{
    return Complaint([&text] { ParseTrace(text, "trace"); });
}

std::string
FileComplaint(const std::string& path)
{
    return Complaint([&path] { ReadTrace(path); });
}

struct ErrorCase
{
    std::string text;
    std::string message;
};

void
ExpectComplaints(const std::vector<ErrorCase>& cases)
{
    for (const ErrorCase& c : cases)
    {
        EXPECT_EQ(TextComplaint(c.text), c.message);
    }
}

std::string
CsvRow(const std::string& row)
{
    return CSV + GOOD + row + "\n" + GOOD;
}

class TraceFile : public testing::Test
{
  protected:
    void SetUp() override
    {
        std::string name = std::filesystem::temp_directory_path() / "portlab-trace-XXXXXX";
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        m_directory = name;
    }

    void TearDown() override
    {
        std::filesystem::remove_all(m_directory);
    }

    /// Writes the bytes and returns the path.
    std::string Write(const std::string& name, const std::string& bytes) const
    {
        std::ofstream(m_directory / name, std::ios::binary) << bytes;
        return m_directory / name;
    }

    std::string Gzip(const std::string& text) const
    {
        const std::string path = m_directory / "packed";
        gzFile file = gzopen(path.c_str(), "wb");
        gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
        gzclose(file);
        std::ifstream packed(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(packed), {}};
    }

    std::filesystem::path m_directory;
};

/// Many different rows, so that they stay long when compressed.
std::string
LongCsv()
{
    std::string text = CSV;
    for (int i = 0; i < 20000; ++i)
    {
        text += std::to_string(i) + ",tcp,192.0.2." + std::to_string(i * 7 % 256) + "," +
                std::to_string(i * 7919 % 65536) + ",198.51.100.7,443,,\n";
    }
    return text;
}

} // namespace

TEST(CsvMistake, IsNamedWithItsLineAndWhatWasExpected)
{
    const std::string seconds = "a number of seconds from 0 to 9223372036.854775807.";
    ExpectComplaints({
        {CsvRow("2,tcp,192.0.2.1,40000,198.51.100.7,99999,,"),
         "trace:3: dst_port is \"99999\": a port is a whole number from 0 to 65535."},
        {CsvRow("2,tcp,192.0.2.1,-1,198.51.100.7,443,,"),
         "trace:3: src_port is \"-1\": a port is a whole number from 0 to 65535."},
        {CsvRow("x,tcp,192.0.2.1,1,198.51.100.7,443,,"),
         "trace:3: time_s is \"x\": a time is " + seconds},
        {CsvRow("-1,tcp,192.0.2.1,1,198.51.100.7,443,,"),
         "trace:3: time_s is \"-1\": a time is " + seconds},
        {CsvRow("inf,tcp,192.0.2.1,1,198.51.100.7,443,,"),
         "trace:3: time_s is \"inf\": a time is " + seconds},
        {CsvRow("9223372037,tcp,192.0.2.1,1,198.51.100.7,443,,"),
         "trace:3: time_s is \"9223372037\": a time is " + seconds},
        {CsvRow("2,tcp,192.0.2.1,1,198.51.100.7,443,-0.5,"),
         "trace:3: duration_s is \"-0.5\": a duration is " + seconds},
        {CsvRow("2,tcp,192.0.2.1,1,198.51.100.7,443,nan,"),
         "trace:3: duration_s is \"nan\": a duration is " + seconds},
        {CsvRow("2,tcp,192.0.2.1,1,198.51.100.7,443,9223372034.854775808,"),
         "trace:3: duration_s is \"9223372034.854775808\": the connection would end later than "
         "9223372036.854775807 seconds, the latest time there is."},
        {CsvRow("2,tcp,192.0.2.1,1,198.51.100.7,443,9223372034.854775807,"), ""},
        {CsvRow("2,tcp,192.0.2.1,1,198.51.100.7,443,,both"),
         "trace:3: closes is \"both\": it is client, server, reset, or nothing where it is not "
         "known."},
        {CsvRow("2,tcp,eth0,1,198.51.100.7,443,,"),
         "trace:3: src is \"eth0\": an address is IPv4 or IPv6 text, such as 192.0.2.1 or "
         "2001:db8::1."},
        {CsvRow("2,tcp,192.0.2.1,1,,443,,"),
         "trace:3: dst is \"\": an address is IPv4 or IPv6 text, such as 192.0.2.1 or "
         "2001:db8::1."},
        {CsvRow("2,tcp,192.0.2.1"),
         "trace:3: the line has 3 fields, but the header in line 1 names 8."},
        {CsvRow("2,tcp,192.0.2.1,1,198.51.100.7,443,,,"),
         "trace:3: the line has 9 fields, but the header in line 1 names 8."},
        {CsvRow(std::string("2,tcp") + '\0' + ",192.0.2.1,1,198.51.100.7,443,,"),
         "trace:3: the line holds a NUL byte: a trace is ASCII or UTF-8 text, plain or compressed "
         "with gzip."},
        {"\n\ntime_s,src,src_port,dst,dst_port\n" + GOOD,
         "trace:3: column proto is missing: a trace needs time_s, proto, src, src_port, dst, "
         "dst_port."},
        {"time_s,proto,src,src_port,dst,dst_port,src\n" + GOOD,
         "trace:1: column src stands twice in the header: name each column once."},
    });
}

TEST(ZeekMistake, IsNamedWithItsLineAndWhatWasExpected)
{
    ExpectComplaints({
        {ZEEK + "7.0\t192.0.2.1\t1\t192.0.2.2\t2\ttcp\n",
         "trace:3: the line has 6 fields, but the header in line 2 names 7."},
        {ZEEK + "-\t192.0.2.1\t1\t192.0.2.2\t2\ttcp\t-\n",
         "trace:3: ts is \"-\": a time is a number of seconds from 0 to 9223372036.854775807."},
        {ZEEK + "7.0\t192.0.2.1\t1\t192.0.2.2\t65536\ttcp\t-\n",
         "trace:3: id.resp_p is \"65536\": a port is a whole number from 0 to 65535."},
        {"#separator \n", "trace:1: #separator names none: Zeek writes #separator \\x09."},
        {"#fields\tts\tproto\n",
         "trace:1: column id.orig_h is missing: a trace needs ts, proto, id.orig_h, id.orig_p, "
         "id.resp_h, id.resp_p."},
        {"#separator \\x09\n7.0\t192.0.2.1\n",
         "trace:2: a row stands before the #fields line that says what is in it: keep the # lines, "
         "for example with zeek-cut -c."},
        {"#separator \\x09\n#types\ttime\n",
         "trace:2: #types stands before #fields: Zeek writes #fields first."},
        {ZEEK + "#types\ttime\taddr\n",
         "trace:3: the line has 2 fields, but the header in line 2 names 7."},
        {ZEEK + "#types\tstring\taddr\tport\taddr\tport\tenum\tinterval\n",
         "trace:3: #types says that ts is a \"string\", not a time: keep Zeek's own numbers, for "
         "example with zeek-cut -c and without its -d, -D, -u and -U."},
    });
}

TEST(JsonMistake, IsNamedWithItsLineAndWhatWasExpected)
{
    const std::string head = R"({"proto":"tcp","id.orig_h":"192.0.2.1","id.orig_p":1,)";
    const std::string good = head + R"("id.resp_h":"192.0.2.2","id.resp_p":2,"ts":1.5})";
    ExpectComplaints({
        {good + "\n{\"ts\":1\n",
         "trace:2: the line is not a whole JSON object, see column 8: Zeek's JSON log has one "
         "object a line."},
        {good + good,
         "trace:1: the line is not a whole JSON object, see column " +
             std::to_string(good.size() + 1) + ": Zeek's JSON log has one object a line."},
        {good + "\n[1]\n",
         "trace:2: the line is not a JSON object: Zeek's JSON log has one object a line."},
        {"{\"ts\":1e999}",
         "trace:1: the line holds a number that is too large: Zeek's JSON log has "
         "one object a line."},
        {"{}",
         "trace:1: ts is missing: a line of Zeek's conn.log has ts, proto, id.orig_h, "
         "id.orig_p, id.resp_h and id.resp_p."},
        {head + R"("id.resp_h":"192.0.2.2","id.resp_p":70000,"ts":1.5})",
         "trace:1: id.resp_p is \"70000\": a port is a whole number from 0 to 65535."},
        {head + R"("id.resp_h":"192.0.2.2","id.resp_p":2.0,"ts":1.5})",
         "trace:1: id.resp_p is \"2.0\": a port is a whole number from 0 to 65535."},
        {head + R"("id.resp_h":"192.0.2.2","id.resp_p":2,"ts":-1.5})",
         "trace:1: ts is \"-1.5\": a time is a number of seconds from 0 to 9223372036.854775807."},
        {head + R"("id.resp_h":"192.0.2.2","id.resp_p":2,"ts":"noon"})",
         "trace:1: ts is \"noon\": as a string, a time is a date from 1970 to 2262 such as "
         "2018-03-24T17:15:22.249793Z."},
        {head + R"("id.resp_h":"192.0.2.2\u0000x","id.resp_p":2,"ts":1})",
         "trace:1: id.resp_h is \"192.0.2.2\\x00x\": an address is IPv4 or IPv6 text, such as "
         "192.0.2.1 or 2001:db8::1."},
    });
}

TEST(TraceWithoutConnections, IsRefused)
{
    ExpectComplaints({
        {"", "trace: is empty: " + KNOWN_FORMATS},
        {"\n\r\n\n", "trace: is empty: " + KNOWN_FORMATS},
        {"No trace.\n", "trace: is not a trace, it begins with \"No trace.\": " + KNOWN_FORMATS},
        {"#!/bin/sh\n", "trace: is not a trace, it begins with \"#!/bin/sh\": " + KNOWN_FORMATS},
        {CSV,
         "trace: holds no TCP or UDP connection: 0 rows, of which 0 are ICMP and 0 of other "
         "protocols."},
        {CSV + "1,icmp,,,,,,\n2,TCP,,,,,,\n",
         "trace: holds no TCP or UDP connection: 2 rows, of which 1 are ICMP and 1 of other "
         "protocols."},
    });
}

TEST(LongLine, IsAcceptedUpToOneMebibyteAndRefusedOneByteLater)
{
    const std::string row = "2,tcp,192.0.2.1,1,192.0.2.2,2,";
    const std::string header = "time_s,proto,src,src_port,dst,dst_port,note\n";
    const std::string full = row + std::string(LineReader::MAX_LINE_BYTES - row.size(), 'x');
    const std::string refusal = "trace:2: the line is longer than 1048576 bytes: a trace has one "
                                "connection a line.";

    EXPECT_EQ(TextComplaint(header + full + "\n" + full + "\n"), "");
    EXPECT_EQ(TextComplaint(header + full), "");
    EXPECT_EQ(TextComplaint(header + full + "x\n" + full), refusal);
    EXPECT_EQ(TextComplaint(header + full + "x"), refusal);
}

TEST(Lines, AreTheSameHoweverTheirBytesArrive)
{
    const std::string text = "one\r\n\ntwo\n" + std::string(70000, 'x') + "\nlast";
    for (const std::size_t step : {1, 2, 3, 7, 65535, 65536, 65537, 1 << 20})
    {
        std::size_t done = 0;
        LineReader lines("trace", [&](char* to, std::size_t count) {
            const std::string chunk = text.substr(done, std::min(count, step));
            done += chunk.size();
            std::copy(chunk.begin(), chunk.end(), to);
            return chunk.size();
        });
        std::string seen;
        while (lines.Next())
        {
            seen += std::to_string(lines.Number()) + std::string(lines.Line()) + "|";
        }
        EXPECT_EQ(seen, "1one|3two|4" + std::string(70000, 'x') + "|5last|") << step;
        EXPECT_EQ(lines.Number(), 5u);
        EXPECT_FALSE(lines.Next());
    }
}

TEST_F(TraceFile, IsRecognisedByContentNotByName)
{
    const std::string packed = Gzip(CSV + GOOD);

    EXPECT_EQ(ReadTrace(Write("plain.gz", CSV + GOOD)).connections.size(), 1u);
    EXPECT_EQ(ReadTrace(Write("packed.csv", packed)).connections.size(), 1u);
    EXPECT_EQ(ReadTrace(Write("two", packed + Gzip(GOOD))).connections.size(), 2u);
}

TEST_F(TraceFile, IsRefusedWhenItCannotBeRead)
{
    const std::string missing = m_directory / "missing.csv";
    EXPECT_EQ(FileComplaint(missing),
              missing +
                  ": there is no such file; check the name and the directory it is relative to.");
    EXPECT_EQ(FileComplaint(m_directory),
              m_directory.string() + ": is a directory; name a file in it.");
    const std::string empty = Write("empty", "");
    EXPECT_EQ(FileComplaint(empty), empty + ": is empty: " + KNOWN_FORMATS);
    const std::string packedEmpty = Write("packed-empty", Gzip(""));
    EXPECT_EQ(FileComplaint(packedEmpty), packedEmpty + ": is empty: " + KNOWN_FORMATS);
}

TEST_F(TraceFile, IsRefusedWithoutPermission)
{
    if (geteuid() == 0)
    {
        GTEST_SKIP() << "root may read everything";
    }
    const std::string path = Write("secret", CSV + GOOD);
    std::filesystem::permissions(path, std::filesystem::perms::none);

    EXPECT_EQ(FileComplaint(path), path + ": cannot be opened for reading: Permission denied.");
}

TEST_F(TraceFile, IsRefusedWhereverItsGzipIsCutOff)
{
    const std::string packed = Gzip(LongCsv());
    const std::string ending =
        ": the gzip file ends in the middle: copy it again, or wait until its "
        "writer is done.";
    const std::size_t size = packed.size();
    for (const std::size_t kept : {std::size_t{3}, std::size_t{10}, size / 2, size - 8, size - 1})
    {
        const std::string path = Write("cut", packed.substr(0, kept));
        const std::string complaint = FileComplaint(path);

        EXPECT_EQ(complaint.substr(0, path.size() + 1), path + ":") << kept;
        EXPECT_NE(complaint.find(ending), std::string::npos) << kept << " bytes: " << complaint;
    }
}

TEST_F(TraceFile, IsRefusedWhenItsGzipIsDamaged)
{
    const std::string packed = Gzip(LongCsv());
    for (const std::size_t place : {std::size_t{20}, packed.size() / 2, packed.size() - 8})
    {
        std::string damaged = packed;
        damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
        const std::string complaint = FileComplaint(Write("damaged", damaged));

        EXPECT_NE(complaint, "") << "byte " << place;
    }
    std::string wrongSum = packed;
    wrongSum[packed.size() - 8] = static_cast<char>(wrongSum[packed.size() - 8] ^ 1);
    const std::string complaint = FileComplaint(Write("wrong-sum", wrongSum));
    EXPECT_NE(complaint.find(": the gzip file is damaged, only the lines before this one could be "
                             "unpacked: copy it again; gzip -t tests it."),
              std::string::npos)
        << complaint;
}
