using System.Security.Cryptography;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Stores;

/// <summary>A backup's dump as it is called in stores: told by its report, or by the paths and addresses that a host script's report has.</summary>
internal static class StoredDump
{
    private const int ReadBytes = 128 * 1024;
    private const string ChecksumEnding = ".sha256";

    /// <summary>Null when its size or its SHA-256 is not known: then nothing shows that a file is it.</summary>
    public static ArtifactFile? Of(BackupJob job)
    {
        if (job.Files.Count > 0) return job.Files.FirstOrDefault(file => file.Role is FileRole.Dump);
        var name = job.RemoteUrls.Prepend(job.LocalFile).OfType<string>().Select(FileName).FirstOrDefault(IsDump);
        return name is not null && job is { SizeBytes: { } size, Checksum: { } sha256 } ? new ArtifactFile(FileRole.Dump, name, null, size, sha256) : null;
    }

    public static string FileName(string pathOrUrl) => pathOrUrl[(pathOrUrl.LastIndexOf('/') + 1)..];

    /// <summary>What host scripts write beside a dump.</summary>
    public static IEnumerable<(FileRole Role, string Name)> Beside(string dump) =>
        [(FileRole.Checksum, dump + ChecksumEnding), (FileRole.Globals, Path.GetFileNameWithoutExtension(dump) + "_globals.sql")];

    /// <summary>Reads the whole file.</summary>
    public static async Task<string> Sha256Async(IArtifactStore store, string name, CancellationToken cancellationToken)
    {
        await using var content = await store.ReadAsync(name, 0, null, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[ReadBytes];
        while (await content.ReadAsync(buffer, cancellationToken) is var read and > 0) hash.AppendData(buffer, 0, read);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static bool IsDump(string name) =>
        name.Length > 0 && !name.EndsWith(ChecksumEnding, StringComparison.Ordinal) && !name.EndsWith(".json", StringComparison.Ordinal)
        && !name.EndsWith(".txt", StringComparison.Ordinal) && !name.Contains("_globals.", StringComparison.Ordinal);
}
