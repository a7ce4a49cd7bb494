namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>A backup of the big database that stands still half-way: its first bytes are in the data folder, and its pg_dump is stopped by SIGSTOP.</summary>
public static class HalfDump
{
    public static async Task<BackupView> StartAsync(RunningService service, string source, string format)
    {
        var id = (await service.Api.BackUpAsync(new { source, format, jobs = format == "directory" ? 3 : 1, compression = "gzip:9", includeGlobals = false })).Id;
        // Closely: on a busy machine the dump must not be through before it is noticed that it has begun.
        using var patience = new CancellationTokenSource(ServiceApi.Patience);
        while (PartialBytes(service.Setup.DataFolder) == 0) await Task.Delay(TimeSpan.FromMilliseconds(2), patience.Token);
        var dumps = Machine.DumpsOf(id);
        dumps.ShouldNotBeEmpty();
        await Machine.SignalAsync("STOP", dumps);
        var backup = await service.Api.GetAsync(id);
        backup.Status.ShouldBe("RUNNING", backup.ErrorMessage);
        return backup;
    }

    public static Task ResumeAsync(BackupView backup) => Machine.SignalAsync("CONT", Machine.DumpsOf(backup.Id));

    private static long PartialBytes(string folder) => !Directory.Exists(folder) ? 0 : new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => file.FullName.Contains(".partial", StringComparison.Ordinal)).Sum(file => file.Length);
}
