using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
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
public sealed class ArchiveReader(IOptions<BackupOptions> options, PgClients clients, TimeProvider time)
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
        string? fault;
        try
        {
            fault = job.Format switch
            {
                BackupFormat.Custom => await ReadCustomAsync(job.LocalFile!, cancellationToken),
                BackupFormat.Directory => await ReadDirectoryAsync(job, cancellationToken),
                _ => await ReadPlainAsync(job.LocalFile!, cancellationToken),
            };
        }
        catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException || e.HResult == InputOutputError)
        {
            fault = e.Message;
        }
        var took = Stopwatch.GetElapsedTime(start);
        var result = fault ?? (job.Format is BackupFormat.Plain ? "Unpacked and read to pg_dump's last line." : "pg_restore read the whole archive.");
        if (job.LogFile is { } path && Directory.Exists(Path.GetDirectoryName(path)))
        {
            using var log = new RunLog(path, time, secret: null);
            log.Write($"integrity check {(fault is null ? "passed" : "failed")} in {took.TotalSeconds:0.0} s: {result}");
        }
        return new VerificationOutcome(fault is null, result, took);
    }

    private async Task<string?> ReadCustomAsync(string path, CancellationToken cancellationToken)
    {
        var client = await clients.NewestAsync(cancellationToken);
        return Unpacker(path) is { } unpacker
            ? await RunAsync(unpacker, new ProcessSpec(client.Restore, ["--file=/dev/null"]), _ => { }, cancellationToken)
            : await RunAsync(new ProcessSpec(client.Restore, ["--file=/dev/null", "--", path]), null, _ => { }, cancellationToken);
    }

    private async Task<string?> ReadDirectoryAsync(BackupJob job, CancellationToken cancellationToken)
    {
        var client = await clients.NewestAsync(cancellationToken);
        // Beside the artifact, because there is room for it: pg_dump's own folder was there a moment ago.
        var folder = new LocalStore(options.Value.DataFolder).PathOf(job.BaseName + ".verify" + Durable.PartialSuffix);
        try
        {
            Directory.CreateDirectory(folder);
            return await UnpackTarAsync(job.LocalFile!, folder, cancellationToken)
                ?? await RunAsync(new ProcessSpec(client.Restore, ["--format=directory", "--file=/dev/null", "--", folder]), null, _ => { }, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // GNU tar, as the instructions beside the artifact have it; it unpacks zstd by itself.
    private static Task<string?> UnpackTarAsync(string path, string folder, CancellationToken cancellationToken)
    {
        var tar = Tool.Find("tar") ?? throw new ToolMissingException("/usr/bin/tar");
        string[] packed = path.EndsWith(".zst", StringComparison.Ordinal) ? ["--zstd"] : [];
        return RunAsync(new ProcessSpec(tar, [.. packed, "--extract", $"--file={path}", "--force-local", $"--directory={folder}"]), null, _ => { }, cancellationToken);
    }

    // A plain dump has no index to check. What shows that it is whole is that it unpacks, and pg_dump's closing line.
    private static async Task<string?> ReadPlainAsync(string path, CancellationToken cancellationToken)
    {
        var tail = new TailBuffer(TailBytes);
        if (Unpacker(path) is { } unpacker)
        {
            if (await RunAsync(unpacker, null, tail.Add, cancellationToken) is { } fault) return fault;
        }
        else
        {
            await using var file = File.OpenRead(path);
            file.Seek(-Math.Min(file.Length, TailBytes), SeekOrigin.End);
            var bytes = new byte[TailBytes];
            tail.Add(bytes.AsSpan(0, await file.ReadAtLeastAsync(bytes, TailBytes, throwOnEndOfStream: false, cancellationToken)));
        }
        return Encoding.UTF8.GetString(tail.Bytes).Contains("-- PostgreSQL database dump complete", StringComparison.Ordinal)
            ? null : "The dump does not end with pg_dump's closing line: it is cut off.";
    }

    private static ProcessSpec? Unpacker(string path) => Path.GetExtension(path) switch
    {
        ".zst" => new ProcessSpec(Tool.Find("zstd") ?? throw new ToolMissingException("/usr/bin/zstd"), ["-q", "-d", "-c", "--", path]),
        ".gz" => new ProcessSpec(Tool.Find("gzip") ?? throw new ToolMissingException("/usr/bin/gzip"), ["-d", "-c", "--", path]),
        _ => null,
    };

    /// <returns>Null when all went well, else what the failing program said of the archive.</returns>
    /// <exception cref="BackupFailedException">It could not be tried here.</exception>
    private static async Task<string?> RunAsync(ProcessSpec first, ProcessSpec? second, Action<ReadOnlySpan<byte>> sink, CancellationToken cancellationToken)
    {
        await using var chain = ProcessChain.Start(first, second, onErrorLine: null);
        var failed = await chain.RunAsync(sink, cancellationToken);
        if (failed is null) return null;
        var fault = PgFailures.Of(failed.Name, failed.ExitCode, failed.Errors);
        // Killed, or no room to unpack: that is this machine's trouble and says nothing of the archive, which must not be condemned for it.
        if (failed.ExitCode > Signalled || failed.Errors.Contains("No space left", StringComparison.Ordinal)) throw fault;
        return fault.Message;
    }
}
