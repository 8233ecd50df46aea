// SPDX-License-Identifier: GPL-2.0-only

// What portlab's TCP costs beside ns-3's own: one client that opens connections to one server,
// 2,000 a second, and closes each at once or keeps it. Every line of the tables is a process of its
// own, so that none inherits the memory of another.

#include "model/core/base/check.h"
#include "model/portlab-tcp-l4-protocol.h"
#include "test/bench/cpu-time.h"
#include "test/bench/markdown.h"

#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/node-container.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/tcp-socket-factory.h"

#include <chrono>
#include <cstdio>
#include <deque>
#include <functional>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

namespace portlab
{

namespace
{

using namespace ns3;
using ns3::Address;

constexpr double RATE = 2000;
constexpr std::uint32_t LAST = 1000;

/// What a child process tells its parent.
struct Figures
{
    double opened{0};
    double wallSeconds{0};
    double userSeconds{0};
    double lastUserSeconds{0}; ///< Of the last thousand.
    double recordBytes{0};     ///< Of portlab's records, each.
    double heapBytes{0};       ///< By which each of the second half has made the heap grow.
    double closeUserSeconds{0};
    double failMicroseconds{0}; ///< For a connect() that finds no port.
};

double
WallSeconds()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

class PacketLoad
{
  public:
    /// A system named "" is ns-3 without portlab.
    PacketLoad(const std::string& system, const std::string& ports, bool keepsOpen)
        : m_keepsOpen(keepsOpen)
    {
        m_nodes.Create(2);
        InternetStackHelper stack;
        stack.SetIpv6StackInstall(false);
        if (!system.empty())
        {
            stack.SetTcp("ns3::PortlabTcpL4Protocol");
        }
        stack.Install(m_nodes);
        if (!system.empty())
        {
            const auto local = m_nodes.Get(0)->GetObject<EphemeralPorts>();
            local->SetAttribute("Profile", StringValue(system));
            local->SetAttribute("Ports", StringValue(ports));
        }
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
        link.SetChannelAttribute("Delay", StringValue("1ms"));
        Ipv4AddressHelper addresses("192.0.2.0", "255.255.255.0");
        const auto interfaces = addresses.Assign(link.Install(m_nodes));
        m_server = InetSocketAddress(interfaces.GetAddress(1), 80);
        Listen();
    }

    ~PacketLoad()
    {
        m_kept.clear();
        Simulator::Destroy();
    }

    PacketLoad(const PacketLoad&) = delete;
    PacketLoad& operator=(const PacketLoad&) = delete;

    Figures Run(std::uint32_t connections)
    {
        Figures figures;
        Simulator::Schedule(Seconds(0), &PacketLoad::Open, this, connections);
        const double wall = WallSeconds();
        const double user = UserSeconds();
        Pass(connections / 2 / RATE);
        const double heap = HeapBytes();
        Pass((connections - connections / 2 - LAST) / RATE);
        const double last = UserSeconds();
        Pass(LAST / RATE);
        figures.wallSeconds = WallSeconds() - wall;
        figures.userSeconds = UserSeconds() - user;
        figures.lastUserSeconds = UserSeconds() - last;
        figures.heapBytes = (HeapBytes() - heap) / (connections - connections / 2);
        Pass(1);
        figures.opened = m_opened;
        if (const auto tcp = m_nodes.Get(0)->GetObject<PortlabTcpL4Protocol>())
        {
            figures.recordBytes = static_cast<double>(tcp->TimeWaits().MemoryBytes()) / connections;
        }
        return figures;
    }

    /// The time of a connect() that has to fail.
    double Fail()
    {
        const double begin = WallSeconds();
        const auto socket = Socket::CreateSocket(m_nodes.Get(0), TcpSocketFactory::GetTypeId());
        socket->Bind();
        const bool failed =
            socket->Connect(m_server) == -1 && socket->GetErrno() == Socket::ERROR_ADDRNOTAVAIL;
        Check(failed, "the port after the last one was given");
        return (WallSeconds() - begin) * 1e6;
    }

