using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores;

namespace Ops.Backup.Infrastructure.Pipeline;

/// <summary>Tells before a dump begins that it will not fit on a disk, rather than fill the disk and fail hours later.</summary>
internal static class RoomCheck
{
    public const string Code = "NO_ROOM";

    private const long LargestReserve = 256L << 20;

    /// <param name="need">The size of the last equal backup.</param>
    /// <param name="staging">Where a dump in directory format is made first; null for the other formats.</param>
    /// <returns>The local stores that have no room.</returns>
    /// <exception cref="BackupFailedException">The staging folder has none, so there will be no dump for any store.</exception>
    public static async Task<IReadOnlyList<(OpenStore Store, BackupFailedException Failure)>> RunAsync(
        IEnumerable<OpenStore> stores, long need, IArtifactStore? staging, string stagingFolder, CancellationToken cancellationToken)
    {
        var stagingSpace = staging is null ? null : await staging.SpaceAsync(cancellationToken);
        if (Refusal(need, stagingSpace, stagingFolder) is { } noStaging) throw noStaging;
        var refused = new List<(OpenStore, BackupFailedException)>();
        foreach (var store in stores.Where(store => store.Facts.Kind is StoreKind.Local))
        {
            var space = await SpaceAsync(store, cancellationToken);
            // Disks of exactly one size are taken for one disk, which has to hold the dump twice for a while.
            var both = space is not null && space.TotalBytes == stagingSpace?.TotalBytes ? need * 2 : need;
            if (Refusal(both, space, Path.GetDirectoryName(store.Files.UrlOf("x"))) is { } refusal) refused.Add((store, refusal));
        }
        return refused;
    }

    // A disk that can't be asked is told of by the one who writes there.
    private static async Task<StoreSpace?> SpaceAsync(OpenStore store, CancellationToken cancellationToken)
    {
        try
        {
            return await store.Files.SpaceAsync(cancellationToken);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private static BackupFailedException? Refusal(long need, StoreSpace? space, string? path) => space is null || space.FreeBytes - ReserveOf(space) >= need ? null
        : new BackupFailedException(Code, $"The dump needs about {need} bytes, {space.FreeBytes} are free in {path}, and {ReserveOf(space)} are to stay free. Make room there, or choose a larger disk.");

    // Stays free for whoever else writes there; of a small disk no more than a twentieth, or it could never be used.
    private static long ReserveOf(StoreSpace space) => Math.Min(LargestReserve, space.TotalBytes / 20);
}
