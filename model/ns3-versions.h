// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_NS3_VERSIONS_H
#define PORTLAB_NS3_VERSIONS_H

// What differs between the releases of ns-3 that portlab builds with, 3.37 to 3.48. No installed
// header tells which release it is of: everything here is deduced from the declarations.

#include "ns3/ipv4-routing-protocol.h"
#include "ns3/object.h"

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace portlab
{

template <typename Function>
struct Arguments;

template <typename Result, typename Class, typename... Types>
struct Arguments<Result (Class::*)(Types...)>
{
    template <std::size_t NUMBER>
    using At = std::tuple_element_t<NUMBER, std::tuple<Types...>>;
};

/// The callbacks of Ipv4RoutingProtocol::RouteInput(), numbers 3 to 6: by value up to 3.38, by
/// reference from 3.39.
template <std::size_t NUMBER>
using RouteInputArgument =
    Arguments<decltype(&ns3::Ipv4RoutingProtocol::RouteInput)>::template At<NUMBER>;

/// Whether a class may, and has to, override GetInstanceTypeId(): up to 3.44. From 3.45 it is
/// final.
template <typename Base, typename = void>
struct TellsItsTypeId : std::false_type
{
};

template <typename Base>
struct TellsItsTypeId<Base,
                      std::enable_if_t<std::is_same_v<decltype(&Base::GetInstanceTypeId),
                                                      ns3::TypeId (Base::*)() const>>>
    : std::true_type
{
};

/// Derive from WithTypeId<Self, Base> in place of Base where Base overrides GetInstanceTypeId().
template <typename Self, typename Base, bool = TellsItsTypeId<Base>::value>
class WithTypeId : public Base
{
  public:
    using Base::Base;
};

template <typename Self, typename Base>
class WithTypeId<Self, Base, true> : public Base
{
  public:
    using Base::Base;

    ns3::TypeId GetInstanceTypeId() const override
    {
        return Self::GetTypeId();
    }
};

} // namespace portlab

#endif // PORTLAB_NS3_VERSIONS_H
