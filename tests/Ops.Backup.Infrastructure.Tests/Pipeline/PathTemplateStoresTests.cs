using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Domain.Verification;
using Ops.Backup.Testing;
using Ops.Backup.Testing.Oss;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>A path is the same in a bucket, in an rclone remote and on a disk.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PathTemplateStoresTests(PostgresFixture postgres) : IAsyncLifetime, IDisposable
{
    private const string Prefix = "postgres/backups/";
    private readonly TempFolder _keys = new("keys");
    private OssServer _oss = null!;
    private RcloneServer _dav = null!;
    private PipelineBench _bench = null!;

    public async Task InitializeAsync()
    {
        _oss = await OssServer.StartAsync();
        _oss.AddBucket("bucket");
        _dav = await RcloneServer.StartAsync("webdav");
        await Linux.RunAsync("/usr/bin/age-keygen", "-o", _keys.File("KEY.txt"));
        var recipient = (await File.ReadAllLinesAsync(_keys.File("KEY.txt"))).First(line => line.Contains("public key", StringComparison.Ordinal)).Split(' ')[^1];
        var database = await postgres.Cluster.CreateDatabaseAsync();
        await PostgresCluster.ExecuteAsync(database, "CREATE TABLE facts AS SELECT i AS id FROM generate_series(1, 100) i");
        var oss = new OssSettings("bucket", $"http://127.0.0.1:{_oss.Port}", _oss.Region, Addressing: Addressing.Path);
        _bench = new PipelineBench(
            database, _keys.File("KEY.txt"),
            PipelineBench.Stored("oss", oss, new StoreCredentials(_oss.AccessKeyId, _oss.AccessKeySecret), recipient),
            PipelineBench.Stored("dav", new RcloneSettings("dav"), new StoreCredentials(RcloneConfig: await _dav.ConfigAsync("dav"))));
    }

    public async Task DisposeAsync()
    {
        await _oss.DisposeAsync();
        await _dav.DisposeAsync();
    }

    public void Dispose()
    {
        _bench.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task An_encrypted_tar_gz_lies_at_its_path_everywhere_is_read_back_repaired_linked_and_deleted()
    {
        var job = await _bench.BackUpAsync("{storage_path}/{backup_type}/{config_name}/{yyyyMMdd_HHmmss}.tar.gz", BackupFormat.Directory, config: "夜间 1");

        var folder = "automatic/夜间_1-" + job.BaseName!.Split('/')[1].Split('-')[^1];
        job.BaseName.ShouldBe(folder + "/20261121_020000");
        string[] names = [.. new[] { ".tar.gz.age", "_globals.sql.age", ".tar.gz.age.sha256", ".RESTORE.txt", ".json" }.Select(ending => job.BaseName + ending)];
        PipelineBench.Names(_bench.Second).ShouldBe(names, ignoreOrder: true);
        Keys().ShouldBe(names, ignoreOrder: true);
        PipelineBench.Names(_dav.Folder.File(Prefix)).ShouldBe(names, ignoreOrder: true);
        job.RemoteUrls.ShouldContain($"oss://bucket/{Prefix}{names[0]}");
        // As the instructions beside it say.
        await PipelineBench.ShellAsync(_keys.Path, $"age --decrypt --identity=KEY.txt '{job.LocalFile}' | tar -xzf - && test -f toc.dat");

        // From a bucket alone.
        Directory.Delete(Path.Combine(_bench.Data, "automatic"), recursive: true);
        Directory.Delete(Path.Combine(_bench.Second, "automatic"), recursive: true);
        (await _bench.Pipeline.VerifyAsync(job, CancellationToken.None)).ShouldSatisfyAllConditions(
            outcome => outcome.Passed.ShouldBeTrue(outcome.Result), outcome => outcome.Type.ShouldBe(VerificationType.IntegrityCheck));
        using var anybody = new HttpClient();
        using var answer = await anybody.GetAsync(await _bench.Files.PresignAsync(job, "oss", TimeSpan.FromMinutes(1), CancellationToken.None));
        answer.Content.Headers.ContentLength.ShouldBe(job.SizeBytes);
        foreach (var name in new[] { "first", "second" })
        {
            var copy = job.Copy(name);
            job.Settle([StoredCopy.Failed(copy.StoreId, new BackupFailure("STORE_OBJECT_MISSING", "gone"))], PipelineBench.Two);
            var repaired = await _bench.Pipeline.RepairAsync(job, copy, CancellationToken.None);
            repaired.Failure.ShouldBeNull();
            job.Settle([repaired], PipelineBench.Two);
        }
        File.Exists(job.LocalFile).ShouldBeTrue();

        await _bench.Files.DeleteAsync(job, CancellationToken.None);
        Keys().ShouldBeEmpty();
        Directory.EnumerateFiles(_dav.Folder.Path, "*", SearchOption.AllDirectories).ShouldBeEmpty();
        PipelineBench.Names(_bench.Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_run_that_is_taken_back_leaves_its_neighbours_in_buckets_and_remotes()
    {
        var job = await _bench.BackUpAsync("{yyyyMMdd}/{HHmmss}_{config_name}", config: "a");
        var neighbour = await _bench.BackUpAsync("{yyyyMMdd}/{HHmmss}_{config_name}", config: "a.eu");

        await _bench.Pipeline.TakeBackAsync(job, CancellationToken.None);

        string[] names = [.. neighbour.Files.Select(file => file.Name), neighbour.BaseName + ".json"];
        Keys().ShouldBe(names, ignoreOrder: true);
        PipelineBench.Names(_dav.Folder.File(Prefix)).ShouldBe(names, ignoreOrder: true);
        PipelineBench.Names(_bench.Data).ShouldBe(names, ignoreOrder: true);
    }

    private IEnumerable<string> Keys() => _oss.Objects.Select(stored => stored.Key[Prefix.Length..]);
}
