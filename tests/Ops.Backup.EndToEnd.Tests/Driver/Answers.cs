using System.Net;
using System.Text.Json;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>An answer whose status is looked at by the test.</summary>
public sealed record Answer(HttpStatusCode Status, JsonElement? Body)
{
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    public string? Code => Text("code");

    public string? Field => Text("field");

    public T As<T>() => Body!.Value.Deserialize<T>(Web)!;

    public string? Text(string name) => Body is { ValueKind: JsonValueKind.Object } body && body.TryGetProperty(name, out var value) ? value.ToString() : null;
}

public sealed record Source(string Id, string Name, string Database, bool HasPassword);

public sealed record SourceTest(bool Ok, string? ErrorCode, string? Error, IReadOnlyList<string> MissingRights);

public sealed record BackupFile(string Role, string Name, string? Path, long SizeBytes, string Sha256);

public sealed record CopyOf(string Store, string Kind, string Status, string? Url, long? SizeBytes, string? Checksum, string? ErrorMessage, int Attempts)
{
    public string? ErrorCode => ErrorMessage?.Split(':')[0];
}

public sealed record Check(string Type, string Status, string Result);

/// <summary>A backup as the API shows it; only what the tests look at.</summary>
public sealed record BackupView(
    string Id, string Status, string? Phase, DateTimeOffset StartedAt, string? RetryOf, long? SizeBytes, string? LocalFile, string? Checksum,
    IReadOnlyList<BackupFile> Files, string? LogFile, string? ReportFile, string? Node, IReadOnlyList<Check> Verifications, string? ErrorMessage,
    IReadOnlyList<CopyOf> Copies, IReadOnlyList<string> Recipients, IReadOnlyList<string> RemoteUrls, string Mode,
    string Trigger, string? ConfigId, DateTimeOffset? ScheduledFor, int Attempt, string? RetriedBy, DateTimeOffset? RetryAt, long? DurationSeconds, string? Description, string? WaitingFor)
{
    public string? ErrorCode => ErrorMessage?.Split(':')[0];

    /// <summary>A SUCCESS has been read back too; one that could not be read is about to become FAILED.</summary>
    public bool HasEnded => Status is "FAILED" or "CANCELED" || (Status is "SUCCESS" && Verifications.Any(check => check.Status == "passed"));

    /// <summary>What the names of all its files begin with. A log has one flat name where that is a path.</summary>
    public string BaseName => Files.FirstOrDefault(file => file.Role == "instructions" && file.Name.Contains('/', StringComparison.Ordinal)) is { } instructions
        ? instructions.Name[..instructions.Name.IndexOf(".RESTORE.txt", StringComparison.Ordinal)] : Path.GetFileNameWithoutExtension(LogFile!);

    public CopyOf Copy(string store) => Copies.Single(copy => copy.Store == store);

    public BackupFile File(string role) => Files.Single(file => file.Role == role);

    public string ReadReport() => System.IO.File.ReadAllText(ReportFile!);

    /// <summary>The row and the report beside it say FAILED for this reason.</summary>
    public void ShouldHaveFailed(string code)
    {
        (Status, ErrorCode).ShouldBe(("FAILED", code), ErrorMessage);
        ShouldReport("FAILED", code);
    }

    /// <summary>Of a run that did not succeed only its log and its report remain.</summary>
    public void ShouldHaveLeftNothingIn(ServiceSetup setup)
    {
        setup.DataFiles().ShouldNotContain(name => name.StartsWith(BaseName, StringComparison.Ordinal));
        ServiceSetup.NamesIn(setup.ReportFolder).Where(name => name.StartsWith(BaseName, StringComparison.Ordinal)).ShouldBe([BaseName + ".json"]);
    }

    public void ShouldReport(string status, string? code)
    {
        using var report = JsonDocument.Parse(ReadReport());
        report.RootElement.GetProperty("status").GetString().ShouldBe(status);
        report.RootElement.GetProperty("errorMessage").GetString()?.Split(':')[0].ShouldBe(code);
    }
}

public sealed record JobLine(string Id, string? Node);

public sealed record NodeLine(string Name, string Role, int MaxConcurrent, int Running, bool Stopping, long ClockOffsetMilliseconds, bool Alive);

public sealed record Page(IReadOnlyList<JobLine> Items);

public sealed record Start(DateTimeOffset For, DateTimeOffset At);

/// <summary>A config as the API shows it; only what the tests look at.</summary>
public sealed record ConfigView(string Id, JsonElement Config, string? Cron, IReadOnlyList<Start> NextRuns, DateTimeOffset? LastRunAt, string? LastError);

public sealed record Board(IReadOnlyList<JobLine> Queued, IReadOnlyList<JobLine> Running, IReadOnlyList<JobLine> Failed, IReadOnlyList<NodeLine> Nodes);
