// SPDX-License-Identifier: GPL-2.0-only

#include "scenarios/trace/line-reader.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace portlab
{

namespace
{

constexpr std::size_t FIRST_BUFFER_BYTES = std::size_t{1} << 16;

/// Spreadsheets put it in front of UTF-8.
constexpr std::string_view BYTE_ORDER_MARK = "\xEF\xBB\xBF";

} // namespace

LineReader::LineReader(std::string name, ByteSource source)
    : m_name(std::move(name)),
      m_source(std::move(source)),
      m_buffer(FIRST_BUFFER_BYTES)
{
}

bool
LineReader::Next()
{
    while (Advance())
    {
        if (!m_line.empty())
        {
            return true;
        }
    }
    return false;
}

void
LineReader::RefuseLine(const std::string& complaint) const
{
    throw std::invalid_argument(m_name + ":" + std::to_string(m_number) + ": " + complaint);
}

void
LineReader::RefuseFile(const std::string& complaint) const
{
    throw std::invalid_argument(m_name + ": " + complaint);
}

bool
LineReader::Advance()
{
    ++m_number; // Already here, so that what stops this line is reported under its number.
    std::size_t searched = 0;
    while (true)
    {
        const std::string_view held(m_buffer.data() + m_begin, m_end - m_begin);
        const std::size_t length = held.find('\n', searched);
        if (length != std::string_view::npos)
        {
            TakeLine(length);
            m_begin += length + 1;
            return true;
        }
        searched = held.size();
        if (searched > MAX_LINE_BYTES || !Fill())
        {
            break;
        }
    }
    if (searched == 0)
    {
        --m_number;
        return false;
    }
    TakeLine(searched);
    m_begin = m_end;
    return true;
}

bool
LineReader::Fill()
{
    if (m_begin > 0)
    {
        std::copy(m_buffer.begin() + static_cast<std::ptrdiff_t>(m_begin),
                  m_buffer.begin() + static_cast<std::ptrdiff_t>(m_end),
                  m_buffer.begin());
        m_end -= m_begin;
        m_begin = 0;
    }
    if (m_end == m_buffer.size())
    {
        m_buffer.resize(2 * m_buffer.size());
    }
    try
    {
        const std::size_t count = m_source(m_buffer.data() + m_end, m_buffer.size() - m_end);
        m_end += count;
        return count > 0;
    }
    catch (const std::invalid_argument& complaint)
    {
        RefuseLine(complaint.what());
    }
}

void
LineReader::TakeLine(std::size_t length)
{
    if (length > MAX_LINE_BYTES)
    {
        RefuseLine("the line is longer than " + std::to_string(MAX_LINE_BYTES) +
                   " bytes: a trace has one connection a line.");
    }
    m_line = std::string_view(m_buffer.data() + m_begin, length);
    if (m_line.find('\0') != std::string_view::npos)
    {
        RefuseLine("the line holds a NUL byte: a trace is ASCII or UTF-8 text, plain or "
                   "compressed with gzip.");
    }
    if (m_number == 1 && m_line.substr(0, BYTE_ORDER_MARK.size()) == BYTE_ORDER_MARK)
    {
        m_line.remove_prefix(BYTE_ORDER_MARK.size());
    }
    if (!m_line.empty() && m_line.back() == '\r')
    {
        m_line.remove_suffix(1);
    }
}

} // namespace portlab
