using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Verification;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>What is known of a backup by the name of its files holds as well where that name is a path.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PathTemplateRunTests(PostgresFixture postgres) : IAsyncLifetime, IDisposable
{
    private const string Template = "{storage_path}/{backup_type}/{yyyyMMdd_HHmmss}_{config_name}";
    private const string Base = "automatic/20261121_020000_nightly";
    private PipelineBench _bench = null!;

    public async Task InitializeAsync()
    {
        var database = await postgres.Cluster.CreateDatabaseAsync();
        await PostgresCluster.ExecuteAsync(database, "CREATE TABLE facts AS SELECT i AS id, md5(i::text) AS text FROM generate_series(1, 1000) i");
        _bench = new PipelineBench(database);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _bench.Dispose();

    public static TheoryData<string, BackupFormat, string, string> Dumps => new()
    {
        { Template + ".tar.gz", BackupFormat.Directory, "gzip:6", Base + ".tar.gz" },
        { Template + ".tar.zst", BackupFormat.Directory, "zstd:1", Base + ".tar.zst" },
        { Template + ".tar", BackupFormat.Directory, "gzip:6", Base + ".tar" },
        { Template, BackupFormat.Directory, "gzip:6", Base + ".tar" },
        { Template, BackupFormat.Custom, "gzip:6", Base + ".dump" },
        { Template + ".sql.gz", BackupFormat.Plain, "gzip:6", Base + ".sql.gz" },
        { "{config_name}/{yyyy}/{MM}/{dd}/{HHmmss}", BackupFormat.Plain, "none", "nightly/2026/11/21/020000.sql" },
    };

    [Theory]
    [MemberData(nameof(Dumps))]
    public async Task A_backup_lies_whole_at_the_path_in_every_store_is_read_back_and_goes_with_its_folders(string template, BackupFormat format, string compression, string dump)
    {
        _bench.Write("second/kept/other.dump");
        var job = await _bench.BackUpAsync(template, format, compression);

        string[] names = [dump, dump + ".sha256", job.BaseName + ".RESTORE.txt", job.BaseName + "_globals.sql", job.BaseName + ".json"];
        PipelineBench.Names(_bench.Data).ShouldBe(names, ignoreOrder: true);
        PipelineBench.Names(_bench.Second).ShouldBe([.. names, "kept/other.dump"], ignoreOrder: true);
        (job.LocalFile, job.Files[0].Name).ShouldBe((Path.Combine(_bench.Data, dump), dump));
        var folder = Path.GetDirectoryName(job.LocalFile)!;
        File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await PipelineBench.ShellAsync(folder, "sha256sum -c *.sha256")).ShouldContain($"{Path.GetFileName(dump)}: OK");
        (await _bench.Pipeline.VerifyAsync(job, CancellationToken.None)).ShouldSatisfyAllConditions(
            outcome => outcome.Passed.ShouldBeTrue(outcome.Result), outcome => outcome.Type.ShouldBe(VerificationType.IntegrityCheck));
        await using (var content = (await _bench.Files.OpenAsync(job, "second", CancellationToken.None)).Content) content.Length.ShouldBe(job.SizeBytes!.Value);
        (await _bench.Files.OpenAsync(job, null, CancellationToken.None)).FileName.ShouldBe(Path.GetFileName(dump));
        var report = ReportParser.Parse(await File.ReadAllBytesAsync(job.ReportFile!));
        (report.BaseName, report.LocalFile).ShouldBe((job.BaseName, job.LocalFile));
        report.Files.ShouldBe(job.Files);

        await _bench.Files.DeleteAsync(job, CancellationToken.None);
        PipelineBench.Names(_bench.Data).ShouldBeEmpty();
        PipelineBench.Names(_bench.Second).ShouldBe(["kept/other.dump"]);
    }

    [Fact]
    public async Task Stock_tar_opens_the_tar_gz_and_the_files_in_it_are_not_compressed_once_more()
    {
        var job = await _bench.BackUpAsync(Template + ".tar.gz", BackupFormat.Directory);
        var folder = Path.GetDirectoryName(job.LocalFile)!;

        await PipelineBench.ShellAsync(folder, "mkdir /tmp/$$ && trap 'rm -r /tmp/$$' EXIT && tar -xzf *.tar.gz -C /tmp/$$ && test -f /tmp/$$/toc.dat && ls /tmp/$$/*.dat && ! ls /tmp/$$/*.gz");
        (await File.ReadAllTextAsync(Path.Combine(folder, "20261121_020000_nightly.RESTORE.txt"))).ShouldContain("tar -xzf '20261121_020000_nightly.tar.gz' -C archive");
    }

    [Fact]
    public async Task Without_a_template_names_and_archives_are_what_they_were()
    {
        var job = await _bench.BackUpAsync(template: null, BackupFormat.Directory);
        job.BaseName!.ShouldMatch("^test_[0-9a-f]{12}_20261121T020000Z_db1$");
        job.Files[0].Name.ShouldBe(job.BaseName + ".tar");
        job.LogFile.ShouldBe(_bench.Folder.File("logs", job.BaseName + ".log"));
        (await PipelineBench.ShellAsync(_bench.Data, "tar -tf *.tar")).ShouldContain(".dat.gz");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(1)]
    public async Task A_spoilt_tar_gz_is_found_out_and_quarantined_where_it_lies(double share)
    {
        var job = await _bench.BackUpAsync(Template + ".tar.gz", BackupFormat.Directory);
        var bytes = await File.ReadAllBytesAsync(job.LocalFile!);
        // The last eight bytes are gzip's CRC-32 and length.
        if (share < 1) bytes = bytes[..(int)(bytes.Length * share)];
        else bytes[^6] ^= 1;
        await File.WriteAllBytesAsync(job.LocalFile!, bytes);

        var outcome = await _bench.Pipeline.VerifyAsync(job, CancellationToken.None);

        outcome.Passed.ShouldBeFalse(outcome.Result);
        job.Condemn(new BackupFailure("VERIFICATION_FAILED", outcome.Result), _bench.Pipeline.Quarantine(job), PipelineBench.Two.AddMinutes(2));
        job.LocalFile.ShouldBe(Path.Combine(_bench.Data, Base + ".tar.gz.corrupt"));
        File.Exists(job.LocalFile).ShouldBeTrue();
        PipelineBench.Names(_bench.Data).ShouldAllBe(name => name.StartsWith(Base, StringComparison.Ordinal) && (name.EndsWith(".corrupt", StringComparison.Ordinal) || name.EndsWith(".json", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_copy_is_repaired_and_what_a_neighbour_is_just_writing_stays()
    {
        var job = await _bench.BackUpAsync(Template);
        Directory.Delete(_bench.Second, recursive: true);
        string[] neighbours = [Base + "2.dump.partial", Base + ".eu.dump.partial", Base + "_globals_.sql.partial"];
        foreach (var name in neighbours) _bench.Write("second/" + name);
        _bench.Write("second/" + Base + ".dump.partial", "of an earlier try");
        var copy = job.Copy("second");
        job.Settle([StoredCopy.Failed(copy.StoreId, new BackupFailure("STORE_OBJECT_MISSING", "gone"))], PipelineBench.Two);

        var repaired = await _bench.Pipeline.RepairAsync(job, copy, CancellationToken.None);

        repaired.Failure.ShouldBeNull();
        PipelineBench.Names(_bench.Second).ShouldBe([.. job.Files.Select(file => file.Name), .. neighbours], ignoreOrder: true);
    }

    [Fact]
    public async Task What_a_dead_run_left_goes_with_its_folders_and_its_neighbours_stay()
    {
        var job = _bench.Planned(Template, BackupFormat.Directory);
        var flat = Path.GetFileNameWithoutExtension(job.LogFile!);
        string[] neighbours = [Base + ".eu.tar", Base + "2.tar.partial", Base + "_globals_.dump", "automatic/20261121_020001_nightly.tar", "manual/20261121_020000_nightly.tar"];
        foreach (var store in new[] { "data/", "second/" })
        {
            foreach (var name in neighbours) _bench.Write(store + name);
            foreach (var ending in new[] { ".tar.partial", ".tar", "_globals.sql", ".RESTORE.txt.partial" }) _bench.Write(store + Base + ending);
        }
        _bench.Write($"data/{flat}.folder.partial/toc.dat");
        _bench.Write($"data/{flat}.verify.partial/toc.dat");
        job.Fail(new BackupFailure("ABANDONED", "died"), PipelineBench.Two);

        (await _bench.Pipeline.CleanUpAsync(job, CancellationToken.None)).ShouldBeTrue();

        PipelineBench.Names(_bench.Data).ShouldBe(neighbours, ignoreOrder: true);
        PipelineBench.Names(_bench.Second).ShouldBe(neighbours, ignoreOrder: true);
    }

    [Fact]
    public async Task A_folder_on_the_way_that_is_a_link_is_refused_and_nothing_is_written_or_deleted_behind_it()
    {
        _bench.Write("elsewhere/20261121_020000_nightly.dump", "precious");
        foreach (var store in new[] { _bench.Data, _bench.Second })
        {
            Directory.CreateDirectory(store);
            Directory.CreateSymbolicLink(Path.Combine(store, "automatic"), _bench.Folder.File("elsewhere"));
        }
        var job = _bench.Planned(Template, BackupFormat.Directory);

        (await Should.ThrowAsync<BackupFailedException>(() => _bench.DumpAsync(job))).Message.ShouldContain("link");
        job.Fail(new BackupFailure("ALL_STORES_FAILED", "a link"), PipelineBench.Two);
        await Should.ThrowAsync<StoreException>(() => _bench.Pipeline.CleanUpAsync(job, CancellationToken.None));
        await Should.ThrowAsync<StoreException>(() => _bench.Pipeline.TakeBackAsync(job, CancellationToken.None));

        PipelineBench.Names(_bench.Folder.File("elsewhere")).ShouldBe(["20261121_020000_nightly.dump"]);
        PipelineBench.Names(_bench.Data).ShouldAllBe(name => name.StartsWith("automatic", StringComparison.Ordinal));
    }

    [Fact]
    public void Of_runs_that_would_have_one_path_or_one_flat_name_each_gets_a_second_of_its_own()
    {
        var first = _bench.Planned("a/{yyyyMMdd_HHmmss}", config: "x");
        var second = _bench.Planned("a/{yyyyMMdd_HHmmss}", config: "y");
        var third = _bench.Planned("a_{yyyyMMdd_HHmmss}", config: "z");
        _bench.Write("data/b/20261121_020000.dump");
        var fourth = _bench.Planned("b/{yyyyMMdd_HHmmss}");

        new[] { first, second, third, fourth }.Select(job => job.BaseName).ShouldBe(["a/20261121_020000", "a/20261121_020001", "a_20261121_020000", "b/20261121_020001"]);
        new[] { first, second, third, fourth }.SelectMany(job => new[] { Path.GetDirectoryName(job.LogFile), Path.GetDirectoryName(job.ReportFile) }).Distinct()
            .ShouldBe([_bench.Folder.File("logs"), _bench.Folder.File("reports")]);
    }
}
