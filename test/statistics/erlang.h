// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_ERLANG_H
#define PORTLAB_TEST_ERLANG_H

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace portlab::test
{

/// The share of Poisson arrivals that find all of so many servers busy, by the recursion.
/// `offered` is the load in Erlang: rate times holding time.
inline double
ErlangB(std::uint32_t servers, double offered)
{
    double loss = 1;
    for (std::uint32_t k = 1; k <= servers; ++k)
    {
        loss = offered * loss / (k + offered * loss);
    }
    return loss;
}

/// Loss systems in which an arrival that finds k servers busy is taken with a chance that depends
/// on k alone. For any law of holding times the chances of the states are those of a birth and
/// death process, and in the steady state the rest of each stay is as if it were met at a random
/// moment (B. A. Sevastyanov, "An ergodic theorem for Markov processes and its application to
/// telephone systems with refusals", 1957; F. P. Kelly, Reversibility and Stochastic Networks,
/// 1979, 3.3).
class LossLaw
{
  public:
    LossLaw(std::uint32_t servers,
            double offered,
            const std::function<double(std::uint32_t)>& acceptance)
        : m_chances(servers + std::size_t{1}, 0)
    {
        for (std::uint32_t k = 0; k < servers; ++k)
        {
            m_chances[k + 1] = m_chances[k] + std::log(offered * acceptance(k) / (k + 1));
        }
        const double greatest = *std::max_element(m_chances.begin(), m_chances.end());
        double total = 0;
        for (double& chance : m_chances)
        {
            chance = std::exp(chance - greatest);
            total += chance;
        }
        for (std::uint32_t k = 0; k <= servers; ++k)
        {
            m_chances[k] /= total;
            m_loss += m_chances[k] * (k < servers ? 1 - acceptance(k) : 1);
        }
    }

    /// The share of arrivals that are refused.
    double Loss() const
    {
        return m_loss;
    }

    /// The number of busy servers that a uniform draw from (0, 1] stands for.
    std::uint32_t BusyAt(double draw) const
    {
        std::uint32_t busy = static_cast<std::uint32_t>(m_chances.size() - 1);
        for (double above = m_chances[busy]; busy > 0 && above < draw;)
        {
            above += m_chances[--busy];
        }
        return busy;
    }

  private:
    std::vector<double> m_chances; ///< Of each number of busy servers.
    double m_loss{0};
};

} // namespace portlab::test

#endif // PORTLAB_TEST_ERLANG_H
