using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Persistence;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Tests.Persistence;
using Ops.Backup.Testing;

namespace Ops.Backup.Infrastructure.Tests.Reports;

/// <summary>A reports folder, a database, and nodes that scan the one into the other.</summary>
internal sealed class ScanBench : IAsyncDisposable
{
    /// <summary>Old enough not to be read again only because it is fresh.</summary>
    public static readonly DateTime Yesterday = DateTime.UtcNow.AddDays(-1);

    private ScanBench(TestDatabase database) => (Database, Files) = (database, new ReportFileStore(database.Sql, TestDatabase.Node("node-1")));

    public TestDatabase Database { get; }

    public ReportFileStore Files { get; }

    public TempFolder Folder { get; } = new("reports");

    public static async Task<ScanBench> CreateAsync(PostgresFixture postgres) => new(await TestDatabase.CreateAsync(postgres));

    /// <summary>A node's scanner, which knows nothing yet.</summary>
    public ReportScan Node(string name = "node-1") => new(
        new ReportedRunStore(Database.Sql, TimeProvider.System), new ReportFileStore(Database.Sql, TestDatabase.Node(name)), TimeProvider.System, NullLogger<ReportScan>.Instance);

    public Task ScanAsync(ReportScan? node = null) => (node ?? Node()).RunAsync([Folder.Path], CancellationToken.None);

    /// <param name="minutes">After yesterday: which version of the file this is.</param>
    public string Write(string name, byte[] content, int minutes = 0)
    {
        var path = Folder.File(name);
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, Yesterday.AddMinutes(minutes));
        return path;
    }

    public string Write(string name, JsonObject report, int minutes = 0) => Write(name, report.Bytes(), minutes);

    public async Task<IReadOnlyList<ReportError>> ErrorsAsync() => (await Files.ListAsync(1, 200, CancellationToken.None)).Items;

    public Task<long> CountAsync() => Database.AskAsync<long>("SELECT count(*) FROM db_backup_job");

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Folder.Dispose();
    }
}
