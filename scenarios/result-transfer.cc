// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/result-transfer.h"

#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

namespace portlab
{

namespace
{

/// Each structure names its members once; the same list packs and unpacks.
template <typename A>
void
Members(A& archive, HostResult& r)
{
    archive(r.name,
            r.os,
            r.count,
            r.attempts,
            r.connected,
            r.pending,
            r.failed,
            r.failedShare,
            r.firstFailure,
            r.portsHeldMean,
            r.portsHeldPeak,
            r.timeWaitMean,
            r.timeWaitPeak,
            r.probesMean,
            r.probesP50,
            r.probesP99,
            r.probesMax,
            r.searchNsMean,
            r.searchNsP50,
            r.searchNsP99,
            r.searchNsMax,
            r.portReuseMin);
}

template <typename A>
void
Members(A& archive, TrafficResult& r)
{
    archive(r.name,
            r.requests,
            r.requestsFailed,
            r.attempts,
            r.connectDelayP50,
            r.connectDelayP99,
            r.retries);
}

template <typename A>
void
Members(A& archive, PairResult& r)
{
    archive(r.from,
            r.through,
            r.to,
            r.attempts,
            r.failed,
            r.portsUsedPeak,
            r.portsUsable,
            r.utilisationPeak,
            r.firstFailure);
}

template <typename A>
void
Members(A& archive, ServiceResult& r)
{
    archive(r.name, r.accepted, r.timeWaitPeak, r.tupleCollisions);
}

template <typename A>
void
Members(A& archive, NatResult& r)
{
    archive(r.name,
            r.preset,
            r.devices,
            r.addresses,
            r.asked,
            r.granted,
            r.dropped,
            r.preservedShare,
            r.collisions,
            r.evicted,
            r.lost,
            r.mappingsMean,
            r.mappingsPeak,
            r.mappingsMost,
            r.portsInUsePeak,
            r.portsUsable,
            r.probesMean,
            r.subscribers,
            r.portsPerSubscriberMean,
            r.portsPerSubscriberP99,
            r.portsPerSubscriberMax,
            r.blockUtilisationPeak,
            r.logRecords);
}

template <typename A>
void
Members(A& archive, Verdict& v)
{
    archive(v.sentence,
            v.limit,
            v.where,
            v.since,
            v.used,
            v.usable,
            v.nextLimit,
            v.nextLimitFactor);
}

template <typename A>
void
Members(A& archive, Series& s)
{
    archive(s.entity, s.name, s.quantity, s.samples);
}

template <typename A>
void
Members(A& archive, Histogram& h)
{
    archive(h.entity, h.name, h.quantity, h.bins);
}

template <typename A>
void
Members(A& archive, RunResult& r)
{
    archive(r.simulated,
            r.connections,
            r.verdict,
            r.hosts,
            r.traffic,
            r.pairs,
            r.services,
            r.nats,
            r.series,
            r.histograms);
}

template <typename A>
void
Members(A& archive, RunRecord& r)
{
    archive(r.run, r.seed, r.set, r.wallSeconds, r.result);
}

template <typename T>
struct IsVector : std::false_type
{
};

template <typename T>
struct IsVector<std::vector<T>> : std::true_type
{
};

template <typename T>
struct IsOptional : std::false_type
{
};

template <typename T>
struct IsOptional<std::optional<T>> : std::true_type
{
};

template <typename T>
struct IsPair : std::false_type
{
};

template <typename T, typename U>
struct IsPair<std::pair<T, U>> : std::true_type
{
};

class Packer
{
  public:
    template <typename... Ts>
    void operator()(Ts&... values)
    {
        (Put(values), ...);
    }

    std::string bytes;

  private:
    template <typename T>
    void Put(T& value)
    {
        if constexpr (std::is_same_v<T, std::string>)
        {
            Raw(value.size());
            bytes += value;
        }
        else if constexpr (IsVector<T>::value)
        {
            Raw(value.size());
            for (auto& item : value)
            {
                Put(item);
            }
        }
        else if constexpr (IsOptional<T>::value)
        {
            Raw(value.has_value());
            if (value)
            {
                Put(*value);
            }
        }
        else if constexpr (IsPair<T>::value)
        {
            Put(value.first);
            Put(value.second);
        }
        else if constexpr (std::is_trivially_copyable_v<T>)
        {
            Raw(value);
        }
        else
        {
            Members(*this, value);
        }
    }

    template <typename T>
    void Raw(const T& value)
    {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
};

class Unpacker
{
  public:
    explicit Unpacker(const std::string& bytes)
        : m_bytes(bytes)
    {
    }

    template <typename... Ts>
    void operator()(Ts&... values)
    {
        (Get(values), ...);
    }

    bool IsAtEnd() const
    {
        return m_place == m_bytes.size();
    }

  private:
    template <typename T>
    void Get(T& value)
    {
        if constexpr (std::is_same_v<T, std::string>)
        {
            const std::size_t size = Size();
            value = m_bytes.substr(m_place, size);
            m_place += size;
        }
        else if constexpr (IsVector<T>::value)
        {
            value.resize(Size());
            for (auto& item : value)
            {
                Get(item);
            }
        }
        else if constexpr (IsOptional<T>::value)
        {
            bool isThere = false;
            Raw(isThere);
            if (isThere)
            {
                Get(value.emplace());
            }
        }
        else if constexpr (IsPair<T>::value)
        {
            Get(value.first);
            Get(value.second);
        }
        else if constexpr (std::is_trivially_copyable_v<T>)
        {
            Raw(value);
        }
        else
        {
            Members(*this, value);
        }
    }

    /// The number of items that follow, each of at least one byte.
    std::size_t Size()
    {
        std::size_t size = 0;
        Raw(size);
        Need(size);
        return size;
    }

    template <typename T>
    void Raw(T& value)
    {
        Need(sizeof value);
        std::memcpy(&value, m_bytes.data() + m_place, sizeof value);
        m_place += sizeof value;
    }

    void Need(std::size_t size) const
    {
        if (m_bytes.size() - m_place < size)
        {
            throw std::runtime_error("a run's process died before its results were whole");
        }
    }

    const std::string& m_bytes;
    std::size_t m_place{0};
};

} // namespace

std::string
Pack(const RunRecord& record)
{
    RunRecord copy = record; // The member lists serve both ways, so they take no const.
    Packer packer;
    Members(packer, copy);
    return packer.bytes;
}

RunRecord
Unpack(const std::string& bytes)
{
    RunRecord record;
    Unpacker unpacker(bytes);
    Members(unpacker, record);
    if (!unpacker.IsAtEnd())
    {
        throw std::runtime_error("a run's process said more than its results");
    }
    return record;
}

} // namespace portlab