    /// Closes all that it has kept, at the same rate, and takes the time.
    double CloseAll()
    {
        const double user = UserSeconds();
        const auto count = static_cast<double>(m_kept.size());
        Simulator::Schedule(Seconds(0), &PacketLoad::CloseNext, this, std::size_t{0});
        Pass(count / RATE + 1);
        return UserSeconds() - user;
    }

  private:
    static void Pass(double seconds)
    {
        Simulator::Stop(Seconds(seconds));
        Simulator::Run();
    }

    static double HeapBytes()
    {
        return static_cast<double>(mallinfo2().uordblks);
    }

    void Listen()
    {
        const auto socket = Socket::CreateSocket(m_nodes.Get(1), TcpSocketFactory::GetTypeId());
        socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), 80));
        socket->Listen();
        socket->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&PacketLoad::OnAccepted, this));
    }

    void Open(std::uint32_t left)
    {
        if (left > 1)
        {
            Simulator::Schedule(Seconds(1 / RATE), &PacketLoad::Open, this, left - 1);
        }
        const auto socket = Socket::CreateSocket(m_nodes.Get(0), TcpSocketFactory::GetTypeId());
        socket->SetConnectCallback(MakeCallback(&PacketLoad::OnConnected, this),
                                   MakeNullCallback<void, Ptr<Socket>>());
        if (socket->Bind() == 0)
        {
            socket->Connect(m_server);
        }
        if (m_keepsOpen)
        {
            m_kept.push_back(socket);
        }
    }

    void OnConnected(Ptr<Socket> socket)
    {
        ++m_opened;
        if (!m_keepsOpen)
        {
            socket->Close();
        }
    }

    void OnAccepted(Ptr<Socket> socket, const Address& /* from */)
    {
        m_held.push_back(socket);
        socket->SetCloseCallbacks(MakeCallback(&PacketLoad::OnPeerClosed, this),
                                  MakeNullCallback<void, Ptr<Socket>>());
        // A program keeps its socket until both sides have closed: here, for a while.
        if (!m_keepsOpen && m_held.size() > 1000)
        {
            m_held.pop_front();
        }
    }

    void OnPeerClosed(Ptr<Socket> socket)
    {
        socket->Close();
    }

    void CloseNext(std::size_t index)
    {
        m_kept[index]->Close();
        if (index + 1 < m_kept.size())
        {
            Simulator::Schedule(Seconds(1 / RATE), &PacketLoad::CloseNext, this, index + 1);
        }
    }

    NodeContainer m_nodes;
    Address m_server;
    bool m_keepsOpen;
    double m_opened{0};
    std::vector<Ptr<Socket>> m_kept;
    std::deque<Ptr<Socket>> m_held;
};

/// In a process of its own.
Figures
Apart(const std::function<Figures()>& measure)
{
    int ends[2];
    Check(pipe(ends) == 0, "no pipe");
    const pid_t child = fork();
    if (child == 0)
    {
        const Figures figures = measure();
        const bool told = write(ends[1], &figures, sizeof(figures)) == sizeof(figures);
        _exit(told ? 0 : 1);
    }
    Figures figures;
    const bool heard = read(ends[0], &figures, sizeof(figures)) == sizeof(figures);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    close(ends[1]);
    Check(heard, "a measurement broke off");
    return figures;
}

std::string
Number(double value)
{
    char text[32];
    std::snprintf(text, sizeof(text), "%.0f", value);
    return text;
}

