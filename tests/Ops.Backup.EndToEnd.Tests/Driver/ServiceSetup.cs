namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>A service's settings and folders; the folders outlive the service, so that it can be started again on them.</summary>
public sealed class ServiceSetup : IDisposable
{
    private readonly TempFolder _folder = new("service");
    private readonly Dictionary<string, string> _settings = new(StringComparer.Ordinal);

    /// <param name="connectionString">The service's database; null for the embedded PostgreSQL.</param>
    public ServiceSetup(string? connectionString = null)
    {
        With("Service__DataFolder", ServiceFolder).With("Backup__DataFolder", DataFolder)
            .With("Backup__ReportFolder", ReportFolder).With("Backup__LogFolder", LogFolder);
        if (connectionString is not null) With("ConnectionStrings__OpsBackup", connectionString);
    }

    public string ServiceFolder => _folder.File("service");

    public string DataFolder => _folder.File("data");

    public string ReportFolder => _folder.File("reports");

    public string LogFolder => _folder.File("logs");

    /// <summary>When set, the data folder is a disk of its own with so many megabytes, seen by the service only.</summary>
    public int? DataDiskMegabytes { get; init; }

    public IReadOnlyDictionary<string, string> Settings => _settings;

    public ServiceSetup With(string key, string value)
    {
        _settings[key] = value;
        return this;
    }

    /// <summary>Its wall clock is so many seconds ahead; what measures durations is not touched.</summary>
    public ServiceSetup WithClock(int secondsAhead) => With("LD_PRELOAD", Machine.FakeTimeLibrary()).With("FAKETIME", FormattableString.Invariant($"{secondsAhead:+0;-0}s"))
        .With("FAKETIME_DONT_FAKE_MONOTONIC", "1").With("DONT_FAKE_MONOTONIC", "1");

    /// <summary>Names of everything in the data folder, sorted.</summary>
    public IReadOnlyList<string> DataFiles() => NamesIn(DataFolder);

    public static IReadOnlyList<string> NamesIn(string folder) => Directory.Exists(folder)
        ? [.. new DirectoryInfo(folder).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Select(entry => Path.GetRelativePath(folder, entry.FullName)).Order(StringComparer.Ordinal)]
        : [];

    public void Dispose()
    {
        // A test that failed half-way may have left a pg_dump that it had stopped; its passfile is under the folder.
        foreach (var id in Machine.ProcessesWith(_folder.Path + "/")) Machine.Kill(id);
        _folder.Dispose();
    }
}
