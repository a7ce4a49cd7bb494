using MediatR;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Application.Stores;

/// <summary>Does on a store what a backup will do, with files of its own that are deleted whatever happens.</summary>
public sealed record TestStore(string Id) : IRequest<StoreTestResult>;

/// <param name="Ok" example="true">Whether every check passed.</param>
/// <param name="Checks">In the order in which they were made.</param>
public sealed record StoreTestResult(bool Ok, IReadOnlyList<StoreCheck> Checks);

/// <param name="Name" example="put">clock, put, multipart, list, read, overwrite, delete, gone; open or clean_up where that failed.</param>
/// <param name="Ok" example="true">Whether it passed.</param>
/// <param name="Milliseconds" example="12">How long it took.</param>
/// <param name="Code" example="null">Null when it passed; SKIPPED when one failed that it needs; else what docs/error-codes.md lists.</param>
/// <param name="Message" example="null">What to do, or what is worth knowing.</param>
public sealed record StoreCheck(string Name, bool Ok, long Milliseconds, string? Code, string? Message);

public sealed class TestStoreHandler(IStores stores, IArtifactStores artifactStores, TimeProvider time) : IRequestHandler<TestStore, StoreTestResult>
{
    /// <summary>Of all checks together.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(2);

    public async Task<StoreTestResult> Handle(TestStore request, CancellationToken cancellationToken)
    {
        var store = await stores.GetAsync(request.Id, cancellationToken);
        var started = time.GetTimestamp();
        try
        {
            using var opened = artifactStores.Open(store);
            var checks = await new StoreTrial(opened, time, TimeLimit).RunAsync(cancellationToken);
            return new StoreTestResult(checks.All(check => check.Ok), checks);
        }
        catch (SecretUnreadableException)
        {
            return NotOpened(started, "SECRET_UNREADABLE", "The stored credentials can't be decrypted with this node's keys. Enter them again, or bring the key folder back.");
        }
        catch (StoreException e)
        {
            return NotOpened(started, e.Code, e.Message);
        }
    }

    private StoreTestResult NotOpened(long started, string code, string message) =>
        new(Ok: false, [new StoreCheck("open", Ok: false, (long)time.GetElapsedTime(started).TotalMilliseconds, code, message)]);
}
