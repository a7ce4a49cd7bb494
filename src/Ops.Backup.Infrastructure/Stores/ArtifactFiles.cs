using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>Reads and deletes what jobs left on this node. A path from a report is believed only under the configured folders.</summary>
public sealed class ArtifactFiles(IOptions<BackupOptions> options) : IArtifactFiles
{
    private const int MaxLogBytes = 256 * 1024;

    public string Locate(BackupJob job) =>
        job.LocalFile is { } file && RootedPath.TryResolve(options.Value.DataFolder, file) is { } path && File.Exists(path) ? path : throw BackupJobErrors.Elsewhere(job);

    public LogText ReadLog(BackupJob job, long fromByte)
    {
        if (job.LogFile is null && !job.IsFinished) return new LogText("", 0);
        if (job.LogFile is null || RootedPath.TryResolve(options.Value.LogFolder, job.LogFile) is not { } path || !File.Exists(path)) throw BackupJobErrors.Elsewhere(job);
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var start = file.Seek(Math.Clamp(fromByte, 0, file.Length), SeekOrigin.Begin);
        var bytes = new byte[Math.Min(MaxLogBytes, file.Length - file.Position)];
        var read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        // A page ends between two characters; what is left of one comes with the next page.
        read = WholeCharacters(bytes.AsSpan(0, read));
        return new LogText(Encoding.UTF8.GetString(bytes, 0, read), start + read);
    }

    public void Delete(BackupJob job)
    {
        var paths = job.Files.Select(file => file.Path).ToList();
        if (job.LocalFile is { } dump && !paths.Contains(dump)) paths.AddRange([dump, dump + ".sha256"]);
        var resolved = paths.ConvertAll(path => RootedPath.TryResolve(options.Value.DataFolder, path) ?? throw BackupJobErrors.Elsewhere(job));
        // Files that are on another node's disk are not ours to call gone.
        if (resolved.Count > 0 && !resolved.Exists(File.Exists) && IsOfAnotherNode(job)) throw BackupJobErrors.Elsewhere(job);
        foreach (var path in resolved) File.Delete(path);
        if (resolved.Count > 0) Durable.FlushFolder(options.Value.DataFolder);
        if (job.ReportFile is { } report && RootedPath.TryResolve(options.Value.ReportFolder, report) is { } reportPath && File.Exists(reportPath))
        {
            File.Delete(reportPath);
            Durable.FlushFolder(options.Value.ReportFolder);
        }
    }

    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        for (var last = bytes.Length - 1; last >= Math.Max(0, bytes.Length - 4); last--)
        {
            if ((bytes[last] & 0b1100_0000) == 0b1000_0000) continue;
            return Rune.DecodeFromUtf8(bytes[last..], out _, out _) == OperationStatus.NeedMoreData ? last : bytes.Length;
        }
        return bytes.Length;
    }

    private bool IsOfAnotherNode(BackupJob job) => job.Trigger is BackupTrigger.Reported || !Directory.Exists(options.Value.DataFolder) || job.Node is null;
}
