// SPDX-License-Identifier: GPL-2.0-only

// In an ns-3 tree the tests are run by ns-3's test.py, as its suite "portlab". Every test suite of
// GoogleTest is one of its test cases.

#include "ns3/test.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>

#ifndef GTEST_FLAG_SET // GoogleTest before 1.12
#define GTEST_FLAG_SET(name, value) (void)(::testing::GTEST_FLAG(name) = value)
#endif

using namespace ns3;

namespace
{

/// The tests of one suite of GoogleTest.
class GoogleTestCase : public TestCase
{
  public:
    explicit GoogleTestCase(const testing::TestSuite& suite)
        : TestCase(NameFor(suite)),
          m_suite(suite)
    {
    }

  private:
    /// ns-3 wants no slash in a name, which GoogleTest puts into those of tests with parameters.
    static std::string NameFor(const testing::TestSuite& suite)
    {
        std::string name = suite.name();
        std::replace(name.begin(), name.end(), '/', '.');
        return name;
    }

    void DoRun() override
    {
        GTEST_FLAG_SET(filter, std::string(m_suite.name()) + ".*");
        const bool isPassed = RUN_ALL_TESTS() == 0;
        NS_TEST_ASSERT_MSG_GT(m_suite.test_to_run_count(), 0, "no test was run");
        Report(m_suite.ad_hoc_test_result(), m_suite.name());
        for (int i = 0; i < m_suite.total_test_count(); ++i)
        {
            const testing::TestInfo& test = *m_suite.GetTestInfo(i);
            Report(*test.result(), test.name());
        }
        NS_TEST_EXPECT_MSG_EQ(isPassed, true, "GoogleTest saw a test of the suite fail");
    }

    void Report(const testing::TestResult& result, const std::string& test)
    {
        for (int i = 0; i < result.total_part_count(); ++i)
        {
            const testing::TestPartResult& part = result.GetTestPartResult(i);
            if (part.failed())
            {
                const std::string file = part.file_name() ? part.file_name() : "";
                ReportTestFailure(test,
                                  "failed",
                                  "passed",
                                  part.message(),
                                  file,
                                  part.line_number());
            }
        }
    }

    const testing::TestSuite& m_suite;
};

/// All of them.
class PortlabTestSuite : public TestSuite
{
  public:
    PortlabTestSuite()
        : TestSuite("portlab", TestSuite::Type::UNIT)
    {
    }

  private:
    /// Not in the constructor, which may run before all tests have been registered.
    void DoSetup() override
    {
        testing::InitGoogleTest();
        auto& google = *testing::UnitTest::GetInstance();
        delete google.listeners().Release(google.listeners().default_result_printer());
        for (int i = 0; i < google.total_test_suite_count(); ++i)
        {
            AddTestCase(new GoogleTestCase(*google.GetTestSuite(i)));
        }
    }
};

PortlabTestSuite g_portlabTestSuite; ///< Registers itself.

} // namespace
