using Microsoft.Extensions.Options;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Verification;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>One backup by pg_dump, in one pass, into all of its stores.</summary>
internal sealed class BackupPipeline(
    IOptions<BackupOptions> options, ServerProbe probe, PgClients clients, DumpRunner runner, ArchiveReader archives, JobStores stores, RunLeftovers leftovers, CopyRepair repair,
    ISecrets secrets, INodeIdentity node, TimeProvider time)
    : IBackupPipeline
{
    private string DataFolder => options.Value.DataFolder;

    public ArtifactPlan Plan(BackupJob job, DatabaseSource source)
    {
        Directory.CreateDirectory(DataFolder);
        Directory.CreateDirectory(options.Value.ReportFolder);
        Directory.CreateDirectory(options.Value.LogFolder);
        var template = job.PathTemplate is { } text ? PathTemplate.Parse(text) : null;
        var facts = new PathFacts(job.Trigger, job.Type, job.ConfigName ?? "", job.Database, HostOf(job), source.Name);
        // Names have a resolution of a second; a run that starts in the same second as an equal name takes the next one.
        for (var at = job.StartedAt; ; at = at.AddSeconds(1))
        {
            var name = template?.BaseName(facts, at) ?? ArtifactName.Base(job.Database, at, facts.Host);
            var flat = ArtifactName.Flat(name);
            var plan = new ArtifactPlan(name, Path.Combine(options.Value.LogFolder, flat + ".log"), Path.Combine(options.Value.ReportFolder, flat + ReportWriter.Extension));
            if (!LocalArtifact.IsIn(DataFolder, name) && !File.Exists(plan.ReportFile) && Reserve(plan.LogFile)) return plan;
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
            log.Write($"stored: {artifact.Dump.Name}, {artifact.Dump.SizeBytes} bytes, SHA-256 {artifact.Dump.Sha256}");
            return artifact;
        }
        catch (Exception e)
        {
            var failure = e as BackupFailedException ?? FailureOf(e);
            log.Write(failure is null ? $"stopped: {e.GetType().Name}" : $"failed: {failure.Failure}");
            if (failure is not null && failure != e) throw failure;
            throw;
        }
    }

    public Task<VerificationOutcome> VerifyAsync(BackupJob job, CancellationToken cancellationToken) => archives.ReadAsync(job, cancellationToken);

    public IReadOnlyList<ArtifactFile> Quarantine(BackupJob job) =>
        stores.IsOfThisNode(job) && job.Files.Select(LocalArtifact.RootOf).FirstOrDefault(root => root is not null) is { } root
            ? LocalArtifact.Quarantine(root, job.Files) : job.Files;

    public Task<StoredCopy> RepairAsync(BackupJob job, BackupCopy copy, CancellationToken cancellationToken) => repair.RunAsync(job, copy, cancellationToken);

    public Task<bool> CleanUpAsync(BackupJob job, CancellationToken cancellationToken) => leftovers.CleanUpAsync(job, cancellationToken);

    public Task TakeBackAsync(BackupJob job, CancellationToken cancellationToken) => leftovers.TakeBackAsync(job, cancellationToken);

    private async Task<Artifact> MakeAsync(
        BackupJob job, DatabaseSource source, BackupProgress progress, RunLog log, PassFile passFile, CancellationToken cancellationToken)
    {
        log.Write($"backup {job.Id} of {job.Database} at {job.Host}:{job.Port} ({job.Spec.Key}) on node {node.Name}");
        var server = await probe.AskAsync(source, cancellationToken);
        var client = await clients.ChooseAsync(server.Version, cancellationToken);
        log.Write($"server {server.Version}, database {server.SizeBytes} bytes, client {client.Dump} {client.Version}");
        var command = new DumpCommand(job.Spec, client, job.PathTemplate is { } template && PathTemplate.Parse(template).CompressesTar);
        var connInfo = ConnInfo.For(source, DumpSetting.ApplicationName(job.Id), options.Value.ConnectSeconds, passFile.Path);
        var setting = new DumpSetting(job, source, client, command, log, connInfo, passFile.Path);
        var sealing = job.Recipients.Count > 0 ? Age.Extension : "";

        var open = new List<OpenStore>();
        try
        {
            await foreach (var store in stores.OpenAsync(job, cancellationToken)) open.Add(store);
            await using var files = new ArtifactWriter(open, log, time);

            using var stagingDisk = job.Format is BackupFormat.Directory ? new FolderStore(DataFolder) : null;
            // Of a first backup nobody knows the size: how well a database compresses shows only then.
            if (job.EstimatedBytes is { } need) files.Refuse(await RoomCheck.RunAsync(open, need, stagingDisk, DataFolder, cancellationToken));

            progress.Phase = BackupPhase.Dumping;
            var staging = LocalArtifact.StagingFolder(DataFolder, job.BaseName!);
            var dump = await files.WriteAsync(
                FileRole.Dump, job.BaseName + command.Extension + sealing, sink => runner.DumpAsync(setting, sink, staging, progress, cancellationToken), cancellationToken);

            // The stores confirm the dump while the server is asked for its globals and the small files are written.
            progress.Phase = job.IncludeGlobals ? BackupPhase.Globals : BackupPhase.Storing;
            var globals = job.IncludeGlobals
                ? await files.WriteAsync(
                    FileRole.Globals, job.BaseName + ArtifactName.GlobalsSuffix + ".sql" + sealing, sink => DumpRunner.DumpGlobalsAsync(setting, sink, server.IsSuperuser, cancellationToken), cancellationToken)
                : null;
            progress.Phase = BackupPhase.Storing;
            var sums = string.Concat(new[] { dump, globals }.OfType<ArtifactFile>().Select(file => $"{file.Sha256}  {Path.GetFileName(file.Name)}\n"));
            await files.WriteTextAsync(FileRole.Checksum, dump.Name + ".sha256", sums, cancellationToken);
            await files.WriteTextAsync(FileRole.Instructions, job.BaseName + ".RESTORE.txt", RestoreInstructions.For(job, Path.GetFileName(dump.Name), Path.GetFileName(globals?.Name)), cancellationToken);
            var copies = await files.PublishAsync(cancellationToken);
            progress.Phase = BackupPhase.Done;
            return new Artifact(files.Files, server.Version.ToString(), client.Version.ToString(), copies);
        }
        finally
        {
            foreach (var store in open) store.Dispose();
        }
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
        StoreException or IOException or UnauthorizedAccessException => StoreFailures.Of(e) is var failure ? new BackupFailedException(failure.Code, failure.Message, e) : null,
        ToolMissingException => new BackupFailedException("TOOL_MISSING", e.Message, e),
        _ => null,
    };
}
