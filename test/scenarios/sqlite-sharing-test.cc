// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/output/sqlite-output.h"
#include "test/scenarios/output-example.h"
#include "test/scenarios/sqlite-example.h"

#include <csignal>
#include <cstdio>
#include <functional>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace portlab;
namespace fs = std::filesystem;

namespace
{

/// Starts a process that does `work`, and nothing of what tests do at their end.
pid_t
Start(const std::function<void()>& work)
{
    const auto child = fork();
    if (child == 0)
    {
        try
        {
            work();
            _exit(0);
        }
        catch (const std::exception& error)
        {
            std::fprintf(stderr, "%s\n", error.what());
            _exit(1);
        }
    }
    return child;
}

int
StatusOf(pid_t child)
{
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return status;
}

} // namespace

TEST(SqliteOutput, LosesNothingWhenTwoProcessesAppendFiftyRunsEachAtOnce)
{
    const ScratchDirectory scratch;
    const auto file = scratch / "out.sqlite";
    constexpr std::uint64_t RUN_COUNT = 50;
    const auto append = [&file](std::uint64_t first) {
        for (std::uint64_t seed = first; seed < first + RUN_COUNT; ++seed)
        {
            WriteSqlite(ReportWithSeed(seed), file);
        }
    };
    const auto left = Start([&append] { append(0); });
    const auto right = Start([&append] { append(RUN_COUNT); });
    EXPECT_EQ(StatusOf(left), 0);
    EXPECT_EQ(StatusOf(right), 0);

    EXPECT_EQ(Query(file, "SELECT count(*), count(DISTINCT seed), min(seed), max(seed) FROM runs"),
              (std::vector<SqliteRow>{{100, 100, 0, 99}}));
    ExpectWholeRuns(file);
}

TEST(SqliteOutput, IsMadeOnceHoweverManyProcessesComeFirst)
{
    for (int round = 0; round < 5; ++round)
    {
        const ScratchDirectory scratch;
        const auto file = scratch / "out.sqlite";
        std::vector<pid_t> children;
        for (std::uint64_t seed = 0; seed < 8; ++seed)
        {
            children.push_back(Start([&file, seed] { WriteSqlite(ReportWithSeed(seed), file); }));
        }
        for (const auto child : children)
        {
            EXPECT_EQ(StatusOf(child), 0);
        }

        EXPECT_EQ(QueryOne(file, "SELECT count(DISTINCT seed) FROM runs"), 8);
        ExpectWholeRuns(file);
    }
}

TEST(SqliteOutput, HoldsWholeRunsOnlyAfterItsWriterWasKilled)
{
    const ScratchDirectory scratch;
    const auto file = scratch / "out.sqlite";
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const auto child = Start([&file, &ends] {
        ResultStore store(file);
        const auto report = ReportWithSeed(7);
        while (write(ends[1], "x", 1) == 1)
        {
            store.Append(report, report.runs.front());
        }
    });
    close(ends[1]);
    char mark = 0;
    for (int run = 0; run < 20; ++run)
    {
        ASSERT_EQ(read(ends[0], &mark, 1), 1);
    }
    kill(child, SIGKILL);
    EXPECT_TRUE(WIFSIGNALED(StatusOf(child)));
    close(ends[0]);

    EXPECT_GE(QueryOne(file, "SELECT count(*) FROM runs").get<int>(), 19);
    ExpectWholeRuns(file);
}

TEST(ResultStore, UndoesARunThatFailsHalfwayAndTakesTheNext)
{
    const ScratchDirectory scratch;
    const auto file = scratch / "out.sqlite";
    ResultStore store(file);
    Query(file,
          "CREATE TRIGGER full BEFORE INSERT ON histograms WHEN new.low > 1 "
          "BEGIN SELECT RAISE(ABORT, 'no more space'); END");
    const auto report = ReportWithSeed(1);
    try
    {
        store.Append(report, report.runs.front());
        FAIL() << "the trigger did not fire";
    }
    catch (const SqliteError& error)
    {
        EXPECT_NE(std::string(error.what()).find("out.sqlite: no more space"), std::string::npos)
            << error.what();
    }
    EXPECT_EQ(QueryOne(file, "SELECT count(*) FROM runs"), 0);
    ExpectWholeRuns(file);

    Query(file, "DROP TRIGGER full");
    store.Append(report, report.runs.front());
    EXPECT_EQ(QueryOne(file, "SELECT count(*) FROM runs"), 1);
    ExpectWholeRuns(file);
}

TEST(SqliteOutput, RefusesAFileWithoutPermissionAlsoWhenTheTestsRunAsRoot)
{
    const ScratchDirectory scratch;
    WriteSqlite(ExampleReport(), scratch / "out.sqlite");
    fs::permissions(scratch / "out.sqlite", fs::perms(0444));
    fs::permissions(scratch / "", fs::perms(geteuid() == 0 ? 0777 : 0700));
    const auto child = Start([&scratch] {
        constexpr uid_t NOBODY = 65534;
        const bool isUser = geteuid() != 0 || setuid(NOBODY) == 0;
        const auto error = UserErrorOf([&scratch] { CheckSqliteWritable(scratch / "out.sqlite"); });
        if (!isUser || error.find("you may not write to this file") == std::string::npos)
        {
            throw std::runtime_error("wrong error: " + error);
        }
    });

    EXPECT_EQ(StatusOf(child), 0);
}
