using System.Text.Json.Nodes;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Application.Tests.Reports;

public sealed class ReportParserTests
{
    [Fact]
    public void A_host_scripts_success_is_read_whole()
    {
        var run = ReportParser.Parse(SampleReports.Success("订单").Bytes());

        run.Id.ShouldBeNull();
        run.Database.ShouldBe("订单");
        (run.Host, run.Port).ShouldBe(("db1", "5432"));
        run.StartedAt.ShouldBe(new DateTimeOffset(2026, 11, 21, 3, 0, 0, TimeSpan.Zero));
        run.FinishedAt.ShouldBe(run.StartedAt.AddSeconds(95));
        run.DurationSeconds.ShouldBe(95);
        (run.Mode, run.Tool, run.Status, run.Error).ShouldBe((BackupMode.Both, "pg_dump", BackupStatus.Success, null));
        (run.Trigger, run.Type, run.Method, run.Format).ShouldBe((BackupTrigger.Reported, BackupType.Full, BackupMethod.PgDump, BackupFormat.Custom));
        run.Compression.ToString().ShouldBe("gzip:9");
        run.LocalFile.ShouldBe("/data/db-backups/data/订单_20261121T030000Z_db1.dump");
        (run.SizeBytes, run.Checksum).ShouldBe((1234567, SampleReports.Sha256));
        run.RemoteUrls.ShouldBe(["oss://bucket/postgres/backups/订单_20261121T030000Z_db1.dump"]);
        run.Extra.ShouldBeNull();
    }

    [Fact]
    public void A_failure_needs_no_file_and_its_local_and_remote_may_be_null()
    {
        var report = SampleReports.Failed();
        (report["local"], report["remote"]) = (null, null);

        var run = ReportParser.Parse(report.Bytes());

        (run.Status, run.Error).ShouldBe((BackupStatus.Failed, "DUMP_FAILED: connection refused"));
        (run.LocalFile, run.SizeBytes, run.Checksum).ShouldBe((null, null, null));
        run.RemoteUrls.ShouldBeEmpty();
    }

    [Fact]
    public void A_backup_that_lies_on_OSS_only_needs_no_local_file()
    {
        var report = SampleReports.Success();
        (report["mode"], report["local"]) = ("oss", null);

        ReportParser.Parse(report.Bytes()).Mode.ShouldBe(BackupMode.Oss);
    }

    [Fact]
    public void Unknown_keys_are_kept_where_they_stood()
    {
        var report = SampleReports.Success();
        report["ticket"] = "OPS-7";
        report["local"]!["inode"] = 42;
        report["local"]!["globalsFile"] = "/data/g.sql";
        report["remote"]!["etag"] = new JsonArray(1, null);

        var extra = JsonNode.Parse(ReportParser.Parse(report.Bytes()).Extra!);

        JsonNode.DeepEquals(extra, JsonNode.Parse("""{"ticket":"OPS-7","local":{"inode":42,"globalsFile":"/data/g.sql"},"remote":{"etag":[1,null]}}""")).ShouldBeTrue(extra!.ToJsonString());
    }

    [Fact]
    public void Times_with_an_offset_are_taken_to_UTC_and_cut_to_the_microsecond()
    {
        var report = SampleReports.Success();
        report["startedAt"] = "2026-11-21T11:00:00.123456789+08:00";

        ReportParser.Parse(report.Bytes()).StartedAt.ShouldBe(new DateTimeOffset(2026, 11, 21, 3, 0, 0, TimeSpan.Zero).AddTicks(1234560));
    }

    [Fact]
    public void A_byte_order_mark_and_a_checksum_in_capitals_do_no_harm()
    {
        var report = SampleReports.Success();
        report["local"]!["checksumSha256"] = new string('A', 64);

        ReportParser.Parse((byte[])[0xEF, 0xBB, 0xBF, .. report.Bytes()]).Checksum.ShouldBe(SampleReports.Sha256);
    }

    [Fact]
    public void A_canceled_run_is_a_failure_for_others_and_canceled_for_us()
    {
        var report = SampleReports.Failed();
        report["state"] = "CANCELED";

        ReportParser.Parse(report.Bytes()).Status.ShouldBe(BackupStatus.Canceled);
    }

    [Fact]
    public void Runs_whose_names_only_look_alike_have_different_keys()
    {
        var one = ReportParser.Parse(SampleReports.Success("d1|2|d", host: "h").Bytes());
        var other = ReportParser.Parse(SampleReports.Success("d", host: "h|5432|d1").Bytes());

        string.Equals(one.RunKey, (other with { Port = "2" }).RunKey, StringComparison.Ordinal).ShouldBeFalse();
        one.RunKey.ShouldBe(ReportParser.Parse(SampleReports.Failed("d1|2|d", host: "h").Bytes()).RunKey);
    }
}
