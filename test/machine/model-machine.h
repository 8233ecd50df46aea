// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_MODEL_MACHINE_H
#define PORTLAB_TEST_MODEL_MACHINE_H

#include "model/core/flow/former-connection.h"
#include "model/core/port/profile-catalogue.h"
#include "model/core/port/socket-layer.h"
#include "model/core/port/timer-wheel.h"
#include "test/machine/machine.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace portlab::test
{

/// An experiment asks for something that the model has no word for.
class NotModelled : public NotPossible
{
  public:
    using NotPossible::NotPossible;
};

/// What the machines of a model share.
struct ModelWorld
{
    explicit ModelWorld(OsProfile row, std::uint64_t seed)
        : profile(std::move(row)),
          secret(StreamKey(seed, 1).With("secret")),
          random(StreamKey(seed, 1).With("draws"))
    {
    }

    OsProfile profile;
    StreamKey secret;
    Random random;
    PortLedger ledger{};
    Instant now{};
    /// The model's kernels are made for one range: the machine for each range that was asked for.
    std::map<std::pair<Port, Port>, PortLedger::KernelId> kernels{};
};

/// A host's socket layer, with a world around it that answers.
class ModelMachine : public Machine
{
  public:
    explicit ModelMachine(ModelWorld& world)
        : m_world(world),
          m_profile(world.profile)
    {
    }

    SocketId Open(const SocketSettings& settings) override;
    std::string LimitPorts(SocketId socket, const PortBounds& bounds) override;
    Answer Bind(SocketId socket, const Endpoint& own) override;
    Answer Listen(SocketId socket) override;
    Answer Connect(SocketId socket, const Endpoint& peer) override;
    Answer Progress(SocketId socket) override;
    void Close(SocketId socket, Closing manner) override;
    std::string Set(const std::string& name, const std::string& value) override;
    void Serve(const Endpoint& own, Reply reply) override;

  private:
    struct Socket
    {
        SocketPort port{};
        bool postpones{false};            ///< IP_BIND_ADDRESS_NO_PORT.
        Instant asked{};                  ///< Its connect().
        std::optional<Instant> givesUp{}; ///< When connect() fails, if nobody has replied.
        bool isConnected{false};
        bool hasTimedOut{false};
    };

    /// A port in FIN_WAIT2, and until when.
    struct HalfClosed
    {
        PortLedger::PathId path;
        Port port;
        Instant entered; ///< When it becomes a time-wait entry.
        Instant end;
        bool isEntry;
    };

    /// The server, and the client's address and port.
    using Tuple = std::tuple<Endpoint, Address, Port>;

    PortLedger::HostId Host();
    SocketLayer& Layer();
    void Leave(Socket& socket);
    Answer Reach(SocketId socket, const Endpoint& peer);
    Answer Handshake(Socket& socket, const Endpoint& peer);
    void WaitForPeer(Socket& socket);
    void CatchUp();
    bool Advance(HalfClosed& half);
    TimerWheel Wheel();

    ModelWorld& m_world;
    OsProfile m_profile;
    std::optional<PortLedger::HostId> m_host;
    std::optional<SocketLayer> m_layer;
    std::vector<Socket> m_sockets;
    std::map<Endpoint, Reply> m_servers;
    std::map<Tuple, FormerConnection> m_former; ///< In TIME_WAIT on the server's side.
    std::vector<SocketId> m_unanswered;
    std::vector<HalfClosed> m_halfClosed;
};

/// The model of one kernel.
class ModelKernel : public Kernel
{
  public:
    ModelKernel(const std::string& profile, std::uint64_t seed)
        : m_world(FindProfile(profile).profile, seed)
    {
    }

    LinuxVersion Version() const override;
    std::unique_ptr<Machine> NewMachine() override;
    std::unique_ptr<NatBox> NewNat(const NatRule& rule) override;
    Endpoint NewEndpoint(Network network) override;
    Instant Now() const override;
    void Sleep(Duration duration) override;

  private:
    ModelWorld m_world;
    Port m_nextPort{2000};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_MODEL_MACHINE_H
