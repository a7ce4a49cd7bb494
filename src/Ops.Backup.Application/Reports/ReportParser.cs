using System.Globalization;
using System.Text.Json;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Reports;

/// <summary>Reads a report, as docs/report-format.md has it. Needs nothing but its bytes.</summary>
public static class ReportParser
{
    public const int SchemaVersion = 1;

    /// <exception cref="ReportRejectedException">It says what is wrong and where.</exception>
    public static ReportedRun Parse(ReadOnlyMemory<byte> report)
    {
        var json = ReportSyntax.Check(report);
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = ReportLimits.Depth + 1 });
        return Read(ReportFields.Root(document.RootElement));
    }

    private static ReportedRun Read(ReportFields root)
    {
        if (root.OptionalWhole("schemaVersion") is { } version && version != SchemaVersion)
            throw root.Refuse("SCHEMA_VERSION_UNKNOWN", "schemaVersion", $"This service reads version {SchemaVersion}.");
        root.Require("errorMessage", "local", "remote");
        var local = root.OptionalObject("local");
        var remote = root.OptionalObject("remote");
        var files = root.Objects("files", ReportLimits.Files);
        var run = new ReportedRun
        {
            Id = Id(root),
            Database = root.Text("database", ReportLimits.Name),
            Host = root.Text("host", ReportLimits.Name),
            Port = Port(root),
            StartedAt = root.Time("startedAt"),
            FinishedAt = root.Time("finishedAt"),
            DurationSeconds = root.OptionalCount("durationSeconds", "DURATION_NEGATIVE") ?? throw root.Missing("durationSeconds"),
            Mode = root.Word<BackupMode>("mode"),
            Tool = root.Text("tool", ReportLimits.Name),
            Status = Status(root),
            Error = root.OptionalText("errorMessage", ReportLimits.Error),
            Trigger = root.OptionalWord<BackupTrigger>("trigger") ?? BackupTrigger.Reported,
            Type = root.OptionalWord<BackupType>("type") ?? BackupType.Full,
            Method = root.OptionalWord<BackupMethod>("method") ?? BackupMethod.PgDump,
            Format = root.OptionalWord<BackupFormat>("format") ?? BackupFormat.Custom,
            Compression = CompressionOf(root),
            Description = root.OptionalText("description", ReportLimits.Description),
            ServerVersion = root.OptionalText("serverVersion", ReportLimits.Name),
            ClientVersion = root.OptionalText("clientVersion", ReportLimits.Name),
            Node = root.OptionalText("node", ReportLimits.Name),
            LogFile = root.OptionalPath("logFile"),
            LocalFile = local?.OptionalPath("file"),
            SizeBytes = local?.OptionalCount("sizeBytes", "SIZE_NEGATIVE"),
            Checksum = local?.OptionalSha256("checksumSha256"),
            RemoteUrls = remote?.Texts("urls", ReportLimits.Urls) ?? [],
            Files = [.. files.Select(FileOf)],
            BaseName = root.OptionalRelativePath("baseName"),
            Recipients = root.Texts("recipients", ReportLimits.Files),
            Copies = [.. root.Objects("copies", ReportLimits.Files).Select(CopyOf).Where(copy => copy.Status is not CopyStatus.Deleting)],
        };
        if (run.FinishedAt < run.StartedAt) throw root.Refuse(BackupJobErrors.EndsBeforeItStarts().Code, "finishedAt", "The run ends before it starts.");
        if (run.Status is BackupStatus.Success) CheckSuccess(run, root, local, remote);
        var globals = local?.OptionalPath("globalsFile");
        var knownGlobals = run.Files.Any(file => file.Role is FileRole.Globals && string.Equals(file.Path, globals, StringComparison.Ordinal));
        return run with { Extra = ReportExtra.Collect(root, local, remote, files, knownGlobals ? null : globals) };
    }

    // A success has to say what was made and where, or nobody could restore it.
    private static void CheckSuccess(ReportedRun run, ReportFields root, ReportFields? local, ReportFields? remote)
    {
        if (run.Mode is not BackupMode.Oss && local is null) throw root.Missing("local");
        if (run.Mode is not BackupMode.Oss && run.LocalFile is null) throw local!.Missing("file");
        if (local is not null && run.SizeBytes is null) throw local.Missing("sizeBytes");
        if (local is not null && run.Checksum is null) throw local.Missing("checksumSha256");
        if (run.Mode is not BackupMode.Local && run.RemoteUrls.Count == 0) throw remote?.Missing("urls") ?? root.Missing("remote");
    }

    private static string? Id(ReportFields root)
    {
        var id = root.OptionalText("id", 36);
        return id is null || id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-')
            ? id
            : throw root.Refuse("ID_INVALID", "id", "An id has 1 to 36 letters, digits and '-'.");
    }

    private static string Port(ReportFields root)
    {
        var port = root.Text("port", ReportLimits.Name);
        return ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? port
            : throw root.Refuse("PORT_OUT_OF_RANGE", "port", "A port is the text of a number from 1 to 65535.");
    }

    // S2's two words, which every reader of reports knows; our own third one stands in a key that only we read.
    private static BackupStatus Status(ReportFields root)
    {
        var status = root.Word<BackupStatus>("status");
        if (status is not (BackupStatus.Success or BackupStatus.Failed))
            throw root.Refuse("WORD_UNKNOWN", "status", "A report is of a finished run: status is SUCCESS or FAILED.");
        var state = root.OptionalWord<BackupStatus>("state") ?? status;
        return state == status || (status, state) is (BackupStatus.Failed, BackupStatus.Canceled)
            ? state
            : throw root.Refuse("STATE_CONTRADICTS", "state", $"state is {Words.Of(state)} where status is {Words.Of(status)}.");
    }

    private static Compression CompressionOf(ReportFields root)
    {
        try
        {
            return Compression.Parse(root.OptionalText("compression", ReportLimits.Name) ?? "gzip:9");
        }
        catch (InvalidValueException e)
        {
            throw root.Refuse(e.Code, "compression", e.Message);
        }
    }

    private static ArtifactFile FileOf(ReportFields file)
    {
        var name = file.OptionalRelativePath("name") ?? throw file.Missing("name");
        return new ArtifactFile(
            file.Word<FileRole>("role"), name, file.OptionalPath("path"),
            file.OptionalCount("sizeBytes", "SIZE_NEGATIVE") ?? throw file.Missing("sizeBytes"), file.OptionalSha256("sha256") ?? throw file.Missing("sha256"));
    }

    private static ReportedCopy CopyOf(ReportFields copy) => new(
        copy.Text("store", ReportLimits.Name), copy.Word<StoreKind>("kind"), copy.OptionalText("node", ReportLimits.Name), copy.Word<CopyStatus>("status"),
        copy.OptionalText("url", ReportLimits.Path), copy.OptionalCount("sizeBytes", "SIZE_NEGATIVE"), copy.OptionalText("checksum", ReportLimits.Name),
        copy.OptionalText("errorMessage", ReportLimits.Error));
}
