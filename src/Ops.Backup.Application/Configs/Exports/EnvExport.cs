using System.Globalization;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>The settings of the host script for a config. Passwords and keys are never among them.</summary>
internal static class EnvExport
{
    public static ConfigExport Of(ExportSubject subject)
    {
        var notes = HostScriptNotes.Of(subject, bySystemd: false, scheduled: false);
        var file = FileOf(subject, notes);
        return new ConfigExport("env", $"{subject.Slug}.env.backup", [file], notes, file.Content);
    }

    public static ExportedFile FileOf(ExportSubject subject, IReadOnlyList<string> notes)
    {
        var (config, source) = (subject.Config, subject.Source);
        List<string> lines =
        [
            $"# {subject.Title}",
            "# Settings of db_backup.sh. The file is parsed, never executed; db_backup.sh --check tries it.",
            .. CommentedNotes(notes),
            "",
            EnvText.Line("PG_HOST", source.Host),
            EnvText.Line("PG_PORT", source.PortText),
            EnvText.Line("PG_DATABASE", source.Database),
            EnvText.Line("PG_USER", source.User),
            .. Password(subject),
            "",
        ];
        lines.AddRange(HostScriptStores.Lines(subject));
        lines.Add(EnvText.Line("RETENTION_DAYS", HostScriptRetention.Days(subject).ToString(CultureInfo.InvariantCulture)));
        lines.Add(EnvText.Line("INCLUDE_GLOBALS", config.Spec.IncludeGlobals ? "true" : "false"));
        if (HostScriptNotes.GzipLevel(config.Spec.Compression) is { } level) lines.Add(EnvText.Line("BACKUP_COMPRESSION_LEVEL", level.ToString(CultureInfo.InvariantCulture)));
        if (config.Policy.TimeLimitSeconds is { } limit) lines.Add(EnvText.Line("BACKUP_TIMEOUT_SECONDS", limit.ToString(CultureInfo.InvariantCulture)));
        return new ExportedFile(subject.EnvPath, "0600", ExportSubject.User, string.Join('\n', lines) + "\n");
    }

    /// <summary>The notes as lines of a comment that begins with <c>#</c>.</summary>
    public static IEnumerable<string> CommentedNotes(IReadOnlyList<string> notes) =>
        notes.Count == 0 ? [] : ["#", "# What is otherwise than in the service:", .. notes.Select(note => $"#  - {ExportSubject.OneLine(note)}")];

    private static IEnumerable<string> Password(ExportSubject subject)
    {
        var source = subject.Source;
        if (source.EncryptedPassword is null) return ["# The service knows no password for it; if the server asks for one, name a passfile by PGPASSFILE."];
        // A socket's folder is compared otherwise than a host's name.
        var host = source.Host.StartsWith('/') || source.Host.StartsWith('@') ? "*" : source.Host;
        var entry = string.Join(':', new[] { host, source.PortText, source.Database, source.User }.Select(part => part.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(":", "\\:", StringComparison.Ordinal)));
        return
        [
            $"# The password stands in this passfile (mode 0600, owner {ExportSubject.User}), in one line:",
            $"#   {ExportSubject.OneLine(entry)}:<the password, with a \\ before each : and \\>",
            EnvText.Line("PGPASSFILE", subject.PassPath),
        ];
    }
}
