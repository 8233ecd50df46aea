// SPDX-License-Identifier: GPL-2.0-only

#ifndef PORTLAB_TEST_DETECT_SUPPORT_H
#define PORTLAB_TEST_DETECT_SUPPORT_H

#include "scenarios/command/detect-command.h"
#include "scenarios/detect/detected-machine.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <stdexcept>
#include <toml++/toml.h>
#include <unistd.h>

namespace portlab::test
{

namespace fs = std::filesystem;

inline const fs::path RECORDED = fs::path(PORTLAB_TEST_DATA) / "detect" / "recorded";
inline const fs::path HANDWRITTEN = fs::path(PORTLAB_TEST_DATA) / "detect" / "handwritten";

inline std::string
Detected(const fs::path& root, OutputFormat format = OutputFormat::Table)
{
    std::ostringstream out;
    EXPECT_EQ(RunDetect(root, format, out), 0);
    return out.str();
}

/// What `portlab detect` prints, read as TOML.
class Pasted
{
  public:
    explicit Pasted(const std::string& text)
        : m_document(toml::parse(text)),
          m_host(m_document["hosts"]["this-machine"])
    {
    }

    std::string Os() const
    {
        return m_host["os"].value_or("");
    }

    std::size_t TunedCount() const
    {
        const auto* tuned = m_host["tuned"].as_table();
        return tuned == nullptr ? 0 : tuned->size();
    }

    std::string Text(std::string_view knob) const
    {
        return m_host["tuned"][knob].value_or("");
    }

    int Number(std::string_view knob) const
    {
        return m_host["tuned"][knob].value_or(-1);
    }

  private:
    toml::table m_document;
    toml::node_view<toml::node> m_host;
};

inline bool
Contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

/// A copy of the recorded machine that a test may change; gone with the test.
class ChangedMachine : public testing::Test
{
  protected:
    void SetUp() override
    {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        m_root = fs::path(testing::TempDir()) /
                 ("portlab-detect-" + std::to_string(getpid()) + "-" + test->name());
        fs::copy(RECORDED, m_root, fs::copy_options::recursive);
    }

    void TearDown() override
    {
        fs::remove_all(m_root);
    }

    void Write(const std::string& file, const std::string& text) const
    {
        std::ofstream(m_root / file, std::ios::binary) << text;
    }

    void Remove(const std::string& file) const
    {
        fs::remove(m_root / file);
    }

    std::string Detected() const
    {
        return portlab::test::Detected(m_root);
    }

    /// What RunDetect says against the machine; empty if it has nothing against it.
    std::string Error() const
    {
        try
        {
            Detected();
            return "";
        }
        catch (const std::invalid_argument& error)
        {
            return error.what();
        }
    }

    /// "ROOT/FILE:LINE: "
    std::string Place(const std::string& file, int line) const
    {
        return (m_root / file).string() + ":" + std::to_string(line) + ": ";
    }

    fs::path m_root;
};

} // namespace portlab::test

#endif // PORTLAB_TEST_DETECT_SUPPORT_H
