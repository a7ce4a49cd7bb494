using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Verification;
using Ops.Backup.Infrastructure.Files;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>One backup by pg_dump into the local store.</summary>
public sealed class BackupPipeline(
    IOptions<BackupOptions> options, ServerProbe probe, PgClients clients, DumpRunner runner, ArchiveReader archives, ISecrets secrets, INodeIdentity node, TimeProvider time)
    : IBackupPipeline
{
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    private LocalStore Store => new(options.Value.DataFolder);

    public ArtifactPlan Plan(BackupJob job)
    {
        Directory.CreateDirectory(options.Value.DataFolder);
        Directory.CreateDirectory(options.Value.ReportFolder);
        Directory.CreateDirectory(options.Value.LogFolder);
        // Names have a resolution of a second; a run that starts in the same second as an equal name takes the next one.
        for (var at = job.StartedAt; ; at = at.AddSeconds(1))
        {
            var name = ArtifactName.Base(job.Database, at, HostOf(job));
            var plan = new ArtifactPlan(name, Path.Combine(options.Value.LogFolder, name + ".log"), Path.Combine(options.Value.ReportFolder, name + ".json"));
            if (!Store.Has(name) && !File.Exists(plan.ReportFile) && Reserve(plan.LogFile)) return plan;
        }
    }

    public async Task<Artifact> RunAsync(BackupJob job, DatabaseSource source, BackupProgress progress, CancellationToken cancellationToken)
    {
        var password = source.EncryptedPassword is { } ciphertext ? secrets.Unprotect(ciphertext) : null;
        using var log = new RunLog(job.LogFile!, time, password);
        using var passFile = PassFile.Create(password);
        try
        {
            var artifact = await MakeAsync(job, source, progress, log, passFile, cancellationToken);
            log.Write($"stored: {artifact.Dump.Path}, {artifact.Dump.SizeBytes} bytes, SHA-256 {artifact.Dump.Sha256}");
            return artifact;
        }
        catch (Exception e)
        {
            Store.Discard(job.BaseName!);
            var failure = e as BackupFailedException ?? FailureOf(e);
            log.Write(failure is null ? $"stopped: {e.GetType().Name}" : $"failed: {failure.Failure}");
            if (failure is not null && failure != e) throw failure;
            throw;
        }
    }

    public Task<VerificationOutcome> VerifyAsync(BackupJob job, CancellationToken cancellationToken) => archives.ReadAsync(job, cancellationToken);

    public IReadOnlyList<ArtifactFile> Quarantine(BackupJob job) => Store.Quarantine(job.Files);

    public bool CleanUp(BackupJob job)
    {
        if (job.BaseName is null || ReportFacts.SaysSuccess(job.ReportFile)) return false;
        DumpSetting.EndLeftovers(job.Id);
        Store.Discard(job.BaseName);
        return !File.Exists(job.ReportFile);
    }

    private async Task<Artifact> MakeAsync(
        BackupJob job, DatabaseSource source, BackupProgress progress, RunLog log, PassFile passFile, CancellationToken cancellationToken)
    {
        log.Write($"backup {job.Id} of {job.Database} at {job.Host}:{job.Port} ({job.Spec.Key}) on node {node.Name}");
        var server = await probe.AskAsync(source, cancellationToken);
        var client = await clients.ChooseAsync(server.Version, cancellationToken);
        log.Write($"server {server.Version}, database {server.SizeBytes} bytes, client {client.Dump} {client.Version}");
        var command = new DumpCommand(job.Spec, client);
        var connInfo = ConnInfo.For(source, DumpSetting.ApplicationName(job.Id), options.Value.ConnectSeconds, passFile.Path);
        var setting = new DumpSetting(job, source, client, command, log, connInfo, passFile.Path);

        progress.Phase = BackupPhase.Dumping;
        var dumpName = job.BaseName + command.Extension;
        await using var dump = Store.Create(dumpName);
        await runner.DumpAsync(setting, dump, Store.PathOf(job.BaseName + ".folder" + Durable.PartialSuffix), progress, cancellationToken);

        // The disk flushes and reads back the dump while the server is asked for its globals and the small files are written.
        progress.Phase = job.IncludeGlobals ? BackupPhase.Globals : BackupPhase.Storing;
        var storing = dump.CompleteAsync(cancellationToken);
        var globals = job.IncludeGlobals ? await GlobalsAsync(setting, server.IsSuperuser, cancellationToken) : null;
        progress.Phase = BackupPhase.Storing;
        var instructions = await Store.WriteTextAsync(
            FileRole.Instructions, job.BaseName + ".RESTORE.txt", RestoreInstructions.For(job, dumpName, globals?.Name), cancellationToken);
        var stored = await storing;

        List<ArtifactFile> files = [new(FileRole.Dump, dumpName, Store.PathOf(dumpName), stored.SizeBytes, stored.Sha256)];
        if (globals is not null) files.Add(globals);
        var sums = string.Concat(files.Select(file => $"{file.Sha256}  {file.Name}\n"));
        files.Add(await Store.WriteTextAsync(FileRole.Checksum, dumpName + ".sha256", sums, cancellationToken));
        files.Add(instructions);
        cancellationToken.ThrowIfCancellationRequested();
        Store.Publish(files);
        progress.Phase = BackupPhase.Done;
        return new Artifact(files, server.Version.ToString(), client.Version.ToString());
    }

    private async Task<ArtifactFile> GlobalsAsync(DumpSetting setting, bool withPasswords, CancellationToken cancellationToken)
    {
        var name = setting.Job.BaseName + "_globals.sql";
        await using var file = Store.Create(name);
        await DumpRunner.DumpGlobalsAsync(setting, file, withPasswords, cancellationToken);
        var stored = await file.CompleteAsync(cancellationToken);
        return new ArtifactFile(FileRole.Globals, name, Store.PathOf(name), stored.SizeBytes, stored.Sha256);
    }

    // A database on this machine is named by the machine, as host scripts do: "127.0.0.1" says nothing to who reads the file's name.
    private string HostOf(BackupJob job) =>
        job.Host.StartsWith('/') || job.Host is "localhost" or "127.0.0.1" or "::1" ? node.HostName : job.Host;

    private static bool Reserve(string logFile)
    {
        try
        {
            new FileStream(logFile, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }).Dispose();
            return true;
        }
        catch (IOException) when (File.Exists(logFile))
        {
            return false;
        }
    }

    private static BackupFailedException? FailureOf(Exception e) => e switch
    {
        IOException { HResult: NoSpaceLeft or QuotaExceeded } => new BackupFailedException("DISK_FULL", $"The disk is full: {e.Message}", e),
        IOException or UnauthorizedAccessException => new BackupFailedException("STORE_FAILED", e.Message, e),
        ToolMissingException => new BackupFailedException("TOOL_MISSING", e.Message, e),
        _ => null,
    };
}
