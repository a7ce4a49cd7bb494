namespace Ops.Backup.Infrastructure.Stores.Objects;

/// <summary>
/// How large the next part of an upload of unknown length is. Small at first, so that small artifacts cost little; then a fixed
/// share of what was sent, so that 5 TiB never need more parts than the store allows. A store that allows too few parts for that
/// (1,000 parts of at most 5 GiB are 4.9 TiB) is used to nine tenths of what it can hold.
/// </summary>
internal sealed class PartSizes
{
    /// <summary>The size of the first parts; at four in flight it fills a fast line, and a part that failed costs little.</summary>
    public const long FirstBytes = 8 * MiB;

    /// <summary>The largest object of S3.</summary>
    public const long LargestObject = 5L * 1024 * 1024 * MiB;

    private const long MiB = 1024 * 1024;
    private readonly ObjectLimits _limits;
    private readonly double _share;

    public PartSizes(ObjectLimits limits)
    {
        _limits = limits;
        var goal = Math.Min(LargestObject, limits.MaxParts * (double)limits.MaxPartBytes * 0.9);
        _share = 0.0005;
        while (Capacity() < goal && _share < 1) _share *= 1.25;
    }

    public long Next(long sentBytes)
    {
        var share = (long)(sentBytes * _share / MiB) * MiB;
        return Math.Clamp(share, Math.Min(Math.Max(FirstBytes, _limits.MinPartBytes), _limits.MaxPartBytes), _limits.MaxPartBytes);
    }

    private double Capacity()
    {
        var sent = 0L;
        for (var part = 0; part < _limits.MaxParts && sent < LargestObject; part++) sent += Next(sent);
        return sent;
    }
}
