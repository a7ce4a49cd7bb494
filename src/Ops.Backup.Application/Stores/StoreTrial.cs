using System.Security.Cryptography;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Stores;

/// <summary>The checks of one store, in their order. One that needs another that failed is skipped.</summary>
internal sealed class StoreTrial(IArtifactStore store, TimeProvider time, TimeSpan timeLimit)
{
    // More than one part of any store.
    private const int LargeBytes = 9 * 1024 * 1024;
    private const int SmallBytes = 1024;
    private const string TimeLimit = "TIME_LIMIT";

    // A part may be held whole before it is sent.
    private const int PoolBlocks = 12;
    private static readonly TimeSpan SkewRefused = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SkewNoticed = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CleanUpLimit = TimeSpan.FromSeconds(30);

    private readonly string _prefix = ".ops-backup-test-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
    private readonly byte[] _smallBytes = RandomNumberGenerator.GetBytes(SmallBytes);
    private readonly byte[] _largeBytes = RandomNumberGenerator.GetBytes(LargeBytes);
    private readonly List<StoreCheck> _checks = [];

    private string Small => _prefix + "-small";

    private string Large => _prefix + "-large";

    public async Task<IReadOnlyList<StoreCheck>> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await CheckAsync("clock", [], ClockAsync, both.Token, cancellationToken);
            await CheckAsync("put", [], token => StoreAsync(Small, _smallBytes, token), both.Token, cancellationToken);
            await CheckAsync("multipart", ["put"], token => StoreAsync(Large, _largeBytes, token), both.Token, cancellationToken);
            await CheckAsync("list", ["put", "multipart"], ListAsync, both.Token, cancellationToken);
            await CheckAsync("read", ["multipart"], ReadAsync, both.Token, cancellationToken);
            await CheckAsync("overwrite", ["put"], OverwriteAsync, both.Token, cancellationToken);
            await CheckAsync("delete", ["put"], DeleteAsync, both.Token, cancellationToken);
            await CheckAsync("gone", ["delete"], GoneAsync, both.Token, cancellationToken);
        }
        finally
        {
            await CleanUpAsync();
        }
        return _checks;
    }

    private async Task CheckAsync(string name, string[] needs, Func<CancellationToken, Task<string?>> check, CancellationToken limited, CancellationToken asked)
    {
        if (_checks.Find(done => !done.Ok && needs.Contains(done.Name, StringComparer.Ordinal)) is { } failed)
        {
            _checks.Add(new StoreCheck(name, Ok: false, 0, "SKIPPED", $"It needs {failed.Name}, which did not pass."));
            return;
        }
        var started = time.GetTimestamp();
        StoreCheck Ended(string? code, string? message) => new(name, code is null, (long)time.GetElapsedTime(started).TotalMilliseconds, code, message);
        try
        {
            limited.ThrowIfCancellationRequested();
            _checks.Add(Ended(code: null, await check(limited)));
        }
        catch (StoreException e)
        {
            _checks.Add(Ended(e.Code, e.Message));
        }
        catch (OperationCanceledException) when (limited.IsCancellationRequested && !asked.IsCancellationRequested)
        {
            _checks.Add(Ended(TimeLimit, $"The test was stopped after {timeLimit.TotalSeconds:F0} seconds. See how fast the way to the store is."));
        }
    }

    private async Task<string?> ClockAsync(CancellationToken cancellationToken)
    {
        if (await store.ClockSkewAsync(cancellationToken) is not { } skew) return "This store does not tell its time.";
        var text = FormattableString.Invariant($"The store's clock is {Math.Abs(skew.TotalSeconds):F0} s {(skew < TimeSpan.Zero ? "behind" : "ahead of")} this machine's.");
        if (skew.Duration() >= SkewRefused) throw Failure(StoreCodes.ClockSkew, $"{text} Stores refuse signatures that old: set the clock here, best by NTP.");
        return skew.Duration() > SkewNoticed ? $"{text} From 5 minutes on it refuses: set the clock here, best by NTP." : null;
    }

    private async Task<string?> StoreAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        await using var staged = await StageAsync(name, bytes, cancellationToken);
        var stored = await staged.PublishAsync(overwrite: false, cancellationToken);
        return stored.SizeBytes == bytes.Length ? null : throw Failure(StoreCodes.Corrupted, $"{bytes.Length} bytes were sent, and the store says that it has {stored.SizeBytes}.");
    }

    private async Task<string?> ListAsync(CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var file in store.ListAsync(_prefix, cancellationToken)) found[file.Name] = file.SizeBytes;
        return found.GetValueOrDefault(Small) == SmallBytes && found.GetValueOrDefault(Large) == LargeBytes && found.Count == 2
            ? null : throw Failure(StoreCodes.Failed, $"The list should have two files with their sizes, and has {found.Count}. Give the key the right to list, and see that nothing caches the answers.");
    }

    private async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        await CompareAsync(offset: (4 * 1024 * 1024) - 1000, length: 64 * 1024, cancellationToken);
        await CompareAsync(offset: LargeBytes - 100_000, length: null, cancellationToken);
        return null;
    }

    private async Task CompareAsync(int offset, int? length, CancellationToken cancellationToken)
    {
        var wanted = _largeBytes.AsMemory(offset, length ?? LargeBytes - offset);
        // One byte of room more than is asked for: a store that knows no ranges gives too much.
        var got = new byte[wanted.Length + 1];
        await using var stream = await store.ReadAsync(Large, offset, length, cancellationToken);
        var read = await stream.ReadAtLeastAsync(got, got.Length, throwOnEndOfStream: false, cancellationToken);
        if (!got.AsSpan(0, read).SequenceEqual(wanted.Span)) throw Failure(StoreCodes.Corrupted, $"{wanted.Length} bytes from byte {offset} on came back differently. Don't use this store.");
    }

    private async Task<string?> OverwriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var staged = await StageAsync(Small, RandomNumberGenerator.GetBytes(SmallBytes), cancellationToken);
            await staged.PublishAsync(overwrite: false, cancellationToken);
            return "This store can't refuse to overwrite a file; backups have names of their own, so none will.";
        }
        catch (StoreException e) when (e.Code is StoreCodes.Exists)
        {
            return null;
        }
    }

    private async Task<string?> DeleteAsync(CancellationToken cancellationToken)
    {
        await store.DeleteAsync(Small, cancellationToken);
        await store.DeleteAsync(Large, cancellationToken);
        return null;
    }

    private async Task<string?> GoneAsync(CancellationToken cancellationToken)
    {
        foreach (var name in new[] { Small, Large })
            if (await store.FindAsync(name, cancellationToken) is not null)
                throw Failure(StoreCodes.Failed, $"{store.UrlOf(name)} was deleted, and is still there. Is there a lock or a retention rule on the bucket? Then clean-up will not work.");
        return null;
    }

    private async Task<IStagedFile> StageAsync(string name, byte[] bytes, CancellationToken cancellationToken)
    {
        using var pool = new BlockPool(PoolBlocks);
        using var content = new MemoryStream(bytes, writable: false);
        return await store.StageAsync(name, new StreamBlocks(content, pool), cancellationToken);
    }

    // With time of its own: the limit may be over, and who asked may be gone.
    private async Task CleanUpAsync()
    {
        using var limit = new CancellationTokenSource(CleanUpLimit);
        foreach (var work in new Func<Task>[]
        {
            () => store.DeleteAsync(Small, limit.Token), () => store.DeleteAsync(Large, limit.Token), () => store.DiscardStagedAsync(_prefix, limit.Token),
        })
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is StoreException or OperationCanceledException)
            {
                var code = (e as StoreException)?.Code ?? TimeLimit;
                // Who is refused like that could not put anything there either.
                if (_checks.Exists(check => check.Name is "clean_up" || (check.Name is "put" && check.Code == code))) continue;
                _checks.Add(new StoreCheck("clean_up", Ok: false, 0, code, $"Files of this test may be left: delete those that begin with {_prefix}. {(e as StoreException)?.Message}"));
            }
        }
    }

    private static StoreException Failure(string code, string message) => new(code, message, isTransient: false);
}
