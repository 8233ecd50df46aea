// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/replications.h"

#include "scenarios/interrupt.h"
#include "scenarios/result-transfer.h"
#include "scenarios/runner.h"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace portlab
{

namespace
{

Duration
TotalDuration(const std::vector<PlannedRun>& plan)
{
    Duration total{0};
    for (const PlannedRun& planned : plan)
    {
        total += planned.scenario->workload.duration;
    }
    return total;
}

/// All runs one after another, in this process.
/// What the names of a run's captures begin with; empty without captures.
std::string
CaptureOf(const PlannedRun& planned, const RunManner& manner)
{
    return manner.pcap.empty() ? "" : manner.pcap + "/run-" + std::to_string(planned.run);
}

class OneProcess
{
  public:
    OneProcess(const std::vector<PlannedRun>& plan, const RunManner& manner)
        : m_plan(plan),
          m_manner(manner),
          m_total(TotalDuration(plan)),
          m_bar(manner.isQuiet)
    {
    }

    Outcome Run()
    {
        Outcome outcome;
        for (const PlannedRun& planned : m_plan)
        {
            auto record = RunScenario(
                *planned.scenario,
                planned.run,
                m_manner.quantum,
                [this](Duration simulated, std::uint64_t attempts) {
                    Show(simulated, attempts);
                    return !InterruptGuard::WasInterrupted();
                },
                CaptureOf(planned, m_manner));
            if (!record)
            {
                outcome.wasInterrupted = true;
                break;
            }
            record->set = planned.set;
            m_done += planned.scenario->workload.duration;
            m_attempts += record->result.connections;
            outcome.runs.push_back(std::move(*record));
        }
        return outcome;
    }

  private:
    void Show(Duration simulated, std::uint64_t attempts)
    {
        const Duration now = m_done + simulated;
        const double share = m_total > Duration{0} ? InSeconds(now) / InSeconds(m_total) : 1;
        m_bar.Update({share, now, m_attempts + attempts});
    }

    const std::vector<PlannedRun>& m_plan;
    const RunManner& m_manner;
    Duration m_total;
    Duration m_done{0};
    std::uint64_t m_attempts{0};
    ProgressBar m_bar;
};

/// A process for each run, some of them at a time. A run's record comes back through a pipe.
class ManyProcesses
{
  public:
    ManyProcesses(const std::vector<PlannedRun>& plan, const RunManner& manner)
        : m_plan(plan),
          m_manner(manner),
          m_records(plan.size()),
          m_bar(manner.isQuiet)
    {
    }

    ~ManyProcesses()
    {
        for (const Worker& worker : m_workers)
        {
            close(worker.pipe);
            kill(worker.process, SIGKILL);
            waitpid(worker.process, nullptr, 0);
        }
    }

    Outcome Run()
    {
        while (m_next < m_plan.size() || !m_workers.empty())
        {
            while (m_next < m_plan.size() && m_workers.size() < m_manner.jobs &&
                   !InterruptGuard::WasInterrupted())
            {
                Begin(m_next++);
            }
            if (InterruptGuard::WasInterrupted())
            {
                break;
            }
            Listen();
        }
        Outcome outcome;
        outcome.wasInterrupted = InterruptGuard::WasInterrupted();
        for (auto& record : m_records)
        {
            if (record)
            {
                outcome.runs.push_back(std::move(*record));
            }
        }
        return outcome;
    }

  private:
    struct Worker
    {
        std::size_t planned;
        pid_t process;
        int pipe;
        std::string bytes;
    };

    void Begin(std::size_t number)
    {
        int ends[2];
        if (pipe(ends) != 0)
        {
            throw std::runtime_error("no pipe for another process: use fewer --jobs");
        }
        const pid_t process = fork();
        if (process < 0)
        {
            close(ends[0]);
            close(ends[1]);
            throw std::runtime_error("no process for another run: use fewer --jobs");
        }
        if (process == 0)
        {
            close(ends[0]);
            Work(m_plan[number], ends[1]);
        }
        close(ends[1]);
        m_workers.push_back({number, process, ends[0], {}});
    }

    /// The child's whole life.
    [[noreturn]] void Work(const PlannedRun& planned, int pipe) const
    {
        std::signal(SIGINT, SIG_DFL);
        bool isWhole = false;
        try
        {
            const auto record = RunScenario(*planned.scenario,
                                            planned.run,
                                            m_manner.quantum,
                                            {},
                                            CaptureOf(planned, m_manner));
            const std::string bytes = Pack(*record);
            std::size_t written = 0;
            while (written < bytes.size())
            {
                const ssize_t size = write(pipe, bytes.data() + written, bytes.size() - written);
                if (size < 0 && errno != EINTR)
                {
                    break;
                }
                written += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
            }
            isWhole = written == bytes.size();
        }
        catch (const std::exception& error)
        {
            const std::string text = std::string("portlab: ") + error.what() + "\n";
            isWhole = write(STDERR_FILENO, text.data(), text.size()) < 0;
        }
        _exit(isWhole ? 0 : 1);
    }

    /// Waits until some worker has something to say.
    void Listen()
    {
        std::vector<pollfd> pipes;
        for (const Worker& worker : m_workers)
        {
            pipes.push_back({worker.pipe, POLLIN, 0});
        }
        if (poll(pipes.data(), pipes.size(), 1000) < 0)
        {
            return; // A signal: the caller looks whether it was Ctrl-C.
        }
        for (std::size_t index = pipes.size(); index-- > 0;)
        {
            if (pipes[index].revents != 0 && !Hear(m_workers[index]))
            {
                End(index);
            }
        }
    }

    /// False when the worker has said everything.
    static bool Hear(Worker& worker)
    {
        char buffer[65536];
        const ssize_t size = read(worker.pipe, buffer, sizeof buffer);
        if (size > 0)
        {
            worker.bytes.append(buffer, static_cast<std::size_t>(size));
        }
        return size > 0 || (size < 0 && errno == EINTR);
    }

    void End(std::size_t index)
    {
        const Worker worker = std::move(m_workers[index]);
        m_workers.erase(m_workers.begin() + static_cast<std::ptrdiff_t>(index));
        close(worker.pipe);
        int status = 0;
        waitpid(worker.process, &status, 0);
        if (InterruptGuard::WasInterrupted())
        {
            return;
        }
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        {
            throw std::runtime_error("the process of run " +
                                     std::to_string(m_plan[worker.planned].run) + " died");
        }
        RunRecord record = Unpack(worker.bytes);
        record.set = m_plan[worker.planned].set;
        m_connections += record.result.connections;
        m_simulated += record.result.simulated;
        m_records[worker.planned] = std::move(record);
        ++m_done;
        m_bar.Update({static_cast<double>(m_done) / static_cast<double>(m_plan.size()),
                      m_simulated,
                      m_connections});
    }

    const std::vector<PlannedRun>& m_plan;
    const RunManner& m_manner;
    std::vector<std::optional<RunRecord>> m_records;
    std::vector<Worker> m_workers;
    std::size_t m_next{0};
    std::size_t m_done{0};
    std::uint64_t m_connections{0};
    Duration m_simulated{0};
    ProgressBar m_bar;
};

} // namespace

Outcome
CarryOut(const std::vector<PlannedRun>& plan, const RunManner& manner)
{
    const InterruptGuard guard;
    if (manner.jobs <= 1 || plan.size() <= 1)
    {
        return OneProcess(plan, manner).Run();
    }
    return ManyProcesses(plan, manner).Run();
}

} // namespace portlab
