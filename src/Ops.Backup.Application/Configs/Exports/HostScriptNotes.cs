using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>Everything of a config that the host script does otherwise or not at all; nothing of it is dropped in silence.</summary>
internal static class HostScriptNotes
{
    /// <exception cref="ConflictException">The script would put something else into the backup than the config asks for.</exception>
    public static IReadOnlyList<string> Of(ExportSubject subject, bool bySystemd, bool scheduled)
    {
        var config = subject.Config;
        if (config.Spec.Type is not BackupType.Full) throw ConfigErrors.ExportNotPossible(config, $"it makes {Words.Of(config.Spec.Type)} backups, and the host script full ones only.");
        return [.. General(config), .. Encryption(subject), .. Made(config.Spec), .. HostScriptStores.Notes(subject), .. HostScriptRetention.Notes(subject), .. Runs(config), .. scheduled ? Starts(config, bySystemd) : []];
    }

    /// <summary>The script compresses by gzip; null for its own level.</summary>
    public static int? GzipLevel(Compression compression) => compression.Kind switch { CompressionKind.None => 0, CompressionKind.Gzip => compression.Level, _ => null };

    private static IEnumerable<string> General(BackupConfig config)
    {
        if (!config.Enabled) yield return "the config is disabled in the service.";
        else if (config.Schedule is not null) yield return "the config is enabled in the service: disable it there once this runs, or both make backups.";
    }

    private static IEnumerable<string> Encryption(ExportSubject subject)
    {
        if (subject.Config.Recipients.Count > 0 || subject.Stores.Any(store => store.Recipients.Count > 0))
            yield return "ENCRYPTION: the config encrypts its backups and the script does not; they lie in the clear, here and in the remote store.";
    }

    private static IEnumerable<string> Made(BackupSpec spec)
    {
        if (spec.Format is not BackupFormat.Custom) yield return $"format: the script makes the custom format, not {Words.Of(spec.Format)}.";
        if (spec.Jobs > 1) yield return $"jobs: the script dumps by one connection, not {spec.Jobs}.";
        if (spec.Compression.Kind is CompressionKind.Zstd) yield return $"compression: the script compresses by gzip (BACKUP_COMPRESSION_LEVEL, 9 by default), not {spec.Compression}.";
    }

    private static IEnumerable<string> Runs(BackupConfig config)
    {
        var policy = config.Policy;
        if (policy.Retries > 0) yield return $"retries: a failed run is not tried again ({policy.Retries} times in the service); only uploads are.";
        if (policy.Priority != 0) yield return $"priority {policy.Priority} means nothing on one host.";
        if (policy.Node is { } node) yield return $"node: in the service only {node} may run it; install it there or on a like host.";
        if (policy.Label is { } label) yield return $"label: in the service only nodes with the label {label} run it.";
        if (config.PathTemplate is { } path) yield return $"pathTemplate: files have the script's own names, not {path}.";
        if (!string.Equals(config.Description.Text, DescriptionTemplate.DefaultText, StringComparison.Ordinal)) yield return "descriptionTemplate: reports of the script have no description.";
    }

    private static IEnumerable<string> Starts(BackupConfig config, bool bySystemd)
    {
        if (config.Schedule is not { } schedule) yield break;
        foreach (var window in schedule.Windows.Select(WindowForm.Of))
            yield return $"windows: nothing keeps it out of {string.Join(", ", window.Days!)} {window.From} to {window.To}; choose a time outside.";
        if (schedule.WhenBusy is WhenBusy.Wait) yield return "whenBusy: a run that meets another of this database ends with exit code 3, it does not wait.";
        if (schedule.RunMissed && !bySystemd) yield return "runMissed: what was missed while the host was down is not made up for.";
    }
}
