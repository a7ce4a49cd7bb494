using System.Runtime.CompilerServices;
using System.Text.Json;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>
/// Any of rclone's backends. A file is stored as <c>NAME.partial</c>, compared by size and by the hash that the backend knows, moved to its name, and
/// compared again; where a backend knows neither MD5 nor SHA-1, <see cref="StoredObject.Checksum"/> is null and only the size was compared.
/// </summary>
internal sealed class RcloneStore : IArtifactStore
{
    private static readonly string[] NoHash = ["--no-mimetype"];
    private static readonly string[] Hash = ["--no-mimetype", "--hash", "--hash-type=md5", "--hash-type=sha1"];

    private readonly RcloneConfig _config;
    private readonly RcloneProgram _program;
    private readonly RcloneOptions _options;

    public RcloneStore(RcloneSettings settings, StoreCredentials credentials, TimeProvider time, RcloneOptions options)
    {
        _options = options;
        _config = new RcloneConfig(settings, credentials);
        _program = new RcloneProgram(settings, _config, new RcloneFailures(settings, _config), options, time);
    }

    public string UrlOf(string name) => _program.Remote(name);

    public async Task<IStagedFile> StageAsync(string name, IBlockReader content, CancellationToken cancellationToken)
    {
        var partial = name + RcloneEntry.PartialEnding;
        var sent = new SentFile();
        try
        {
            await new RcloneUpload(_program).SendAsync(partial, content, sent, cancellationToken);
            return new Staged(this, name, partial, sent);
        }
        catch
        {
            sent.Dispose();
            await DiscardQuietlyAsync(partial);
            throw;
        }
    }

    public async Task<StoredObject?> FindAsync(string name, CancellationToken cancellationToken) => (await StatAsync(name, Hash, cancellationToken))?.As(name);

