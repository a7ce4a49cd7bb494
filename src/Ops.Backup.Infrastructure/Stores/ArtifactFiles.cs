using System.Buffers;
using System.Text;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Reports;

namespace Ops.Backup.Infrastructure.Stores;

/// <summary>Reads and deletes what jobs left. A local path from a report is believed only under the configured folders.</summary>
internal sealed class ArtifactFiles(IOptions<BackupOptions> options, JobStores stores) : IArtifactFiles
{
    private const int MaxLogBytes = 256 * 1024;

    public async Task<ArtifactContent> OpenAsync(BackupJob job, string? store, CancellationToken cancellationToken)
    {
        if (job.Copies.Count == 0)
        {
            // A host script's run, or one from before there were stores.
            var path = job.LocalFile is { } file && RootedPath.TryResolve(options.Value.DataFolder, file) is { } rooted && File.Exists(rooted) ? rooted : throw BackupJobErrors.Elsewhere(job);
            return new ArtifactContent(File.OpenRead(path), Path.GetFileName(path), new DateTimeOffset(File.GetLastWriteTimeUtc(path)));
        }
        var name = NameOfDump(job);
        foreach (var copy in Candidates(job, store))
        {
            var open = await stores.OpenAsync(copy, cancellationToken);
            try
            {
                if (await open.Files.FindAsync(name, cancellationToken) is { } found) return new ArtifactContent(new StoreStream(open, name, found.SizeBytes), Path.GetFileName(name), found.ModifiedAt);
            }
            catch (StoreException) when (store is null)
            {
                // The next copy may be within reach.
            }
            catch
            {
                open.Dispose();
                throw;
            }
            open.Dispose();
        }
        throw BackupJobErrors.Elsewhere(job);
    }

    public async Task<ArtifactContent> OpenDecryptedAsync(BackupJob job, string? store, CancellationToken cancellationToken)
    {
        var identity = options.Value.AgeIdentityFile ?? throw BackupJobErrors.NoIdentity(job);
        var sealedContent = await OpenAsync(job, store, cancellationToken);
        try
        {
            return sealedContent with { Content = await DecryptedStream.OpenAsync(sealedContent.Content, identity, cancellationToken), FileName = Age.Opened(sealedContent.FileName) };
        }
        catch (BackupFailedException e) when (e.Failure.Code is Age.NoIdentityCode)
        {
            throw BackupJobErrors.NoIdentity(job);
        }
    }

    public async Task<Uri?> PresignAsync(BackupJob job, string? store, TimeSpan validFor, CancellationToken cancellationToken)
    {
        foreach (var copy in Candidates(job, store))
        {
            using var open = await stores.OpenAsync(copy, cancellationToken);
            if (open.Files.Presign(NameOfDump(job), validFor) is { } url) return url;
        }
        return null;
    }

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

    public async Task DeleteAsync(BackupJob job, CancellationToken cancellationToken)
    {
        if (job.Copies.Count == 0) DeleteLocal(job);
        // All or nothing where that can be known before: a disk that is another node's is not ours to call empty.
        if (job.Copies.Any(copy => copy.Status is (CopyStatus.Completed or CopyStatus.Deleting) && !stores.Reaches(copy))) throw BackupJobErrors.Elsewhere(job);
        foreach (var copy in job.Copies.Where(copy => stores.Reaches(copy) && !JobStores.IsTaken(copy)))
        {
            using var store = await stores.OpenAsync(copy, cancellationToken);
            foreach (var file in job.Files.OrderByDescending(file => file.Role is FileRole.Dump)) await store.Files.DeleteAsync(file.Name, cancellationToken);
            if (job.BaseName is not null) await store.Files.DeleteAsync(job.BaseName + ReportWriter.Extension, cancellationToken);
        }
        DeleteReport(job);
    }

    private void DeleteLocal(BackupJob job)
    {
        var paths = job.Files.Select(file => file.Path).OfType<string>().ToList();
        if (job.LocalFile is { } dump && !paths.Contains(dump)) paths.AddRange([dump, dump + ".sha256"]);
        var resolved = paths.ConvertAll(path => RootedPath.TryResolve(options.Value.DataFolder, path) ?? throw BackupJobErrors.Elsewhere(job));
        // Files that are on another node's disk are not ours to call gone.
        if (resolved.Count > 0 && !resolved.Exists(File.Exists) && IsOfAnotherNode(job)) throw BackupJobErrors.Elsewhere(job);
        foreach (var path in resolved.Where(File.Exists)) File.Delete(path);
        foreach (var folder in resolved.Select(path => Path.GetDirectoryName(path)!).Distinct(StringComparer.Ordinal).Where(Directory.Exists)) Durable.FlushFolder(folder);
    }

    private void DeleteReport(BackupJob job)
    {
        if (job.ReportFile is not { } report || RootedPath.TryResolve(options.Value.ReportFolder, report) is not { } path || !File.Exists(path)) return;
        File.Delete(path);
        Durable.FlushFolder(options.Value.ReportFolder);
    }

    private IEnumerable<BackupCopy> Candidates(BackupJob job, string? store)
    {
        if (store is null) return stores.Readable(job);
        var copy = job.Copy(store);
        return copy.Status is CopyStatus.Completed && stores.Reaches(copy) ? [copy] : throw BackupJobErrors.Elsewhere(job);
    }

    private static string NameOfDump(BackupJob job) => job.Files.FirstOrDefault(file => file.Role is FileRole.Dump)?.Name ?? throw BackupJobErrors.NoArtifact(job);

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
