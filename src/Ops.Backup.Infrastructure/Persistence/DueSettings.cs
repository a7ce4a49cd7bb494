using Microsoft.EntityFrameworkCore;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Domain.Configs;
using Ops.Backup.Domain.Sources;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Persistence;

/// <summary>What a batch of due configs needs to know, read in three queries however many they are.</summary>
internal sealed class DueSettings
{
    private readonly Dictionary<string, DatabaseSource> _sources;
    private readonly List<Store> _stores;
    private readonly ILookup<string, Unfinished> _unfinished;
    private readonly Dictionary<string, Unfinished> _started = new(StringComparer.Ordinal);

    private DueSettings(Dictionary<string, DatabaseSource> sources, List<Store> stores, ILookup<string, Unfinished> unfinished) =>
        (_sources, _stores, _unfinished) = (sources, stores, unfinished);

    public static async Task<DueSettings> LoadAsync(BackupDbContext context, IReadOnlyList<ConfigRow> due, CancellationToken cancellationToken)
    {
        var sourceIds = due.Select(row => row.SourceId).Distinct(StringComparer.Ordinal).ToArray();
        var sources = await context.Sources.AsNoTracking().Where(source => sourceIds.Contains(source.Id)).ToDictionaryAsync(source => source.Id, StringComparer.Ordinal, cancellationToken);
        var stores = await context.Stores.AsNoTracking().ToListAsync(cancellationToken);
        var unfinished = await context.Jobs.AsNoTracking()
            .Where(job => (job.Status == BackupStatus.Pending || job.Status == BackupStatus.Running) && sourceIds.Contains(job.SourceId!))
            .Select(job => new Unfinished(job.Id, job.SourceId!, job.ConfigId)).ToListAsync(cancellationToken);
        return new DueSettings(sources, stores, unfinished.ToLookup(job => job.SourceId, StringComparer.Ordinal));
    }

    public DueConfig Of(BackupConfig config, DateTimeOffset now)
    {
        var busy = _unfinished[config.SourceId].ToList();
        if (_started.TryGetValue(config.SourceId, out var started)) busy.Add(started);
        var own = busy.Find(job => string.Equals(job.ConfigId, config.Id, StringComparison.Ordinal));
        return new DueConfig(config, new RunSetting(_sources[config.SourceId], config.StoresAmong(_stores)), (own ?? busy.FirstOrDefault())?.Id, own is not null, now);
    }

    /// <summary>From now on its source is busy with it.</summary>
    public void Started(BackupJob job) => _started[job.SourceId!] = new Unfinished(job.Id, job.SourceId!, job.ConfigId);

    private sealed record Unfinished(string Id, string SourceId, string? ConfigId);
}
