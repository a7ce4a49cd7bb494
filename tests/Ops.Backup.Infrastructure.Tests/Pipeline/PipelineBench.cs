using Microsoft.Extensions.Options;
using Moq;
using Npgsql;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.PgTools;
using Ops.Backup.Infrastructure.Pipeline;
using Ops.Backup.Infrastructure.Processes;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;
using Ops.Backup.Testing;
using Shouldly;

namespace Ops.Backup.Infrastructure.Tests.Pipeline;

/// <summary>The whole pipeline over two folders as stores, the first of which is the data folder, and what else is wanted. Only the service's database is missing.</summary>
internal sealed class PipelineBench : IDisposable
{
    public static readonly DateTimeOffset Two = new(2026, 11, 21, 2, 0, 0, TimeSpan.Zero);

    private readonly DatabaseSource _source;
    private readonly Store[] _stores;
    private readonly ReportWriter _reports;

    /// <param name="connectionString">The database to back up.</param>
    /// <param name="identityFile">Secret keys of age.</param>
    /// <param name="more">Stores beside the two.</param>
    public PipelineBench(string connectionString, string? identityFile = null, params Store[] more)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        _source = DatabaseSource.Create("shop", new ConnectionFacts("127.0.0.1", server.Port, server.Database!, server.Username!), server.Password, Two);
        _stores = [Stored("first", new LocalSettings(Data)), Stored("second", new LocalSettings(Second)), .. more];
        var secrets = new Mock<ISecrets>();
        secrets.Setup(all => all.Unprotect(It.IsAny<string>())).Returns((string text) => text);
        var repository = new Mock<IStores>();
        foreach (var store in _stores) repository.Setup(all => all.GetAsync(store.Id, It.IsAny<CancellationToken>())).ReturnsAsync(store);
        var options = Options.Create(new BackupOptions { DataFolder = Data, ReportFolder = Folder.File("reports"), LogFolder = Folder.File("logs"), AgeIdentityFile = identityFile });
        var node = Mock.Of<INodeIdentity>(node => node.Name == "node1" && node.HostName == "db1");
        var (clients, time) = (new PgClients(options), TimeProvider.System);
        var stores = new JobStores(repository.Object, new ArtifactStores(options, Options.Create(new StoreOptions()), secrets.Object, time), node);
        Files = new ArtifactFiles(options, stores);
        _reports = new ReportWriter(stores, time);
        Pipeline = new BackupPipeline(
            options, new ServerProbe(secrets.Object, clients, options), clients, new DumpRunner(options), new ArchiveReader(options, clients, Files, time), stores,
            new RunLeftovers(options, stores, new CopyReports(stores)), new CopyRepair(stores, time), secrets.Object, node, time);
    }

    public TempFolder Folder { get; } = new("pipeline");

    public string Data => Folder.File("data");

    public string Second => Folder.File("second");

    public BackupPipeline Pipeline { get; }

    public IArtifactFiles Files { get; }

    public static Store Stored(string name, StoreSettings settings, StoreCredentials? credentials = null, params string[] recipients)
    {
        var secrets = new Mock<ISecrets>();
        secrets.Setup(all => all.Protect(It.IsAny<string>())).Returns((string text) => text);
        return Store.Create(new StoreFacts(name, settings, recipients, BytesPerSecond: null, IsDefault: true), secrets.Object.Lock(credentials), isConfigured: false, Two);
    }

    /// <summary>A job that a config's schedule asked for, with its names planned.</summary>
    public BackupJob Planned(string? template, BackupFormat format = BackupFormat.Custom, string compression = "gzip:6", string config = "nightly")
    {
        var spec = new BackupSpec(BackupType.Full, format, 1, Compression.Parse(compression), includeGlobals: true);
        var job = BackupJob.Request(_source, spec, new Destination(_stores, []), "by a config", Two, new ConfigRun("c1", config, Two, RunPolicy.Default, template));
        job.Start("node1", Two);
        job.Plan(Pipeline.Plan(job, _source));
        return job;
    }

    public Task<Artifact> DumpAsync(BackupJob job) => Pipeline.RunAsync(job, _source, new BackupProgress(), CancellationToken.None);

    /// <summary>A backup from its plan to its reports.</summary>
    public async Task<BackupJob> BackUpAsync(string? template, BackupFormat format = BackupFormat.Custom, string compression = "gzip:6", string config = "nightly")
    {
        var job = Planned(template, format, compression, config);
        job.Complete(await DumpAsync(job), Two.AddMinutes(1));
        job.Status.ShouldBe(BackupStatus.Success, job.Error);
        (await _reports.PutAsync(job, CancellationToken.None)).ShouldBeEmpty();
        job.Reported(_reports.Write(job));
        return job;
    }

    /// <summary>Paths of all files under a folder, and of its empty folders.</summary>
    public static IEnumerable<string> Names(string root) => Directory.Exists(root)
        ? Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Where(path => File.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any())
            .Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal) : [];

    /// <summary>Runs a shell command in a folder; it must end well.</summary>
    public static async Task<string> ShellAsync(string folder, string command)
    {
        var result = await Tool.RunAsync(new ProcessSpec("/bin/bash", ["-euo", "pipefail", "-c", command]) { WorkingDirectory = folder }, null, CancellationToken.None);
        result.ExitCode.ShouldBe(0, result.Errors);
        return result.Output;
    }

    public void Write(string name, string text = "x")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder.File(name))!);
        File.WriteAllText(Folder.File(name), text);
    }

    public void Dispose() => Folder.Dispose();

}
