// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_INTERRUPT_H
#define PORTLAB_INTERRUPT_H

#include <csignal>

namespace portlab
{

/// While it lives, Ctrl-C is noted instead of ending the process; a second one ends it.
class InterruptGuard
{
  public:
    InterruptGuard()
    {
        s_wasInterrupted = 0;
        m_former = std::signal(SIGINT, [](int signal) {
            s_wasInterrupted = 1;
            std::signal(signal, SIG_DFL);
        });
    }

    ~InterruptGuard()
    {
        std::signal(SIGINT, m_former);
    }

    InterruptGuard(const InterruptGuard&) = delete;
    InterruptGuard& operator=(const InterruptGuard&) = delete;

    static bool WasInterrupted()
    {
        return s_wasInterrupted != 0;
    }

  private:
    // A signal handler can reach nothing but globals: the one exception to having none.
    static inline volatile std::sig_atomic_t s_wasInterrupted = 0;

    void (*m_former)(int);
};

} // namespace portlab

#endif // PORTLAB_INTERRUPT_H
