using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Reports;

public sealed class ReportRobustnessTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20261121)]
    public void Two_thousand_spoiled_reports_are_refused_with_a_reason_or_read_right_and_nothing_else_happens(int seed)
    {
        var random = new Random(seed);
        var (read, refused) = (0, new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < 2000; i++)
        {
            var report = MutatedReports.Make(random);
            try
            {
                var run = ReportParser.Parse(report);
                // What is read can be stored: the job accepts it, and no text has what PostgreSQL can't keep.
                BackupJob.FromReport(run, DateTimeOffset.UnixEpoch);
                string.Concat(run.Database, run.Host, run.Error, run.Extra, run.LocalFile).ShouldNotContain('\0');
                read++;
            }
            catch (ReportRejectedException e)
            {
                e.Message.ShouldNotBeNullOrWhiteSpace();
                refused.Add(e.Code);
            }
        }
        read.ShouldBeGreaterThan(50);
        refused.Count.ShouldBeGreaterThan(10);
    }
}