void
TellTimeWait(Markdown& out)
{
    out.Write("## Opened and closed at once; TIME_WAIT is kept");
    std::vector<Markdown::Row> rows{{"TCP",
                                     "connections",
                                     "per second",
                                     "per CPU second",
                                     "the last thousand, per CPU second",
                                     "bytes of a record",
                                     "heap of a TIME_WAIT, bytes"}};
    const auto add = [&rows](const std::string& system, std::uint32_t connections) {
        const Figures figures = Apart([&] {
            return PacketLoad(system, system.empty() ? "" : "1024-65535", false).Run(connections);
        });
        Check(figures.opened == connections, "a connection failed");
        rows.push_back({system.empty() ? "ns-3" : "portlab, " + system,
                        Number(connections),
                        Number(connections / figures.wallSeconds),
                        Number(connections / figures.userSeconds),
                        Number(LAST / figures.lastUserSeconds),
                        Number(figures.recordBytes),
                        Number(figures.heapBytes)});
    };
    add("", 4000);
    add("", 16000);
    for (const std::uint32_t connections : {4000u, 16000u, 32000u, 64000u})
    {
        add("linux-6.18", connections);
    }
    out.Write(rows);
}

void
TellOpen(Markdown& out)
{
    out.Write("## Opened and kept, then closed");
    std::vector<Markdown::Row> rows{
        {"TCP", "connections", "opened per CPU second", "closed per CPU second"}};
    const auto add = [&rows](const std::string& system, std::uint32_t connections) {
        const Figures figures = Apart([&] {
            PacketLoad load(system, system.empty() ? "" : "1024-65535", true);
            Figures result = load.Run(connections);
            result.closeUserSeconds = load.CloseAll();
            return result;
        });
        Check(figures.opened == connections, "a connection failed");
        rows.push_back({system.empty() ? "ns-3" : "portlab, " + system,
                        Number(connections),
                        Number(connections / figures.userSeconds),
                        Number(connections / figures.closeUserSeconds)});
    };
    add("", 4000);
    add("", 16000);
    add("linux-6.18", 4000);
    add("linux-6.18", 32000);
    out.Write(rows);
}

void
TellExhaustion(Markdown& out)
{
    const Figures figures = Apart([] {
        PacketLoad load("linux-6.18", "", true);
        Figures result = load.Run(28232);
        result.failMicroseconds = load.Fail();
        return result;
    });
    Check(figures.opened == 28232, "a connection failed");
    out.Write("With 28232 connections open, Linux's whole range, the next connect() fails in " +
              Number(figures.failMicroseconds) + " us, socket included.");
}

/// What ns-3's own list of sockets costs when 32,000 are on it.
void
TellList(Markdown& out)
{
    const Figures figures = Apart([] {
        NodeContainer nodes;
        nodes.Create(1);
        InternetStackHelper().Install(nodes);
        const auto tcp = nodes.Get(0)->GetObject<TcpL4Protocol>();
        std::vector<Ptr<TcpSocketBase>> sockets;
        for (int i = 0; i < 32000; ++i)
        {
            sockets.push_back(DynamicCast<TcpSocketBase>(tcp->CreateSocket()));
        }
        Figures result;
        constexpr std::size_t rounds = 1000;
        const double user = UserSeconds();
        for (std::size_t i = 0; i < rounds; ++i)
        {
            tcp->RemoveSocket(sockets[i]);
        }
        const double removed = UserSeconds();
        for (std::size_t i = 0; i < rounds; ++i)
        {
            tcp->AddSocket(sockets[i]);
        }
        result.closeUserSeconds = (removed - user) / rounds;
        result.userSeconds = (UserSeconds() - removed) / rounds;
        return result;
    });
    out.Write("TcpL4Protocol with 32000 sockets: AddSocket() " + Number(figures.userSeconds * 1e6) +
              " us, RemoveSocket() of the oldest " + Number(figures.closeUserSeconds * 1e6) +
              " us; portlab calls neither.");
}

} // namespace

} // namespace portlab

int
main(int argc, char** argv)
{
    if (argc != 2)
    {
        std::fprintf(stderr, "usage: %s FILE.md\n", argv[0]);
        return 2;
    }
    portlab::Markdown out;
    out.Write(
        "# TCP of packets\n\nWritten by `make bench-packets`: ns-3's own TCP and portlab's, 2,000 "
        "connections a second to one server.\nA process for each line; seconds are of one "
        "machine.");
    portlab::TellTimeWait(out);
    portlab::TellOpen(out);
    portlab::TellExhaustion(out);
    portlab::TellList(out);
    out.Save(argv[1]);
    return 0;
}
