using System.Buffers;
using System.Globalization;
using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>Runs the programs of one dump and pours what they print into a sink: pg_dump, then a compressor where it can't or is not to compress, then age where it is encrypted.</summary>
internal sealed class DumpRunner(IOptions<BackupOptions> options)
{
    private static readonly TimeSpan FolderWatch = TimeSpan.FromSeconds(1);

    public async Task DumpAsync(DumpSetting setting, IBufferWriter<byte> sink, string stagingFolder, BackupProgress progress, CancellationToken cancellationToken)
    {
        if (setting.Job.Format is BackupFormat.Directory)
            await DumpFolderAsync(setting, sink, stagingFolder, progress, cancellationToken);
        else
            await RunChainAsync(setting, setting.Dump(options.Value.LockWaitSeconds, folder: null), sink, progress, cancellationToken);
    }

    /// <summary>Roles and tablespaces, which no dump of a database holds. Passwords of roles only a superuser can read.</summary>
    public static async Task DumpGlobalsAsync(DumpSetting setting, IBufferWriter<byte> sink, bool withPasswords, CancellationToken cancellationToken)
    {
        List<string> arguments =
        [
            $"--dbname={setting.ConnInfo}", $"--database={ConnInfo.ForDatabase(setting.Source.Database)}", "--no-password", "--globals-only",
        ];
        if (!withPasswords)
        {
            arguments.Add("--no-role-passwords");
            setting.Log.Write("globals: the user is no superuser, so the roles' passwords are left out");
        }
        await RunChainAsync(setting with { Command = null }, setting.Program(setting.Client.DumpAll, arguments), sink, progress: null, cancellationToken);
    }

    // pg_dump writes a folder with several connections; the store gets one file. The folder is gone before this returns.
    private async Task DumpFolderAsync(DumpSetting setting, IBufferWriter<byte> sink, string folder, BackupProgress progress, CancellationToken cancellationToken)
    {
        try
        {
            var spec = setting.Dump(options.Value.LockWaitSeconds, folder);
            setting.Log.Write(DumpSetting.Describe(spec));
            await using (var dump = ChildProcess.Start(spec, line => setting.Log.Write(line)))
            {
                using var watch = new Timer(_ => progress.Report(SizeOf(folder)), null, FolderWatch, FolderWatch);
                var exitCode = await dump.WaitAsync(cancellationToken);
                if (exitCode != 0) throw PgFailures.Of(dump.Name, exitCode, dump.ErrorTail);
            }
            progress.Phase = BackupPhase.Packing;
            progress.Report(0);
            await PackAsync(setting, folder, sink, progress, cancellationToken);
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
    }

    // GNU tar, as the instructions beside the artifact use it.
    private static Task PackAsync(DumpSetting setting, string folder, IBufferWriter<byte> sink, BackupProgress progress, CancellationToken cancellationToken)
    {
        var tar = Tool.Find("tar") ?? throw new ToolMissingException("/usr/bin/tar");
        return RunChainAsync(
            setting, new ProcessSpec(tar, ["--create", "--file=-", "--sort=name", "--owner=0", "--group=0", $"--directory={folder}", "."]), sink, progress, cancellationToken);
    }

    private static async Task RunChainAsync(DumpSetting setting, ProcessSpec first, IBufferWriter<byte> sink, BackupProgress? progress, CancellationToken cancellationToken)
    {
        List<ProcessSpec> programs = [first];
        if (setting.Command is { Outer: { Kind: not CompressionKind.None } outer }) programs.Add(Compressor(outer));
        if (setting.Job.Recipients.Count > 0) programs.Add(Age.Encrypt(setting.Job.Recipients));
        foreach (var program in programs) setting.Log.Write(DumpSetting.Describe(program));
        await using var chain = ProcessChain.Start(programs, line => setting.Log.Write(line));
        var failed = await chain.RunAsync(progress is null ? sink : new CountingSink(sink, progress), cancellationToken);
        if (failed is null) return;
        throw failed.Name is Age.Name ? Age.Failure(failed.Errors) : PgFailures.Of(failed.Name, failed.ExitCode, failed.Errors);
    }

    private static ProcessSpec Compressor(Compression compression)
    {
        var level = $"-{compression.Level.ToString(CultureInfo.InvariantCulture)}";
        // Without a time in it: equal dumps stay equal files.
        if (compression.Kind is CompressionKind.Gzip) return new ProcessSpec(Tool.Find("gzip") ?? throw new ToolMissingException("/usr/bin/gzip"), ["-n", "-c", level]);
        var zstd = Tool.Find("zstd") ?? throw new BackupFailedException("ZSTD_MISSING", "The program zstd is not installed; pg_dump before 16 needs it. Install the package zstd, or ask for gzip.");
        return new ProcessSpec(zstd, ["-q", "-c", "-T0", level]);
    }

    private static long SizeOf(string folder)
    {
        try { return Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length) : 0; }
        catch (IOException) { return 0; } // a file came or went while it was looked at
    }

    private sealed class CountingSink(IBufferWriter<byte> sink, BackupProgress progress) : IBufferWriter<byte>
    {
        public Memory<byte> GetMemory(int sizeHint = 0) => sink.GetMemory(sizeHint);

        public Span<byte> GetSpan(int sizeHint = 0) => sink.GetSpan(sizeHint);

        public void Advance(int count)
        {
            sink.Advance(count);
            progress.Add(count);
        }
    }
}
