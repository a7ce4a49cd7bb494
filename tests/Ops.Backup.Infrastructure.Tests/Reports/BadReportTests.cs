using System.Text;
using Ops.Backup.Application.Reports;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Reports;

[Collection(PostgresCollection.Name)]
public sealed class BadReportTests(PostgresFixture postgres) : IAsyncLifetime
{
    private ScanBench _bench = null!;

    public async Task InitializeAsync() => _bench = await ScanBench.CreateAsync(postgres);

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task What_is_no_regular_file_of_its_own_is_listed_and_never_opened_up()
    {
        using var outside = new TempFolder("outside");
        await File.WriteAllBytesAsync(outside.File("secret"), SampleReports.Success("secret").Bytes());
        File.CreateSymbolicLink(_bench.Folder.File("link.json"), outside.File("secret"));
        File.CreateSymbolicLink(_bench.Folder.File("dangling.json"), "/nowhere");
        File.CreateSymbolicLink(_bench.Folder.File("folder-link.json"), outside.Path);
        await Linux.RunAsync("/usr/bin/mkfifo", _bench.Folder.File("pipe.json"));
        Directory.CreateDirectory(_bench.Folder.File("folder.json"));
        _bench.Write("good.json", SampleReports.Success());

        await _bench.ScanAsync().WaitAsync(TimeSpan.FromSeconds(30));

        (await _bench.CountAsync()).ShouldBe(1);
        (await ErrorsAsync()).ShouldBe([
            "dangling.json REPORT_IS_LINK", "folder-link.json REPORT_IS_LINK", "folder.json REPORT_NOT_A_FILE", "link.json REPORT_IS_LINK", "pipe.json REPORT_NOT_A_FILE"]);
    }

    [Fact]
    public void A_link_that_was_put_in_place_after_the_look_is_not_followed_either()
    {
        File.CreateSymbolicLink(_bench.Folder.File("swapped.json"), _bench.Write("target", SampleReports.Success()));

        var read = ReportFolder.Read(new FoundReport(_bench.Folder.File("swapped.json"), 1, DateTimeOffset.UnixEpoch, IsLink: false));

        read!.Error!.Code.ShouldBe("REPORT_IS_LINK");
    }

    [Fact]
    public async Task A_file_over_one_MiB_is_refused_and_one_of_exactly_one_MiB_is_read()
    {
        var report = SampleReports.Success();
        report["padding"] = "";
        report["padding"] = new string('x', ReportLimits.Bytes - report.Bytes().Length);
        _bench.Write("exact.json", report);
        _bench.Write("more.json", [.. report.Bytes(), (byte)'\n']);

        await _bench.ScanAsync();

        (await _bench.CountAsync()).ShouldBe(1);
        (await ErrorsAsync()).ShouldBe(["more.json REPORT_TOO_LARGE"]);
    }

    [Fact]
    public async Task Unfinished_hidden_and_other_files_are_passed_over()
    {
        foreach (var name in new[] { "a.json.partial", ".a.json", "a.txt", "a.json~", "a.JSON" }) _bench.Write(name, "no report"u8.ToArray());
        await _bench.ScanAsync();

        (await ErrorsAsync()).ShouldBeEmpty();
        (await _bench.Database.AskAsync<long>("SELECT count(*) FROM report_file")).ShouldBe(0);
    }

    [Fact]
    public async Task A_name_that_is_not_UTF8_is_listed()
    {
        await Linux.RunAsync("/usr/bin/env", "bash", "-c", "printf x > \"$1\"/$'bad\\xff.json'", "bash", _bench.Folder.Path);
        try
        {
            await _bench.ScanAsync();
            (await ErrorsAsync()).ShouldBe(["bad\uFFFD.json REPORT_NAME_INVALID"]);
        }
        finally
        {
            // .NET can't delete it by a name that it can't say.
            await Linux.RunAsync("/usr/bin/env", "bash", "-c", "rm \"$1\"/bad*", "bash", _bench.Folder.Path);
        }
    }

