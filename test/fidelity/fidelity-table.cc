// SPDX-License-Identifier: GPL-2.0-only

// Writes doc/fidelity.md: what the same workloads come to by connections and by packets.

#include "test/bench/markdown.h"
#include "test/fidelity/fidelity-cases.h"

#include <cstdio>
#include <exception>
#include <iostream>

namespace
{

using portlab::Markdown;
using portlab::test::Compare;
using portlab::test::FidelityCase;
using portlab::test::FidelityCases;
using portlab::test::PairedFigure;

constexpr std::uint64_t RUNS = 10;

std::string
Figure(double value)
{
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

/// Whether all figures of the case agree.
bool
Write(const FidelityCase& what, Markdown& out)
{
    out.Write("## " + what.name + "\n\n" + what.about + ".");
    std::vector<Markdown::Row> rows{
        {"mean", "connections", "packets", "difference", "standard error", "agrees"}};
    bool agrees = true;
    for (const PairedFigure& figure : Compare(what, RUNS))
    {
        rows.push_back({figure.name,
                        Figure(figure.ConnectionMean()),
                        Figure(figure.PacketMean()),
                        Figure(figure.MeanDifference()),
                        Figure(figure.StandardError()),
                        figure.Agrees() ? "yes" : "**no**"});
        agrees = agrees && figure.Agrees();
    }
    out.Write(rows);
    return agrees;
}

} // namespace

int
main(int argc, char** argv)
{
    if (argc != 2)
    {
        std::cerr << "usage: " << argv[0] << " FILE.md\n";
        return 2;
    }
    try
    {
        Markdown out;
        out.Write(
            "# Connections and packets\n\nWritten by `make fidelity-table`. The same workloads "
            "at both fidelities, " +
            std::to_string(RUNS) +
            " replications each, which draw the\nsame arrivals and holds. They agree if they "
            "differ by at most 0.5 %, peaks by 1 %, or three standard errors of the\npaired "
            "difference; "
            "attempts have to be equal. test/fidelity has the workloads.");
        bool agrees = true;
        for (const FidelityCase& what : FidelityCases())
        {
            agrees = Write(what, out) && agrees;
        }
        out.Save(argv[1]);
        return agrees ? 0 : 1;
    }
    catch (const std::exception& error)
    {
        std::cerr << error.what() << '\n';
        return 2;
    }
}
