// SPDX-License-Identifier: GPL-2.0-only

// Writes doc/linux-kernel.md: what this computer's kernel and the model of its release answer to
// every experiment.

#include "test/kernel/live-machine.h"
#include "test/machine/experiment.h"
#include "test/machine/model-machine.h"

#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>

namespace
{

using portlab::LinuxVersion;
using portlab::test::Chapter;
using portlab::test::Chapters;
using portlab::test::Covers;
using portlab::test::Experiment;
using portlab::test::Finding;
using portlab::test::Kernel;
using portlab::test::LiveKernel;
using portlab::test::ModelKernel;
using portlab::test::NameReleases;
using portlab::test::NotModelled;
using portlab::test::NotPossible;

std::string
ReleaseOf(const LinuxVersion& version)
{
    return std::to_string(version.major) + "." + std::to_string(version.minor);
}

std::string
FullNameOf(const LinuxVersion& version)
{
    return "Linux " + ReleaseOf(version) +
           (version.patch ? "." + std::to_string(*version.patch) : "");
}

/// What stands in the table for an answer.
std::string
Cell(const Experiment& experiment, Kernel& kernel)
{
    try
    {
        const Finding finding = experiment.run(kernel);
        const std::string figures = finding.figures.empty() ? "" : " (" + finding.figures + ")";
        return (finding.answer == experiment.rule ? "the same" : "**" + finding.answer + "**") +
               figures;
    }
    catch (const NotModelled& reason)
    {
        return std::string("not modelled: ") + reason.what();
    }
    catch (const NotPossible& reason)
    {
        return std::string("not possible here: ") + reason.what();
    }
}

std::string
Introduction(const LinuxVersion& version)
{
    return "# Model beside kernel\n\n"
           "Made by `make kernel-table` on " +
           FullNameOf(version) +
           ": do not edit. The same experiments ran on this kernel, in network "
           "namespaces, and on the model of linux-" +
           ReleaseOf(version) +
           ". *The same* is the answer in the second column; **anything else** is a difference. "
           "Figures in brackets change from run to run. The programs are in `test/machine`; "
           "`make test` asks the same of whatever kernel it finds.\n";
}

std::string
Ending(const LinuxVersion& version)
{
    std::ostringstream text;
    text << "\n## Not asked here\n\n"
            "* TIME_WAIT's own length, a minute, and longer holds of FIN_WAIT2 and of SYNs: they "
            "take too long, and recordings of Linux 6.18.44 cover them (`test/data/linux-6.18`).\n";
    for (const Chapter& chapter : Chapters())
    {
        for (const Experiment& experiment : chapter.experiments)
        {
            if (!Covers(experiment, version))
            {
                text << "* Rule of Linux " << NameReleases(experiment) << ": " << experiment.what
                     << ": " << experiment.rule << ".\n";
            }
        }
    }
    return text.str();
}

std::string
Table(Kernel& live, Kernel& model)
{
    const LinuxVersion version = live.Version();
    std::ostringstream text;
    text << Introduction(version);
    for (const Chapter& chapter : Chapters())
    {
        text << "\n## " << chapter.title << "\n\n"
             << "| experiment | rule | " << FullNameOf(version) << " | model |\n"
             << "| --- | --- | --- | --- |\n";
        for (const Experiment& experiment : chapter.experiments)
        {
            if (Covers(experiment, version))
            {
                std::cout << experiment.what << std::endl;
                text << "| " << experiment.what << " | " << experiment.rule << " | "
                     << Cell(experiment, live) << " | " << Cell(experiment, model) << " |\n";
            }
        }
    }
    text << Ending(version);
    return text.str();
}

int
Run(int argumentCount, char** arguments)
{
    const std::string obstacle = LiveKernel::Obstacle();
    if (argumentCount != 2 || !obstacle.empty())
    {
        std::cerr << (obstacle.empty() ? "usage: portlab-kernel-table FILE" : obstacle) << "\n";
        return 2;
    }
    LiveKernel live;
    ModelKernel model("linux-" + ReleaseOf(live.Version()), 1);
    const std::string table = Table(live, model);
    std::ofstream file(arguments[1]);
    file << table;
    file.close();
    return file ? 0 : 1;
}

} // namespace

int
main(int argumentCount, char** arguments)
{
    try
    {
        return Run(argumentCount, arguments);
    }
    catch (const std::exception& error)
    {
        std::cerr << error.what() << "\n";
        return 1;
    }
}