    public async Task<Stream> ReadAsync(string name, long offset, long? length, CancellationToken cancellationToken)
    {
        // rclone would print a folder's files one after the other, and nothing where a bucket has no such key.
        var entry = await StatAsync(name, NoHash, cancellationToken)
            ?? throw new StoreException(StoreCodes.Missing, $"Could not read {name}: it is not in {UrlOf("")}.", isTransient: false);
        if (entry.Size < 0) throw new StoreException(StoreCodes.Failed, $"Could not read {name}: the remote does not tell its size.", isTransient: false);
        var rest = Math.Max(0, entry.Size - offset);
        return new RcloneDownload(_program, name, offset, Math.Min(rest, length ?? rest));
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in await EntriesAsync(namePrefix, cancellationToken))
            if (!entry.IsStaged) yield return entry.As(name);
    }

    public async IAsyncEnumerable<StoredObject> ListStagedAsync(string namePrefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in await EntriesAsync(namePrefix, cancellationToken))
            if (entry.IsStaged) yield return entry.As(name[..^RcloneEntry.PartialEnding.Length]);
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await _program.RunAsync($"delete {name}", ["deletefile", "--", _program.Remote(name)], _options.FinishTimeout, cancellationToken);

    public async Task DiscardStagedAsync(string namePrefix, CancellationToken cancellationToken)
    {
        foreach (var (name, entry) in await EntriesAsync(namePrefix, cancellationToken))
            if (entry.IsStaged) await DeleteAsync(name, cancellationToken);
    }

    public Uri? Presign(string name, TimeSpan validFor) => null;

    public Task<TimeSpan?> ClockSkewAsync(CancellationToken cancellationToken) => Task.FromResult<TimeSpan?>(null);

    public async Task<StoreSpace?> SpaceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var text = await _program.RunAsync("ask for the free space", ["about", "--json", "--", _program.Remote("")], _options.IdleTimeout, cancellationToken);
            return text is not null && JsonSerializer.Deserialize<About>(text, RcloneEntry.Json) is { Free: { } free, Total: { } total } ? new StoreSpace(free, total) : null;
        }
        catch (StoreException e) when (e.Code is StoreCodes.Failed && e.Message.Contains("doesn't support about", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
    }

    public void Dispose() => _config.Dispose();

    // Null when there is no such file; a folder of that name is none.
    private async Task<RcloneEntry?> StatAsync(string name, string[] what, CancellationToken cancellationToken)
    {
        var text = await _program.RunAsync($"look for {name}", ["lsjson", "--stat", .. what, "--", _program.Remote(name)], _options.FinishTimeout, cancellationToken);
        return text is not null && JsonSerializer.Deserialize<RcloneEntry>(text, RcloneEntry.Json) is { IsDir: false } entry ? entry : null;
    }

    // Whole, not piece by piece: who gets it may take his time, and rclone must not wait for him.
    private async Task<IEnumerable<(string Name, RcloneEntry Entry)>> EntriesAsync(string namePrefix, CancellationToken cancellationToken)
    {
        var folder = namePrefix[..(namePrefix.LastIndexOf('/') + 1)];
        var text = await _program.RunAsync($"list {folder}", ["lsjson", "--files-only", "--recursive", .. NoHash, "--", _program.Remote(folder)], _options.FinishTimeout, cancellationToken);
        return (text is null ? [] : JsonSerializer.Deserialize<List<RcloneEntry>>(text, RcloneEntry.Json) ?? [])
            .Select(entry => (Name: folder + entry.Path, entry)).Where(pair => pair.Name.StartsWith(namePrefix, StringComparison.Ordinal));
    }

    private async Task<RcloneEntry> ConfirmAsync(string name, SentFile sent, CancellationToken cancellationToken)
    {
        var there = await StatAsync(name, Hash, cancellationToken)
            ?? throw new StoreException(StoreCodes.Missing, $"{name} was stored, and it is not in {UrlOf("")}.", isTransient: true);
        return sent.Difference(there) is { } difference ? throw RcloneFailures.Corrupted($"{name} did not arrive as it was sent: {difference}") : there;
    }

    /// <returns>False when the staged file was not there: an attempt before moved it, and its answer got lost, or somebody took it away.</returns>
    private async Task<bool> MoveAsync(string partial, string name, SentFile sent, CancellationToken cancellationToken)
    {
        try
        {
            // Without --ignore-times a file of the same size and time at the target counts as the same.
            string[] arguments = ["moveto", "--ignore-times", "--", _program.Remote(partial), _program.Remote(name)];
            return await _program.RunAsync($"publish {name}", arguments, _options.FinishTimeout, cancellationToken) is not null;
        }
        catch (StoreException) when (!cancellationToken.IsCancellationRequested)
        {
            if (!await IsMovedAsync(partial, name, sent, cancellationToken)) throw;
            return true;
        }
    }

    private async Task<bool> IsMovedAsync(string partial, string name, SentFile sent, CancellationToken cancellationToken) =>
        await StatAsync(partial, NoHash, cancellationToken) is null && await StatAsync(name, NoHash, cancellationToken) is { } there && there.Size == sent.Size;

    private async Task DiscardQuietlyAsync(string partial)
    {
        using var patience = new CancellationTokenSource(_options.IdleTimeout);
        try
        {
            await DeleteAsync(partial, patience.Token);
        }
        catch (Exception e) when (e is StoreException or OperationCanceledException)
        {
            // What stays is deleted by DiscardStagedAsync, and is taken for a backup by nobody.
        }
    }

    private sealed record About(long? Free, long? Total);

    private sealed class Staged(RcloneStore store, string name, string partial, SentFile sent) : IStagedFile
    {
        private bool _isPublished;

        public async Task<StoredObject> PublishAsync(bool overwrite, CancellationToken cancellationToken)
        {
            await store.ConfirmAsync(partial, sent, cancellationToken);
            if (!overwrite && await store.StatAsync(name, NoHash, cancellationToken) is not null)
                throw new StoreException(StoreCodes.Exists, $"{name} is in {store.UrlOf("")} already, and it is not to be overwritten.", isTransient: false);
            var isMoved = await store.MoveAsync(partial, name, sent, cancellationToken);
            try
            {
                var there = await store.ConfirmAsync(name, sent, cancellationToken);
                _isPublished = true;
                return there.As(name);
            }
            catch (StoreException e) when (isMoved && e.Code is StoreCodes.Corrupted)
            {
                // Ours, and damaged on its way to its name: it must not look like a backup.
                await store.DiscardQuietlyAsync(name);
                throw;
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (!_isPublished) await store.DiscardQuietlyAsync(partial);
            sent.Dispose();
        }
    }
}
