using System.Diagnostics;
using Ops.Backup.Application.Ports;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>One stream to one remote store, by the service's own classes but without the service.</summary>
internal static class ObjectUpload
{
    // As many as one backup has.
    private const int Blocks = 64;

    /// <summary>Sends it, and deletes it again outside of the time.</summary>
    /// <returns>Seconds until the store has confirmed the whole.</returns>
    public static async Task<double> TimeAsync(StoreServerProcess server, Stream content, TempFolder folder)
    {
        using var pool = new BlockPool(Blocks);
        using var store = new ObjectStore(server.Client(), "bench/", folder.File("spool"));
        var clock = Stopwatch.GetTimestamp();
        await using (var staged = await store.StageAsync("upload", new StreamBlocks(content, pool), CancellationToken.None))
            await staged.PublishAsync(overwrite: true, CancellationToken.None);
        var seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        await store.DeleteAsync("upload", CancellationToken.None);
        return seconds;
    }
}
