// SPDX-License-Identifier: GPL-2.0-only

// How a connection ends, and what is repeated until somebody answers.

#include "model/core/flow/fin-wait2.h"
#include "model/core/port/waiting-line.h"
#include "model/ns3-time.h"
#include "model/portlab-tcp-l4-protocol.h"
#include "model/portlab-tcp-socket.h"

#include "ns3/rtt-estimator.h"
#include "ns3/simulator.h"
#include "ns3/tcp-tx-buffer.h"

#include <algorithm>
#include <utility>

namespace ns3
{

void
PortlabTcpSocket::OnState(TcpStates_t before, TcpStates_t after)
{
    const bool repeats =
        after == SYN_SENT || after == FIN_WAIT_1 || after == CLOSING || after == LAST_ACK;
    if (m_repeats && !repeats)
    {
        m_repeats.reset();
        m_retxEvent.Cancel();
    }
    if (after == CLOSED)
    {
        Leave(before);
    }
    else if (after == TIME_WAIT)
    {
        // ns-3 goes on to schedule the end of its own TIME_WAIT. EnterTimeWait() cancels that, and
        // an event that is cancelled stays in memory until its time: let it be now.
        m_nominalMsl = std::exchange(m_msl, 0);
    }
    else if (after == FIN_WAIT_2 && m_isOrphan)
    {
        BeginFinWait2();
    }
}

/// Nothing is left of the connection but the object, and that only as long as somebody keeps it.
void
PortlabTcpSocket::Leave(TcpStates_t before)
{
    CloseEndPoint();
    if (before == SYN_SENT && !m_isOrphan)
    {
        m_port.Abandon();
    }
    else
    {
        m_port.Release();
    }
    Delist();
}

int
PortlabTcpSocket::Close()
{
    const Ptr<PortlabTcpSocket> self(this);
    if (m_isOrphan && (m_state == LISTEN || m_state == SYN_SENT || m_state == CLOSING))
    {
        return 0; // Called back by the first Close(), which ns-3 tells of before it has closed.
    }
    m_isOrphan = true;
    if (m_state == CLOSED)
    {
        Leave(CLOSED);
        return 0;
    }
    const TcpStates_t before = m_state;
    const int result = TcpSocketBase::Close();
    CloseIfCutOff();
    if (m_state == before && m_state == FIN_WAIT_2)
    {
        BeginFinWait2();
    }
    else if (m_state == before && (m_state == FIN_WAIT_1 || m_state == LAST_ACK))
    {
        BeginFinRepeats();
    }
    return result;
}

/// ns-3 takes away the end point of a connection that it resets, or gives up, and keeps its state.
void
PortlabTcpSocket::CloseIfCutOff()
{
    if (!m_endPoint && !m_endPoint6 && m_state != CLOSED)
    {
        m_state = CLOSED;
    }
}

void
PortlabTcpSocket::ReTxTimeout()
{
    const Ptr<PortlabTcpSocket> self(this);
    TcpSocketBase::ReTxTimeout();
    CloseIfCutOff();
}

void
PortlabTcpSocket::LastAckTimeout()
{
    const Ptr<PortlabTcpSocket> self(this);
    if (!m_repeats)
    {
        TcpSocketBase::LastAckTimeout();
        CloseIfCutOff();
    }
}

void
PortlabTcpSocket::DoForwardUp(Ptr<Packet> packet, const Address& from, const Address& to)
{
    const Ptr<PortlabTcpSocket> self(this);
    const TcpStates_t before = m_state;
    if (before == SYN_SENT && HearWhileConnecting(packet))
    {
        return;
    }
    TcpSocketBase::DoForwardUp(packet, from, to);
    if (before != TIME_WAIT && m_state == TIME_WAIT)
    {
        EnterTimeWait();
    }
    else if (m_state != CLOSED)
    {
        CloseIfCutOff();
    }
}

/// RFC 9293, 3.10.7.3, of which ns-3 leaves out resets, unless they carry no ACK, and answers to
/// the ACK of something else. False: ns-3 does the rest.
bool
PortlabTcpSocket::HearWhileConnecting(Ptr<const Packet> packet)
{
    TcpHeader header;
    packet->PeekHeader(header);
    const bool isAck = header.GetFlags() & TcpHeader::ACK;
    const bool isReset = header.GetFlags() & TcpHeader::RST;
    const bool isStray =
        isAck && header.GetAckNumber() != m_tcb->m_nextTxSequence.Get() + SequenceNumber32(1);
    if (isStray && !isReset)
    {
        SendReset(header.GetAckNumber());
        if (m_repeats && portlab::RepeatsAfterStrayAck(m_port.Ports().System()))
        {
            m_repeats->Hurry(portlab::SimulatorNow() - m_repeatsSince);
            ScheduleRepeat();
        }
    }
    if (isReset && !isStray)
    {
        m_rxTrace(packet, header, this);
        GiveUp();
    }
    return isStray || isReset;
}

/// A reset that leaves the socket as it is.
void
PortlabTcpSocket::Abort()
{
    const Ptr<PortlabTcpSocket> self(this);
    if (m_state == ESTABLISHED || m_state == CLOSE_WAIT || m_state == SYN_RCVD)
    {
        SendReset(m_tcb->m_nextTxSequence);
    }
    CloseAndNotify();
}

void
PortlabTcpSocket::SendReset(SequenceNumber32 sequence)
{
    TcpHeader header;
    header.SetFlags(TcpHeader::RST);
    header.SetSequenceNumber(sequence);
    Address local;
    Address peer;
    GetSockName(local);
    GetPeerName(peer);
    const auto tuple = portlab::TcpTuple::Of(local, peer);
    header.SetSourcePort(tuple.localPort);
    header.SetDestinationPort(tuple.remotePort);
    const Ptr<Packet> packet = Create<Packet>();
    m_txTrace(packet, header, this);
    m_tcp->SendPacket(packet, header, local, peer, m_boundnetdevice);
}

void
PortlabTcpSocket::EnterTimeWait()
{
    const auto end = EndOfTimeWait();
    m_timewaitEvent.Cancel();
    m_msl = m_nominalMsl;
    if (!end || m_transport)
    {
        if (end)
        {
            Remember(*end);
        }
        m_state = CLOSED;
        return;
    }
    m_timewaitEvent = Simulator::Schedule(portlab::ToNs3(*end - portlab::SimulatorNow()),
                                          &PortlabTcpSocket::OnTimeWaitOver,
                                          this);
}

/// Empty if there is no TIME_WAIT.
std::optional<portlab::Instant>
PortlabTcpSocket::EndOfTimeWait()
{
    if (m_port.Number())
    {
        return m_port.Wait();
    }
    const portlab::OsProfile& system = m_port.Ports().System();
    const portlab::Instant now = portlab::SimulatorNow();
    if (m_transport &&
        m_transport->TimeWaits().Count(now) >= system.maxTimeWait.value.value_or(~std::uint32_t{0}))
    {
        return std::nullopt;
    }
    return portlab::WaitingTime{system.timeWait.value,
                                system.timeWaitGrid.value,
                                m_port.Ports().TimeSinceBoot()}
        .End(now);
}

void
PortlabTcpSocket::Remember(portlab::Instant end)
{
    portlab::TcpTimeWait wait;
    wait.tuple = *m_tuple;
    wait.end = end;
    wait.device = m_boundnetdevice;
    // What follows our FIN, whether or not ns-3 has counted that.
    wait.sendNext =
        std::max(m_tcb->m_nextTxSequence.Get(), m_tcb->m_highTxMark.Get() + SequenceNumber32(1));
    wait.receiveNext = m_tcb->m_rxBuffer->NextRxSequence();
    wait.timestamp = m_tcb->m_rcvTimestampValue;
    wait.window = AdvertisedWindowSize();
    wait.hasTimestamps = m_timestampEnabled;
    wait.isAccepted = m_isAccepted;
    m_transport->TimeWaits().Add(wait);
}

void
PortlabTcpSocket::OnTimeWaitOver()
{
    const Ptr<PortlabTcpSocket> self(this);
    m_state = CLOSED;
}

void
PortlabTcpSocket::BeginFinWait2()
{
    const portlab::FinWait2Stages stages(m_port.Ports().System());
    if (stages.entry == portlab::Duration{0} || !m_finWait2Event.IsExpired())
    {
        return;
    }
    const portlab::Instant now = portlab::SimulatorNow();
    const portlab::TimerWheel wheel = Wheel();
    const bool isOrphan = stages.orphan > portlab::Duration{0};
    const portlab::Instant entry = isOrphan ? wheel.Expiry(now, stages.orphan) : now;
    m_finWait2Event = Simulator::Schedule(portlab::ToNs3(wheel.Expiry(entry, stages.entry) - now),
                                          &PortlabTcpSocket::OnFinWait2Over,
                                          this);
}

void
PortlabTcpSocket::OnFinWait2Over()
{
    const Ptr<PortlabTcpSocket> self(this);
    if (m_state == FIN_WAIT_2)
    {
        CloseAndNotify();
    }
}

portlab::TimerWheel
PortlabTcpSocket::Wheel() const
{
    EphemeralPorts& ports = m_port.Ports();
    return portlab::TimerWheelOf(ports.System(), ports.TimeSinceBoot());
}

void
PortlabTcpSocket::SendEmptyPacket(uint8_t flags)
{
    const Ptr<PortlabTcpSocket> self(this);
    const bool isSyn = (flags & TcpHeader::SYN) && !(flags & TcpHeader::ACK);
    if (isSyn)
    {
        BeginRepeats(portlab::RuleOf(m_port.Ports().System().syn.value));
        m_repeatedFlags = flags;
        SendRepeatable();
        return;
    }
    if ((flags & TcpHeader::FIN) && m_isOrphan && (m_endPoint || m_endPoint6))
    {
        BeginFinRepeats(); // Before ns-3 would schedule a repetition of its own.
    }
    TcpSocketBase::SendEmptyPacket(flags);
    if (flags & TcpHeader::RST)
    {
        Leave(m_state);
    }
}

void
PortlabTcpSocket::BeginRepeats(const portlab::RepeatRule& rule)
{
    m_repeatsSince = portlab::SimulatorNow();
    m_repeats.emplace(rule, Wheel(), m_repeatsSince);
}

/// While data is on its way as well, that is what is repeated, by ns-3's rules.
void
PortlabTcpSocket::BeginFinRepeats()
{
    if (m_txBuffer->Size() > 0)
    {
        return;
    }
    const Time rtt = m_rtt->GetNSamples() > 0 ? m_rtt->GetEstimate() : Time(0);
    BeginRepeats(portlab::FinRule(m_port.Ports().System(), Wheel(), portlab::FromNs3(rtt)));
    m_repeatedFlags = TcpHeader::FIN;
    ScheduleRepeat();
}

void
PortlabTcpSocket::SendRepeatable()
{
    // The base counts SYNs down to its own limit, and takes all but the first for repetitions.
    const uint32_t retries = m_synRetries;
    m_synRetries = 2;
    m_synCount = m_repeats->Sent() == portlab::Duration{0} ? 2 : 1;
    ScheduleRepeat(); // Before ns-3 would schedule one of its own.
    const Time wait = m_rto;
    TcpSocketBase::SendEmptyPacket(m_repeatedFlags);
    m_synRetries = retries;
    m_rto = wait;
}

void
PortlabTcpSocket::ScheduleRepeat()
{
    const portlab::Instant expiry = m_repeatsSince + m_repeats->Expiry();
    const Time wait = portlab::ToNs3(expiry - portlab::SimulatorNow());
    m_rto = wait;
    m_retxEvent.Cancel();
    m_retxEvent = Simulator::Schedule(wait, &PortlabTcpSocket::OnRepeat, this);
}

void
PortlabTcpSocket::OnRepeat()
{
    const Ptr<PortlabTcpSocket> self(this);
    if (m_repeats->Repeat())
    {
        SendRepeatable();
    }
    else
    {
        GiveUp();
    }
}

/// Closed first and told after, so that the program may use the socket, and the port, at once.
void
PortlabTcpSocket::GiveUp()
{
    const bool isConnecting = m_state == SYN_SENT;
    m_rtt->Reset();
    m_state = CLOSED;
    if (isConnecting)
    {
        NotifyConnectionFailed();
    }
    else
    {
        NotifyErrorClose();
    }
}

} // namespace ns3
