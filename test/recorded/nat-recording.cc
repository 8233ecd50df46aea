// SPDX-License-Identifier: GPL-2.0-only

#include "test/recorded/nat-recording.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace portlab::test
{

std::vector<CsvRow>
ReadNatRecording(const std::string& name)
{
    const std::string path = std::string(PORTLAB_TEST_DATA) + "/netfilter-6.18/" + name + ".csv";
    std::ifstream file(path);
    if (!file)
    {
        throw std::runtime_error(path + ": cannot be read");
    }
    std::string text{std::istreambuf_iterator<char>(file), {}};
    bool isQuoted = false;
    for (char& letter : text)
    {
        isQuoted = isQuoted != (letter == '"');
        letter = isQuoted && letter == ',' ? ';' : letter;
    }
    const auto isFrame = [](char letter) { return letter == '"' || letter == '\r'; };
    text.erase(std::remove_if(text.begin(), text.end(), isFrame), text.end());
    std::istringstream plain(text);
    return ReadCsv(plain, name + ".csv");
}

std::vector<std::string>
TupleAt(const CsvRow& row, const std::string& column)
{
    const std::string& cell = row.Text(column);
    if (cell.empty())
    {
        return {};
    }
    if (cell.size() < 2 || cell.front() != '(' || cell.back() != ')')
    {
        row.Refuse(column, "words in parentheses, or nothing");
    }
    std::vector<std::string> words(1);
    for (const char letter : cell.substr(1, cell.size() - 2))
    {
        if (letter == ';')
        {
            words.emplace_back();
        }
        else if (letter != '\'' && letter != ' ')
        {
            words.back() += letter;
        }
    }
    return words;
}

} // namespace portlab::test
