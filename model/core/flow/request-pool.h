// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_REQUEST_POOL_H
#define PORTLAB_REQUEST_POOL_H

#include "model/core/base/check.h"
#include "model/core/flow/draws.h"
#include "model/core/flow/results.h"

#include <cstdint>
#include <vector>

namespace portlab
{

/// What one request is going to do, drawn when it is made: later failures change no draw.
struct Intent
{
    std::uint32_t source;
    std::uint32_t path;
    Ending ending;
    Transport transport;
    std::uint32_t server; ///< Which of the service's hosts takes it.
    Duration hold;
};

/// A request that has to be remembered: because somebody waits for its answer, because it makes
/// requests of its own, or because something went wrong. All others are a single event.
struct Request
{
    static constexpr std::uint32_t NONE = ~std::uint32_t{0};

    Intent intent;
    Instant firstAsk;
    Instant lastAsk;
    std::uint32_t parent{NONE}; ///< The request that waits for this one.
    std::uint32_t children{0};  ///< Requests that this one waits for.
    std::uint32_t attempt{1};
    Port port{0};
    bool holdIsOver{false};
    bool isAsking{false};                     ///< Between connect() and its outcome.
    Failure failure{Failure::ConnectTimeout}; ///< What the outcome will be if it fails.
    bool wasDropped{false}; ///< On the way to the service: `failure` says why, the last time.
};

/// Requests by number; numbers of finished ones are used again.
class RequestPool
{
  public:
    std::uint32_t Add(const Request& request)
    {
        if (m_free.empty())
        {
            m_requests.push_back(request);
            return static_cast<std::uint32_t>(m_requests.size() - 1);
        }
        const std::uint32_t number = m_free.back();
        m_free.pop_back();
        m_requests[number] = request;
        return number;
    }

    void Remove(std::uint32_t number)
    {
        m_requests[number].isAsking = false;
        m_free.push_back(number);
    }

    Request& operator[](std::uint32_t number)
    {
        Check(number < m_requests.size(), "a request that was never made");
        return m_requests[number];
    }

    /// All records, those of finished requests included: they are not asking.
    const std::vector<Request>& All() const
    {
        return m_requests;
    }

  private:
    std::vector<Request> m_requests;
    std::vector<std::uint32_t> m_free;
};

} // namespace portlab

#endif // PORTLAB_REQUEST_POOL_H
