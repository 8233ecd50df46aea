// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_LIVE_MACHINE_H
#define PORTLAB_TEST_LIVE_MACHINE_H

#include "test/kernel/network-namespace.h"
#include "test/machine/machine.h"

#include <map>
#include <string>
#include <vector>

namespace portlab::test
{

/// A network namespace of this computer's kernel, with real sockets. It also plays the peers: each
/// connection is accepted at once, and its other end kept until it is time to close it.
class LiveMachine : public Machine
{
  public:
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
        FileDescriptor own;
        FileDescriptor peer{}; ///< The accepted end of its connection.
    };

    struct Server
    {
        Reply reply;
        FileDescriptor listener;
        FileDescriptor filler{}; ///< The connection that fills the queue of a silent one.
    };

    void FillQueue(const Endpoint& own, Server& server);
    void Accept(Socket& socket, const Endpoint& peer);

    NetworkNamespace m_network;
    std::vector<Socket> m_sockets;
    std::map<Endpoint, Server> m_servers;
};

/// The kernel of this computer.
class LiveKernel : public Kernel
{
  public:
    LiveKernel();

    /// Why no experiments are possible here; empty if they are.
    static std::string Obstacle();

    LinuxVersion Version() const override;
    std::unique_ptr<Machine> NewMachine() override;
    std::unique_ptr<NatBox> NewNat(const NatRule& rule) override;
    Endpoint NewEndpoint(Network network) override;
    Instant Now() const override;
    void Sleep(Duration duration) override;

  private:
    Port m_nextPort{2000};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_LIVE_MACHINE_H
