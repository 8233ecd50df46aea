// SPDX-License-Identifier: GPL-2.0-only

#include "model/flow-probe-tag.h"

#include "ns3/tag.h"

#include <array>
#include <cstdint>
#include <memory>

namespace portlab
{

namespace
{

using ns3::Ipv4Address;
using ns3::TypeId;

/// The tag of ns-3's Ipv4FlowProbe, which is private to ipv4-flow-probe.cc. It has the foreign
/// type's id, and so stands for it in lists of tags, without portlab being linked to flow-monitor.
///
/// Source of the layout: src/flow-monitor/model/ipv4-flow-probe.cc, the same in ns-3.37 and 3.48:
/// flow, packet and size as the host writes 32 bits, then source and destination.
class FlowProbeTag : public ns3::Tag
{
  public:
    static constexpr const char* NAME = "ns3::Ipv4FlowProbeTag";
    static constexpr std::uint32_t SIZE = 20;

    explicit FlowProbeTag(TypeId type)
        : m_type(type)
    {
    }

    TypeId GetInstanceTypeId() const override
    {
        return m_type;
    }

    std::uint32_t GetSerializedSize() const override
    {
        return SIZE;
    }

    void Serialize(ns3::TagBuffer to) const override
    {
        to.Write(m_identity.data(), IDENTITY_SIZE);
        std::array<std::uint8_t, 4> address{};
        for (const Ipv4Address& end : {source, destination})
        {
            end.Serialize(address.data());
            to.Write(address.data(), 4);
        }
    }

    void Deserialize(ns3::TagBuffer from) override
    {
        from.Read(m_identity.data(), IDENTITY_SIZE);
        std::array<std::uint8_t, 4> address{};
        for (Ipv4Address* const end : {&source, &destination})
        {
            from.Read(address.data(), 4);
            *end = Ipv4Address::Deserialize(address.data());
        }
    }

    void Print(std::ostream& os) const override
    {
        os << source << " to " << destination;
    }

    Ipv4Address source;
    Ipv4Address destination;

  private:
    static constexpr std::uint32_t IDENTITY_SIZE = 12;

    TypeId m_type;
    std::array<std::uint8_t, IDENTITY_SIZE> m_identity{};
};

/// An empty tag of a type; null if ns-3 cannot make one.
std::unique_ptr<ns3::Tag>
MakeTag(TypeId type)
{
    if (!type.HasConstructor())
    {
        return nullptr;
    }
    std::unique_ptr<ns3::ObjectBase> made(type.GetConstructor()());
    auto* const tag = dynamic_cast<ns3::Tag*>(made.get());
    if (tag != nullptr)
    {
        made.release();
    }
    return std::unique_ptr<ns3::Tag>(tag);
}

/// The tag of an item, with the addresses after the translation if it is FlowMonitor's.
std::unique_ptr<ns3::Tag>
TranslatedTag(const ns3::ByteTagIterator::Item& item,
              const ns3::Ipv4Header& before,
              const ns3::Ipv4Header& after)
{
    std::unique_ptr<ns3::Tag> tag = MakeTag(item.GetTypeId());
    if (!tag)
    {
        return nullptr;
    }
    const bool isFlowProbes = item.GetTypeId().GetName() == FlowProbeTag::NAME &&
                              tag->GetSerializedSize() == FlowProbeTag::SIZE;
    if (!isFlowProbes)
    {
        item.GetTag(*tag);
        return tag;
    }
    auto flow = std::make_unique<FlowProbeTag>(item.GetTypeId());
    item.GetTag(*flow);
    if (flow->source == before.GetSource() && flow->destination == before.GetDestination())
    {
        flow->source = after.GetSource();
        flow->destination = after.GetDestination();
    }
    return flow;
}

} // namespace

void
CarryByteTags(const ns3::Packet& packet,
              ns3::Packet& translated,
              const ns3::Ipv4Header& before,
              const ns3::Ipv4Header& after)
{
    ns3::ByteTagIterator tags = packet.GetByteTagIterator();
    if (!tags.HasNext())
    {
        return;
    }
    translated.RemoveAllByteTags();
    while (tags.HasNext())
    {
        const ns3::ByteTagIterator::Item item = tags.Next();
        if (const auto tag = TranslatedTag(item, before, after))
        {
            translated.AddByteTag(*tag, item.GetStart(), item.GetEnd());
        }
    }
}

} // namespace portlab
