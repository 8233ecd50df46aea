// SPDX-License-Identifier: GPL-2.0-only

#include "model/tcp-socket-maker.h"

#include "model/portlab-tcp-socket.h"

#include "ns3/node.h"
#include "ns3/object-factory.h"
#include "ns3/pointer.h"
#include "ns3/rtt-estimator.h"
#include "ns3/tcp-congestion-ops.h"
#include "ns3/tcp-recovery-ops.h"

#include <algorithm>
#include <string>

namespace portlab
{

namespace
{

using ns3::Ptr;
using ns3::TypeId;

constexpr const char* RTT = "RttEstimatorType";
constexpr const char* CONGESTION = "SocketType";
constexpr const char* RECOVERY = "RecoveryType";

TypeId
TypeOfPart(const Ptr<ns3::TcpL4Protocol>& tcp, const char* attribute)
{
    ns3::TypeIdValue type;
    tcp->GetAttribute(attribute, type);
    return type.Get();
}

template <typename Part>
Ptr<Part>
MakePart(const Ptr<ns3::TcpL4Protocol>& tcp, const char* attribute)
{
    ns3::ObjectFactory factory;
    factory.SetTypeId(TypeOfPart(tcp, attribute));
    return factory.Create<Part>();
}

std::vector<TypeId>
TypesOfParts(const Ptr<ns3::TcpL4Protocol>& tcp)
{
    return {TypeOfPart(tcp, RTT), TypeOfPart(tcp, CONGESTION), TypeOfPart(tcp, RECOVERY)};
}

/// Those of ns-3 draw none, but for BBR, which begins a random stream of its own for each socket.
/// What users write, outside of ns-3's group, may.
bool
MayDraw(TypeId type)
{
    return type.GetGroupName() != "Internet" || type.GetName() == "ns3::TcpBbr";
}

void
AddWithParents(TypeId type, std::vector<TypeId>& types)
{
    while (std::find(types.begin(), types.end(), type) == types.end())
    {
        types.push_back(type);
        type = type.GetParent();
    }
}

/// The values of all attributes that can be read, as text; those of the objects behind pointers are
/// the business of PortlabTcpSocket::Parts().
std::vector<std::string>
ValuesOf(const ns3::ObjectBase& object)
{
    std::vector<TypeId> types;
    AddWithParents(object.GetInstanceTypeId(), types);
    std::vector<std::string> values;
    for (const TypeId& type : types)
    {
        for (std::size_t i = 0; i < type.GetAttributeN(); ++i)
        {
            const auto attribute = type.GetAttribute(i);
            const Ptr<ns3::AttributeValue> value = attribute.checker->Create();
            const bool isText = !ns3::DynamicCast<ns3::PointerValue>(value) &&
                                attribute.checker->GetValueTypeName() != "ns3::CallbackValue";
            if (isText && attribute.accessor->Get(&object, *value))
            {
                values.push_back(value->SerializeToString(attribute.checker));
            }
        }
    }
    return values;
}

bool
AreAlike(const ns3::PortlabTcpSocket& a, const ns3::PortlabTcpSocket& b)
{
    const auto partsOfA = a.Parts();
    const auto partsOfB = b.Parts();
    return std::equal(partsOfA.begin(),
                      partsOfA.end(),
                      partsOfB.begin(),
                      partsOfB.end(),
                      [](const ns3::ObjectBase* x, const ns3::ObjectBase* y) {
                          return x->GetInstanceTypeId() == y->GetInstanceTypeId() &&
                                 ValuesOf(*x) == ValuesOf(*y);
                      });
}

} // namespace

Ptr<ns3::PortlabTcpSocket>
MakeTcpSocket(const Ptr<ns3::TcpL4Protocol>& tcp, const std::shared_ptr<HostPorts>& host)
{
    auto socket = ns3::CreateObject<ns3::PortlabTcpSocket>();
    socket->SetHost(host);
    socket->SetNode(tcp->GetObject<ns3::Node>());
    socket->SetTcp(tcp);
    socket->SetRtt(MakePart<ns3::RttEstimator>(tcp, RTT));
    socket->SetCongestionControlAlgorithm(MakePart<ns3::TcpCongestionOps>(tcp, CONGESTION));
    socket->SetRecoveryAlgorithm(MakePart<ns3::TcpRecoveryOps>(tcp, RECOVERY));
    return socket;
}

Ptr<ns3::PortlabTcpSocket>
TcpSocketMaker::Make(const Ptr<ns3::TcpL4Protocol>& tcp, const std::shared_ptr<HostPorts>& host)
{
    if (!m_first || !IsCurrent(tcp))
    {
        const auto parts = TypesOfParts(tcp);
        if (std::any_of(parts.begin(), parts.end(), MayDraw))
        {
            return MakeTcpSocket(tcp, host); // And no other socket besides.
        }
        m_first = MakeTcpSocket(tcp, host);
        Learn(tcp);
    }
    return m_mayCopy ? ns3::CopyObject(m_first) : MakeTcpSocket(tcp, host);
}

void
TcpSocketMaker::Clear()
{
    m_first = nullptr;
}

bool
TcpSocketMaker::IsCurrent(const Ptr<ns3::TcpL4Protocol>& tcp) const
{
    // ns-3 has no other way to learn of a Config::SetDefault() than to look at all of them.
    auto known = m_recipe.defaults.begin();
    for (const TypeId& type : m_recipe.types)
    {
        for (std::size_t i = 0; i < type.GetAttributeN(); ++i)
        {
            if (type.GetAttribute(i).initialValue != *known++)
            {
                return false;
            }
        }
    }
    return TypesOfParts(tcp) == m_recipe.parts;
}

void
TcpSocketMaker::Learn(const Ptr<ns3::TcpL4Protocol>& tcp)
{
    m_recipe = {TypesOfParts(tcp), {}, {}};
    for (const ns3::ObjectBase* part : m_first->Parts())
    {
        AddWithParents(part->GetInstanceTypeId(), m_recipe.types);
    }
    for (const TypeId& type : m_recipe.types)
    {
        for (std::size_t i = 0; i < type.GetAttributeN(); ++i)
        {
            m_recipe.defaults.push_back(type.GetAttribute(i).initialValue);
        }
    }
    m_mayCopy = AreAlike(*m_first, *ns3::CopyObject(m_first));
}

} // namespace portlab