    [Fact]
    public async Task A_half_written_report_is_listed_with_its_place_and_loaded_when_it_is_whole()
    {
        var node = _bench.Node();
        var whole = SampleReports.Success().Bytes();
        _bench.Write("a.json", whole[..200]);
        await _bench.ScanAsync(node);
        var error = (await _bench.ErrorsAsync()).ShouldHaveSingleItem();
        (error.File, error.Code, error.SizeBytes).ShouldBe((_bench.Folder.File("a.json"), "REPORT_NOT_JSON", 200));
        error.Place!.ShouldStartWith("line 1, byte ");
        error.Reason.ShouldNotBeEmpty();

        _bench.Write("a.json", whole, minutes: 1);
        await _bench.ScanAsync(node);

        (await _bench.ErrorsAsync()).ShouldBeEmpty();
        (await _bench.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_fresh_file_that_changes_without_getting_another_size_or_time_is_still_noticed()
    {
        var node = _bench.Node();
        var whole = SampleReports.Success().Bytes();
        var path = _bench.Folder.File("a.json");
        var now = DateTime.UtcNow.AddSeconds(1);
        await File.WriteAllBytesAsync(path, new byte[whole.Length]);
        File.SetLastWriteTimeUtc(path, now);
        await _bench.ScanAsync(node);
        (await _bench.ErrorsAsync()).Count.ShouldBe(1);

        await File.WriteAllBytesAsync(path, whole);
        File.SetLastWriteTimeUtc(path, now);
        await _bench.ScanAsync(node);

        (await _bench.ErrorsAsync()).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1, 150)]
    [InlineData(2, 150)]
    public async Task Every_spoiled_report_is_either_listed_or_loaded(int seed, int count)
    {
        var random = new Random(seed);
        var unfit = new[] { "\0", "\\ud800", "1e999", "-1", "null", "{", "[[[[", "\u00e9", "\"\\u0000\"", "9999999999999999999999", "\"x\"", "" };
        for (var i = 0; i < count; i++)
        {
            var text = (random.Next(2) == 0 ? SampleReports.Success($"db{i}") : SampleReports.Failed($"db{i}")).ToJsonString();
            var cut = random.Next(text.Length);
            text = random.Next(3) switch
            {
                0 => text[..cut],
                1 => text.Insert(cut, unfit[random.Next(unfit.Length)]),
                _ => text.Remove(cut, Math.Min(random.Next(1, 30), text.Length - cut)),
            };
            _bench.Write($"r{i}.json", (random.Next(8) == 0 ? Encoding.Unicode : Encoding.UTF8).GetBytes(text));
        }

        await _bench.ScanAsync();

        (await _bench.Database.AskAsync<long>("SELECT count(*) FROM report_file")).ShouldBe(count);
        var errors = await _bench.Database.AskAsync<long>("SELECT count(*) FROM report_file WHERE status = 'error' AND code <> '' AND reason <> ''");
        var loaded = await _bench.Database.AskAsync<long>("SELECT count(*) FROM report_file f JOIN db_backup_job j ON j.id = f.job_id WHERE f.status = 'loaded'");
        (errors + loaded).ShouldBe(count);
        errors.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void A_folder_of_reports_is_readable_without_a_database()
    {
        _bench.Write("a.json", SampleReports.Success());
        _bench.Write("b.json", "{"u8.ToArray());

        var reports = ReportFolder.ReadAll(_bench.Folder.Path).OrderBy(report => report.File.Path, StringComparer.Ordinal).ToList();

        reports.Count.ShouldBe(2);
        reports[0].Run!.Database.ShouldBe("orders");
        reports[0].Run!.ReportFile.ShouldBe(_bench.Folder.File("a.json"));
        reports[1].Error!.Code.ShouldBe("REPORT_NOT_JSON");
    }

    private async Task<IEnumerable<string>> ErrorsAsync() =>
        (await _bench.ErrorsAsync()).Select(error => $"{Path.GetFileName(error.File)} {error.Code}").Order(StringComparer.Ordinal);
}
