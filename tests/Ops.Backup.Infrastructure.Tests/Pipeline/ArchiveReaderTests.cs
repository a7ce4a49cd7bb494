using Microsoft.Extensions.Options;
using Moq;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>Archives as the pipeline stores them, whole and cut: only a full read tells one from the other.</summary>
[Collection(PostgresCollection.Name)]
public sealed class ArchiveReaderTests(PostgresFixture postgres) : IDisposable
{
    private readonly TempFolder _folder = new("archives");

    public void Dispose() => _folder.Dispose();

    public static TheoryData<BackupFormat, string, string> Archives() => new()
    {
        { BackupFormat.Custom, "a.dump", "pg_dump -Fc -Z6 -f OUT DB" },
        { BackupFormat.Custom, "a.dump.zst", "pg_dump -Fc -Z0 DB | zstd -q -1 > OUT" },
        { BackupFormat.Plain, "a.sql", "pg_dump -Fp -f OUT DB" },
        { BackupFormat.Plain, "a.sql.gz", "pg_dump -Fp -Z6 -f OUT DB" },
        { BackupFormat.Plain, "a.sql.zst", "pg_dump -Fp DB | zstd -q -1 > OUT" },
        { BackupFormat.Directory, "a.tar", "pg_dump -Fd -Z6 -f DIR DB; tar -cf OUT -C DIR ." },
        { BackupFormat.Directory, "a.tar.zst", "pg_dump -Fd -Z0 -f DIR DB; tar -cf - -C DIR . | zstd -q -1 > OUT" },
    };

    [Theory]
    [MemberData(nameof(Archives))]
    public async Task A_whole_archive_passes_and_the_same_cut_anywhere_fails(BackupFormat format, string name, string command)
    {
        var path = await MakeAsync(name, command);
        var whole = await File.ReadAllBytesAsync(path);
        (await ReadAsync(format, path)).ShouldSatisfyAllConditions(outcome => outcome.Passed.ShouldBeTrue(outcome.Result));
        foreach (var share in (double[])[0, 0.1, 0.5, 0.9])
        {
            await File.WriteAllBytesAsync(path, whole[..(int)(whole.Length * share)]);
            var outcome = await ReadAsync(format, path);
            outcome.Passed.ShouldBeFalse($"cut to {share:P0}");
            outcome.Result.ShouldNotBeEmpty();
        }
    }

    [Fact]
    public async Task An_archive_that_is_gone_fails()
    {
        (await ReadAsync(BackupFormat.Plain, _folder.File("nowhere.sql"))).Passed.ShouldBeFalse();
        (await ReadAsync(BackupFormat.Custom, _folder.File("nowhere.dump"))).Passed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_missing_pg_restore_says_nothing_of_the_archive_and_condemns_nothing()
    {
        var path = await MakeAsync("a.dump", "pg_dump -Fc -f OUT DB");
        Directory.CreateDirectory(_folder.File("empty"));
        await Should.ThrowAsync<BackupFailedException>(() => ReadAsync(BackupFormat.Custom, path, clients: _folder.File("empty")));
    }

    private async Task<string> MakeAsync(string name, string command)
    {
        var database = new NpgsqlConnectionStringBuilder(await postgres.Cluster.CreateDatabaseAsync()).Database!;
        await postgres.Cluster.LoadChinookAsync(database);
        var path = _folder.File(name);
        var script = command.Replace("OUT", path, StringComparison.Ordinal).Replace("DIR", _folder.File("dir"), StringComparison.Ordinal)
            .Replace("DB", $"-h 127.0.0.1 -p {postgres.Cluster.Port} -U ops_backup -w {database}", StringComparison.Ordinal);
        var made = await Tool.RunAsync(
            new ProcessSpec("/bin/bash", ["-o", "pipefail", "-ec", script])
            {
                Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PGPASSFILE"] = postgres.Cluster.PassFile },
            },
            null, CancellationToken.None);
        made.ExitCode.ShouldBe(0, made.Errors);
        return path;
    }

    private async Task<Domain.Verification.VerificationOutcome> ReadAsync(BackupFormat format, string path, string? clients = null)
    {
        var options = Options.Create(new BackupOptions { DataFolder = _folder.Path, ClientFolders = clients is null ? [] : [clients] });
        var job = BackupJob.FromReport(
            new ReportedRun
            {
                Database = "chinook",
                Host = "h",
                Port = "1",
                StartedAt = DateTimeOffset.UnixEpoch,
                FinishedAt = DateTimeOffset.UnixEpoch,
                DurationSeconds = 0,
                Mode = BackupMode.Local,
                Tool = "pg_dump",
                Status = BackupStatus.Success,
                Format = format,
                LocalFile = path,
            },
            DateTimeOffset.UnixEpoch);
        return await new ArchiveReader(options, new PgClients(options), Mock.Of<IArtifactFiles>(), TimeProvider.System).ReadAsync(job, CancellationToken.None);
    }
}
