using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Verification;
using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>
/// Reads a stored archive to its last byte with the stock tool. <c>pg_restore -l</c> would pass a truncated one; only writing
/// everything out (to nowhere) notices.
/// </summary>
internal sealed class ArchiveReader(IOptions<BackupOptions> options, PgClients clients, IArtifactFiles files, TimeProvider time)
{
    private const int TailBytes = 4096;
    private const int InputOutputError = 5;
    private const int Signalled = 128;

    /// <summary>Reads it; what keeps it from being read here (a missing tool, a full disk, the time) is thrown and says nothing of the archive.</summary>
    /// <exception cref="TimeoutException">It took longer than a backup may.</exception>
    /// <exception cref="BackupFailedException">It could not be tried here.</exception>
    public async Task<VerificationOutcome> ReadAsync(BackupJob job, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Value.TimeLimitSeconds));
        try
        {
            return await ReadWholeAsync(job, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The archive of backup {job.Id} was not read within {options.Value.TimeLimitSeconds} s.", e);
        }
    }

    private async Task<VerificationOutcome> ReadWholeAsync(BackupJob job, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var type = job.Recipients.Count > 0 && options.Value.AgeIdentityFile is null ? VerificationType.Checksum : VerificationType.IntegrityCheck;
        string? fault;
        try
        {
            fault = type is VerificationType.Checksum ? await HashAsync(job, cancellationToken)
                : IsPlainLocal(job) ? await ReadLocalAsync(job, job.LocalFile!, cancellationToken) : await ReadStreamAsync(job, cancellationToken);
        }
        catch (BackupFailedException e) when (e.Failure.Code is Age.NoIdentityCode)
        {
            (type, fault) = (VerificationType.Checksum, await HashAsync(job, cancellationToken));
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException || e.HResult == InputOutputError)
        {
            fault = e.Message;
        }
        var took = Stopwatch.GetElapsedTime(start);
        var result = fault ?? Passed(type, job.Format);
        if (job.LogFile is { } path && Directory.Exists(Path.GetDirectoryName(path)))
        {
            using var log = new RunLog(path, time, secret: null);
            log.Write($"{Words.Of(type)} {(fault is null ? "passed" : "failed")} in {took.TotalSeconds:0.0} s: {result}");
        }
        return new VerificationOutcome(type, fault is null, result, took);
    }

    private static string Passed(VerificationType type, BackupFormat format) => (type, format) switch
    {
        (VerificationType.Checksum, _) => "Read back whole, with the SHA-256 of what was written. It is encrypted, and nothing here opens it.",
        (_, BackupFormat.Plain) => "Unpacked and read to pg_dump's last line.",
        _ => "pg_restore read the whole archive.",
    };

    private static bool IsPlainLocal(BackupJob job) => job.LocalFile is not null && job.Recipients.Count == 0;

    private async Task<string?> HashAsync(BackupJob job, CancellationToken cancellationToken)
    {
        await using var content = (await files.OpenAsync(job, store: null, cancellationToken)).Content;
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        return string.Equals(found, job.Checksum, StringComparison.Ordinal) ? null : $"The stored file has SHA-256 {found} instead of {job.Checksum}.";
    }

    private Task<string?> ReadLocalAsync(BackupJob job, string path, CancellationToken cancellationToken) => job.Format switch
    {
        BackupFormat.Custom => ReadCustomAsync(path, cancellationToken),
        BackupFormat.Directory => ReadUnpackedAsync(job, folder => UnpackTarAsync(path, folder, cancellationToken), cancellationToken),
        _ => ReadPlainAsync(path, cancellationToken),
    };

    // What lies in a remote store, or is encrypted, passes through: the bytes in the clear never touch the disk, but for the
    // directory format, which pg_restore reads from a folder only.
    private async Task<string?> ReadStreamAsync(BackupJob job, CancellationToken cancellationToken)
    {
        var opened = await files.OpenAsync(job, store: null, cancellationToken);
        await using var content = opened.Content;
        List<ProcessSpec> programs = [];
        if (job.Recipients.Count > 0) programs.Add(Age.Decrypt(options.Value.AgeIdentityFile!));
        var name = Age.Opened(opened.FileName);
        if (job.Format is BackupFormat.Directory)
            return await ReadUnpackedAsync(job, folder => RunAsync([.. programs, Tar(name, "-", folder)], new TailBuffer(0), cancellationToken, content), cancellationToken);
        if (Unpacker(name) is { } unpacker) programs.Add(unpacker with { Arguments = ["-d", "-c"] });
        if (job.Format is BackupFormat.Custom)
        {
            var client = await clients.NewestAsync(cancellationToken);
            return await RunAsync([.. programs, new ProcessSpec(client.Restore, ["--file=/dev/null"])], new TailBuffer(0), cancellationToken, content);
        }
        var tail = new TailBuffer(TailBytes);
        if (programs.Count == 0) programs.Add(new ProcessSpec("/usr/bin/cat", []));
        return await RunAsync(programs, tail, cancellationToken, content) ?? ClosingLine(tail);
    }

    private async Task<string?> ReadCustomAsync(string path, CancellationToken cancellationToken)
    {
        var client = await clients.NewestAsync(cancellationToken);
        return Unpacker(path) is { } unpacker
            ? await RunAsync([unpacker, new ProcessSpec(client.Restore, ["--file=/dev/null"])], new TailBuffer(0), cancellationToken)
            : await RunAsync([new ProcessSpec(client.Restore, ["--file=/dev/null", "--", path])], new TailBuffer(0), cancellationToken);
    }

    private async Task<string?> ReadUnpackedAsync(BackupJob job, Func<string, Task<string?>> unpack, CancellationToken cancellationToken)
    {
        var client = await clients.NewestAsync(cancellationToken);
        // Beside the artifacts, because there is room for it: pg_dump's own folder was there a moment ago.
        var folder = LocalArtifact.UnpackedFolder(options.Value.DataFolder, job.BaseName ?? job.Id);
        try
        {
            Directory.CreateDirectory(folder);
            return await unpack(folder)
                ?? await RunAsync([new ProcessSpec(client.Restore, ["--format=directory", "--file=/dev/null", "--", folder])], new TailBuffer(0), cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<string?> UnpackTarAsync(string path, string folder, CancellationToken cancellationToken) =>
        RunAsync([Tar(path, path, folder)], new TailBuffer(0), cancellationToken);

    // GNU tar, as the instructions beside the artifact have it; it unpacks gzip and zstd by itself.
    private static ProcessSpec Tar(string name, string file, string folder)
    {
        var tar = Tool.Find("tar") ?? throw new ToolMissingException("/usr/bin/tar");
        string[] packed = Path.GetExtension(name) switch { ".zst" => ["--zstd"], ".gz" => ["--gzip"], _ => [] };
        return new ProcessSpec(tar, [.. packed, "--extract", $"--file={file}", "--force-local", $"--directory={folder}"]);
    }

    // A plain dump has no index to check. What shows that it is whole is that it unpacks, and pg_dump's closing line.
    private static async Task<string?> ReadPlainAsync(string path, CancellationToken cancellationToken)
    {
        var tail = new TailBuffer(TailBytes);
        if (Unpacker(path) is { } unpacker)
        {
            if (await RunAsync([unpacker], tail, cancellationToken) is { } fault) return fault;
        }
        else
        {
            await using var file = File.OpenRead(path);
            file.Seek(-Math.Min(file.Length, TailBytes), SeekOrigin.End);
            var bytes = new byte[TailBytes];
            tail.Add(bytes.AsSpan(0, await file.ReadAtLeastAsync(bytes, TailBytes, throwOnEndOfStream: false, cancellationToken)));
        }
        return ClosingLine(tail);
    }

    private static string? ClosingLine(TailBuffer tail) => Encoding.UTF8.GetString(tail.Bytes).Contains("-- PostgreSQL database dump complete", StringComparison.Ordinal)
        ? null : "The dump does not end with pg_dump's closing line: it is cut off.";

    private static ProcessSpec? Unpacker(string path) => Path.GetExtension(path) switch
    {
        ".zst" => new ProcessSpec(Tool.Find("zstd") ?? throw new ToolMissingException("/usr/bin/zstd"), ["-q", "-d", "-c", "--", path]),
        ".gz" => new ProcessSpec(Tool.Find("gzip") ?? throw new ToolMissingException("/usr/bin/gzip"), ["-d", "-c", "--", path]),
        _ => null,
    };

    /// <returns>Null when all went well, else what the failing program said of the archive.</returns>
    /// <exception cref="BackupFailedException">It could not be tried here.</exception>
    private static async Task<string?> RunAsync(List<ProcessSpec> programs, TailBuffer tail, CancellationToken cancellationToken, Stream? input = null)
    {
        if (input is not null) programs = [programs[0] with { TakesInput = true }, .. programs.Skip(1)];
        await using var chain = ProcessChain.Start(programs, onErrorLine: null);
        var failed = await chain.RunAsync(tail, cancellationToken, input);
        if (failed is null) return null;
        var fault = failed.Name is Age.Name ? Age.Failure(failed.Errors) : PgFailures.Of(failed.Name, failed.ExitCode, failed.Errors);
        // Killed, no room to unpack, or no key: that is this machine's trouble and says nothing of the archive, which must not be condemned for it.
        if (failed.ExitCode > Signalled || failed.Errors.Contains("No space left", StringComparison.Ordinal) || fault.Failure.Code is Age.NoIdentityCode) throw fault;
        return fault.Message;
    }
}
