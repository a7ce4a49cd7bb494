using System.Text;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Reports;

public sealed class ReportRoundTripTests
{
    private const string Base = "automatic/2026/020000_订单";
    private static readonly string[] Texts = ["orders", "订单 备份", "a\"b\\c", "line\nbreak\ttab", "emoji 🎉", "'; DROP TABLE x; --", "é", "<script>&amp;"];

    [Fact]
    public void Every_finished_job_comes_back_from_its_report_as_it_was()
    {
        var random = new Random(7);
        for (var i = 0; i < 300; i++)
        {
            var job = Finished(random);
            var run = ReportParser.Parse(ReportFormat.Render(job));
            var back = BackupJob.FromReport(run, job.CreatedAt);

            Facts(back).ShouldBe(Facts(job));
            back.Files.ShouldBe(job.Files);
            run.Extra.ShouldBeNull();
        }
    }

    [Fact]
    public void A_job_that_is_not_finished_has_no_report() =>
        Should.Throw<Domain.ConflictException>(() => ReportFormat.Render(Pending(new Random(1)))).Code.ShouldBe("BACKUP_WRONG_STATE");

    [Fact]
    public void Chinese_is_readable_in_a_report() =>
        Encoding.UTF8.GetString(ReportFormat.Render(Finished(new Random(3), "订单 备份"))).ShouldContain("订单 备份");

    private static string Facts(BackupJob job) => string.Join('|',
        job.Id, job.Database, job.Host, job.Port, job.Trigger, job.Type, job.Method, job.Format, job.Compression, job.Description, job.Status, job.Mode, job.Tool,
        job.StartedAt.UtcTicks / 10, job.FinishedAt!.Value.UtcTicks / 10, job.DurationSeconds, job.SizeBytes, job.LocalFile, job.Checksum, job.Error, job.ServerVersion,
        job.ClientVersion, job.Node, job.LogFile, string.Join(',', job.RemoteUrls), job.BaseName,
        string.Join(',', job.Copies.Select(copy => $"{copy.StoreName} {copy.Kind} {copy.Node} {copy.Status} {copy.Url} {copy.SizeBytes} {copy.Checksum} {copy.Error}")));

    private static BackupJob Pending(Random random, string? description = null)
    {
        var now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(random.NextInt64(TimeSpan.TicksPerDay * 300));
        var source = DatabaseSource.Create("s", new ConnectionFacts("db" + random.Next(9), random.Next(1, 65536), Texts[random.Next(3)], "u"), null, now);
        var format = (BackupFormat)random.Next(3);
        var spec = new BackupSpec(
            random.Next(2) == 0 ? BackupType.Full : BackupType.SchemaOnly, format, format is BackupFormat.Directory ? random.Next(1, 9) : 1,
            random.Next(2) == 0 ? Compression.None : Compression.Parse($"zstd:{random.Next(1, 20)}"), random.Next(2) == 0);
        var stores = Enumerable.Range(0, random.Next(1, 4)).Select(number => Store.Create(
            new StoreFacts("store" + number, number == 0 ? new LocalSettings("/data") : new OssSettings("bucket", "oss-cn-hangzhou.aliyuncs.com"), [], null, IsDefault: true), null, isConfigured: false, now));
        return BackupJob.Request(source, spec, new Destination(stores, []), description ?? (random.Next(3) == 0 ? null : Texts[random.Next(Texts.Length)]), now);
    }

    private static BackupJob Finished(Random random, string? description = null)
    {
        var job = Pending(random, description);
        var start = job.CreatedAt.AddTicks(random.Next(1, 1_000_000));
        job.Start("node-1", start);
        job.Plan(new ArtifactPlan(Base, "/var/log/db-backup/base.log", "/data/db-backups/reports/base.json"));
        var end = start.AddTicks(random.NextInt64(TimeSpan.TicksPerHour));
        switch (random.Next(4))
        {
            case 0: job.Fail(new BackupFailure("DUMP_FAILED", Texts[random.Next(Texts.Length)]), end); break;
            case 1: job.Cancel(end); break;
            case 2:
                job.Complete(Artifact(job, random), end);
                if (job.Status is BackupStatus.Success) job.Condemn(new BackupFailure("VERIFICATION_FAILED", "cut"), random.Next(2) == 0 ? [] : job.Files, end);
                break;
            default: job.Complete(Artifact(job, random), end); break;
        }
        return job;
    }

    private static Artifact Artifact(BackupJob job, Random random)
    {
        var files = new List<ArtifactFile> { File(FileRole.Dump, Base + ".dump", random), File(FileRole.Checksum, Base + ".dump.sha256", random) };
        if (random.Next(2) == 0) files.Add(File(FileRole.Globals, Base + "_globals.sql", random));
        return new Artifact(files, "15.14", "18.1", [.. job.Copies.Select(copy => random.Next(5) == 0 && copy.Kind is not StoreKind.Local
            ? StoredCopy.Failed(copy.StoreId, new BackupFailure("STORE_FULL", Texts[random.Next(Texts.Length)]))
            : new StoredCopy(copy.StoreId, copy.StoreName + $"/{Base}.dump", files[0].SizeBytes, "crc64:1"))]);
    }

    private static ArtifactFile File(FileRole role, string name, Random random) =>
        new(role, name, "/data/db-backups/data/" + name, random.NextInt64(), Convert.ToHexStringLower(Enumerable.Range(0, 32).Select(_ => (byte)random.Next(256)).ToArray()));
}
