using System.Net;
using System.Security.Cryptography;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>A service of little patience that backs up to its disk and to an OSS server in which things go wrong.</summary>
public sealed class OssBackups(SourceServer server) : IAsyncLifetime, IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>More than any test uses up.</summary>
    public const int ForEver = 10_000;

    public OssServer Oss { get; private set; } = null!;

    public ServiceSetup Setup { get; private set; } = null!;

    public RunningService Service { get; set; } = null!;

    public ServiceApi Api => Service.Api;

    private string Database => Setup.Settings["ConnectionStrings__OpsBackup"];

    public static async Task<OssBackups> StartAsync(SourceServer server, int? diskMegabytes = null, int idleSeconds = 2)
    {
        var backups = new OssBackups(server);
        await backups.StartAsync(diskMegabytes, idleSeconds);
        return backups;
    }

    public Task InitializeAsync() => StartAsync(null, idleSeconds: 2);

    public void Heal()
    {
        Oss.Heal();
        Oss.ClockOffset = TimeSpan.Zero;
        Oss.BytesPerSecond = null;
    }

    /// <summary>The big database is dumped without compression: several parts, in little time.</summary>
    public Task<BackupView> BackUpAsync(string source = "big", string compression = "none") => Api.BackUpAsync(new { source, compression, includeGlobals = false });

    /// <summary>A backup whose copy in OSS fails for this reason, while the one on the disk is good.</summary>
    public async Task<BackupView> MissOssAsync(string code, string source = "big")
    {
        var failed = await Api.EndOfAsync((await BackUpAsync(source)).Id);
        failed.ShouldHaveFailed("COPY_FAILED");
        (failed.Copy("oss").Status, failed.Copy("oss").ErrorCode).ShouldBe(("failed", code), failed.ErrorMessage);
        failed.Copy("local").Status.ShouldBe("completed");
        await ShouldBeWholeAsync(failed, "local");
        return failed;
    }

    public Task<Answer> AskForRepairAsync(BackupView backup, string store) => Api.SendAsync(HttpMethod.Post, $"/api/backups/{backup.Id}/copies/{store}/repair");

    public async Task<BackupView> RepairAsync(BackupView backup, string store)
    {
        (await AskForRepairAsync(backup, store)).Status.ShouldBe(HttpStatusCode.Accepted);
        return await RepairedAsync(backup);
    }

    /// <summary>Follows a repair to SUCCESS; all reports must say so too.</summary>
    public async Task<BackupView> RepairedAsync(BackupView backup)
    {
        var repaired = await Poll.Until($"backup {backup.Id} is repaired", () => Api.GetAsync(backup.Id), seen => seen.Status == "SUCCESS" && seen.HasEnded, Patience);
        repaired.Copies.ShouldAllBe(copy => copy.Status == "completed");
        repaired.ShouldReport("SUCCESS", null);
        foreach (var bucket in repaired.Copies.Where(copy => copy.Kind == "oss").Select(copy => copy.Store))
            System.Text.Encoding.UTF8.GetString(await Oss.ContentAsync(bucket, AllStores.Prefix + backup.BaseName + ".json")).ShouldBe(repaired.ReadReport());
        return repaired;
    }

    public IReadOnlyList<string> KeysOf(BackupView backup) =>
        [.. Oss.Objects.Select(stored => stored.Key[AllStores.Prefix.Length..]).Where(name => name.StartsWith(backup.BaseName, StringComparison.Ordinal))];

    public async Task ShouldBeWholeAsync(BackupView backup, string store)
    {
        var bytes = await Api.Http.GetByteArrayAsync(new Uri($"/api/backups/{backup.Id}/download?store={store}", UriKind.Relative));
        Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe(backup.Checksum, store);
        using var folder = new TempFolder("whole");
        await File.WriteAllBytesAsync(folder.File("whole"), bytes);
        var unpack = backup.File("dump").Name.EndsWith(".zst", StringComparison.Ordinal) ? "zstd -dc" : "cat";
        var restore = Path.Combine(Path.GetDirectoryName(server.Cluster.Binaries.Psql)!, "pg_restore");
        await Machine.RunAsync("/bin/bash", "-o", "pipefail", "-c", $"{unpack} '{folder.File("whole")}' | '{restore}' --file=/dev/null");
    }

    /// <summary>No unfinished upload, no half-written file, no part on the disk.</summary>
    public void ShouldHaveLeftNothingHalf()
    {
        Oss.UnfinishedUploads.ShouldBeEmpty();
        Setup.DataFiles().ShouldNotContain(name => name.Contains(".partial", StringComparison.Ordinal));
        ServiceSetup.NamesIn(Path.Combine(Setup.ServiceFolder, "tmp")).ShouldNotContain(name => name.Contains("part-", StringComparison.Ordinal));
    }

    /// <summary>Changes rows as the passing of time would.</summary>
    public Task ExecuteAsync(string sql) => PostgresCluster.ExecuteAsync(Database, sql);

    /// <summary>The data folder as the service sees it, where that is a disk of its own.</summary>
    public string DiskOfService => $"/proc/{Service.ProcessId}/root{Setup.DataFolder}";

    public Task EnlargeDiskAsync()
    {
        string[] space = Environment.IsPrivilegedProcess ? ["-m"] : ["-U", "-m", "--preserve-credentials"];
        return Machine.RunAsync("/usr/bin/nsenter", ["-t", Service.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), .. space, "/usr/bin/mount", "-o", "remount,size=500m", Setup.DataFolder]);
    }

    public async Task RestartAsync()
    {
        await Service.DisposeAsync();
        Service = await RunningService.StartAsync(Setup);
    }

    public async Task DisposeAsync()
    {
        await Service.DisposeAsync();
        Setup.Dispose();
        await Oss.DisposeAsync();
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    private async Task StartAsync(int? diskMegabytes, int idleSeconds)
    {
        Oss = await OssServer.StartAsync();
        Setup = new ServiceSetup(await server.ServiceDatabaseAsync()) { DataDiskMegabytes = diskMegabytes }
            .With("Stores__IdleSeconds", idleSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture)).With("Stores__Attempts", "3");
        Service = await RunningService.StartAsync(Setup);
        (await Api.AddStoreAsync(StoreRequests.Oss(Oss))).Status.ShouldBe(HttpStatusCode.Created);
        await Api.AddSourceAsync(server.AsSource("big", await server.BigAsync()));
        await Api.AddSourceAsync(server.AsSource("chinook", await server.ChinookAsync()));
    }
}
