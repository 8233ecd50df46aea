// SPDX-License-Identifier: GPL-2.0-only

// `make bench`: how fast is portlab? Prints Markdown, and keeps it with --out FILE.

#include "test/bench/machine.h"
#include "test/bench/sections.h"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace
{

int
Measure(const std::string& file)
{
    portlab::Markdown out;
    out.Write("# Benchmarks\n\nWritten by `make bench` (test/bench). Ratios travel from machine to "
              "machine; seconds do not.");
    out.Write(portlab::DescribeMachine());
    portlab::WriteCounts(out);
    portlab::WriteRatios(out);
    portlab::WriteSpeeds(out);
    if (!file.empty())
    {
        out.Save(file);
    }
    return 0;
}

} // namespace

int
main(int count, char** words)
{
    const std::vector<std::string> arguments(words + 1, words + count);
    const bool hasFile = arguments.size() == 2 && arguments.front() == "--out";
    if (!arguments.empty() && !hasFile)
    {
        std::cerr << "Usage: portlab-bench [--out FILE]\n";
        return 2;
    }
#ifndef NDEBUG
    std::cerr << "portlab-bench: this is no build to be measured: use `make bench`\n";
    return 2;
#endif
    try
    {
        return Measure(hasFile ? arguments.back() : "");
    }
    catch (const std::exception& error)
    {
        std::cerr << "portlab-bench: " << error.what() << "\n";
        return 1;
    }
}
