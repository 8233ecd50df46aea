// SPDX-License-Identifier: GPL-2.0-only

// bind() where TIME_WAIT or another range is in its way: Windows, and those that differ from it.

#include "host-with-options.h"
#include "knob-test-support.h"

#include <gtest/gtest.h>

using namespace portlab;
using namespace portlab::test;
using namespace std::chrono_literals;

TEST(BindOverTimeWait, SucceedsOnWindowsAndFailsWithTheSamePeerOnly)
{
    for (const Port port : {Port{50000}, Port{40000}}) // In the range of automatic ports, and not.
    {
        HostOf host(Row("windows-11"), true);
        ASSERT_EQ(host.Ask(SHOP, At(0s), BoundTo(port)).port, port);
        EXPECT_FALSE(host.Ask(BANK, At(0s), BoundTo(port)).port) << "somebody lives there";
        host.Close(SHOP, port, At(0s), BoundTo(port));
        const Grant again = host.Ask(SHOP, At(1s), BoundTo(port));
        EXPECT_FALSE(again.port);
        EXPECT_FALSE(again.byBind) << "it is connect() that fails";
        EXPECT_EQ(again.refusal, Refusal::TimeWaitCollision);
        EXPECT_EQ(host.Ask(BANK, At(1s), BoundTo(port)).port, port);
        host.Close(BANK, port, At(2s), BoundTo(port));
        EXPECT_FALSE(host.Ask(SHOP, At(120s) - 1ns, BoundTo(port)).port);
        EXPECT_EQ(host.Ask(SHOP, At(120s), BoundTo(port)).port, port);
    }
}

TEST(BindOverTimeWait, FailsInBindElsewhere)
{
    for (const char* name : {"macos-15", "freebsd-14", "lwip"})
    {
        HostOf host(Row(name), true);
        ASSERT_TRUE(host.Ask(SHOP, At(0s), BoundTo(40000)).port);
        host.Close(SHOP, 40000, At(0s), BoundTo(40000));
        const Grant refused = host.Ask(BANK, At(1s), BoundTo(40000));
        EXPECT_FALSE(refused.port) << name;
        EXPECT_TRUE(refused.byBind) << name;
    }
}

TEST(AutoReuse, LeavesBindTheOtherPorts)
{
    HostOf host(Row("windows-auto-reuse"), true);
    SocketOptions bound;
    bound.manner = PortManner::Bind;
    for (int i = 0; i < 17000; ++i)
    {
        const Port port = *host.Ask(SHOP, At(0s), bound).port;
        ASSERT_GE(port, 5000);
        ASSERT_LE(port, 21999);
    }
    EXPECT_FALSE(host.Ask(SHOP, At(0s), bound).port);
    EXPECT_GE(*host.Ask(SHOP, At(0s)).port, 22000);
    EXPECT_FALSE(host.Ask(SHOP, At(0s), BoundTo(30000)).port) << "connect() alone has these";
    EXPECT_TRUE(host.Ask(SHOP, At(0s), BoundTo(4000)).port);
}

TEST(AutoReuse, CanTakeEverythingFromBind)
{
    HostOf host(With("windows-11", "auto_reuse", "40000-65535"), true);
    SocketOptions bound;
    bound.manner = PortManner::Bind;
    EXPECT_FALSE(host.Ask(SHOP, At(0s), bound).port) << "no dynamic port is left";
    EXPECT_TRUE(host.Ask(SHOP, At(0s)).port);
}
