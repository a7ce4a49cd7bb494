using System.Runtime.InteropServices;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Stores;

/// <summary>The names in a store with size and time, and which of them somebody has claimed.</summary>
internal sealed class StoreContents
{
    private const string QuarantineSuffix = ".corrupt";
    private static readonly TimeSpan UploadsTake = TimeSpan.FromDays(1);

    private readonly Dictionary<string, Entry> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _inFolders = new(StringComparer.Ordinal);
    private readonly List<string> _running = [];

    public long Count => _files.Count;

    public long Bytes { get; private set; }

    public IEnumerable<string> Names => _files.Keys;

    public static async Task<StoreContents> ListAsync(IArtifactStore store, CancellationToken cancellationToken)
    {
        var contents = new StoreContents();
        await foreach (var file in store.ListAsync("", cancellationToken)) contents.Add(file);
        return contents;
    }

    public StoredObject? Find(string name) => _files.TryGetValue(name, out var file) ? new StoredObject(name, file.SizeBytes, null, file.ModifiedAt) : null;

    /// <summary>Says that a file of this name, in whatever folder, is no stray.</summary>
    public void Claim(string fileName)
    {
        ClaimOne(fileName);
        if (_inFolders.TryGetValue(fileName, out var names)) names.ForEach(ClaimOne);
    }

    public void Claim(BackupJob job)
    {
        if (job.BaseName is { } baseName)
        {
            Claim(baseName + ".json");
            if (!job.IsFinished) _running.Add(baseName);
        }
        // A quarantined file lies under its old name in stores that were out of reach.
        foreach (var file in job.Files)
        {
            Claim(file.Name);
            if (file.Name.EndsWith(QuarantineSuffix, StringComparison.Ordinal)) Claim(file.Name[..^QuarantineSuffix.Length]);
        }
        if (!IsPath(job.BaseName)) Claim(job.LocalFile, job.RemoteUrls);
    }

    public void Claim(ReportedRun run)
    {
        if (run.BaseName is { } baseName) Claim(baseName + ".json");
        foreach (var file in run.Files) Claim(file.Name);
        if (!IsPath(run.BaseName)) Claim(run.LocalFile, run.RemoteUrls);
    }

    public FirstOf<ScannedFile> Strays()
    {
        var strays = new FirstOf<ScannedFile>();
        foreach (var (name, file) in _files.Where(file => !file.Value.IsClaimed && !IsOfRunning(file.Key)).OrderBy(file => file.Key, StringComparer.Ordinal))
            strays.Add(new ScannedFile(name, file.SizeBytes, file.ModifiedAt));
        return strays;
    }

    public async Task<FirstOf<ScannedFile>> UnfinishedAsync(IArtifactStore store, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var unfinished = new FirstOf<ScannedFile>();
        await foreach (var file in store.ListStagedAsync("", cancellationToken))
            if (file.ModifiedAt < now - UploadsTake && !IsOfRunning(file.Name)) unfinished.Add(new ScannedFile(file.Name, file.SizeBytes, file.ModifiedAt));
        return unfinished;
    }

    private void Add(StoredObject file)
    {
        // What consoles of buckets make to show a folder.
        if (file.Name.Length == 0 || file.Name.EndsWith('/')) return;
        _files[file.Name] = new Entry(file.SizeBytes, file.ModifiedAt);
        Bytes += Math.Max(0, file.SizeBytes);
        if (!file.Name.Contains('/', StringComparison.Ordinal)) return;
        ref var names = ref CollectionsMarshal.GetValueRefOrAddDefault(_inFolders, StoredDump.FileName(file.Name), out _);
        (names ??= []).Add(file.Name);
    }

    private void Claim(string? localFile, IReadOnlyList<string> urls)
    {
        foreach (var place in urls.Append(localFile).OfType<string>())
        {
            Claim(StoredDump.FileName(place));
            foreach (var beside in StoredDump.Beside(StoredDump.FileName(place))) Claim(beside.Name);
        }
    }

    private void ClaimOne(string name)
    {
        ref var file = ref CollectionsMarshal.GetValueRefOrNullRef(_files, name);
        if (!System.Runtime.CompilerServices.Unsafe.IsNullRef(ref file)) file = file with { IsClaimed = true };
    }

    // Where names are paths, files of one name lie in many folders; the report has the whole path of each.
    private static bool IsPath(string? baseName) => baseName?.Contains('/', StringComparison.Ordinal) == true;

    private bool IsOfRunning(string name) => _running.Exists(baseName => ArtifactName.Belongs(name, baseName));

    private readonly record struct Entry(long SizeBytes, DateTimeOffset? ModifiedAt, bool IsClaimed = false);
}
