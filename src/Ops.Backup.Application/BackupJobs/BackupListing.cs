using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>Which backups, in which order, and which piece of that list.</summary>
public sealed record BackupListing
{
    public BackupFilter Filter { get; init; } = new();

    public BackupSort Sort { get; init; } = BackupSort.Default;

    public int PageSize { get; init; } = 20;

    public int Page { get; init; } = 1;

    /// <summary>Go on behind this backup instead of counting pages.</summary>
    public BackupCursor? After { get; init; }

    /// <summary>Count all that match; that costs a look at each of them.</summary>
    public bool Total { get; init; } = true;
}

/// <summary>Null or empty means: any.</summary>
public sealed record BackupFilter
{
    public string? Database { get; init; }

    public IReadOnlyList<BackupStatus> Statuses { get; init; } = [];

    public BackupMode? Mode { get; init; }

    public BackupType? Type { get; init; }

    public BackupTrigger? Trigger { get; init; }

    public string? Host { get; init; }

    /// <summary>A config's id or name.</summary>
    public string? Config { get; init; }

    /// <summary>Encrypted to this public key, maybe among others.</summary>
    public string? Recipient { get; init; }

    /// <summary>Started then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Started before.</summary>
    public DateTimeOffset? To { get; init; }

    public long? MinSize { get; init; }

    public long? MaxSize { get; init; }

    /// <summary>In the description, the file or the error; letter case does not count.</summary>
    public string? Text { get; init; }
}

public enum BackupSortKey { StartedAt, Size, Duration, Database, Status }

/// <summary>Ties are broken by id in the same direction. What has no size, no duration… is the smallest.</summary>
public sealed record BackupSort(BackupSortKey Key, bool Descending)
{
    public static BackupSort Default { get; } = new(BackupSortKey.StartedAt, Descending: true);

    /// <summary><c>-startedAt</c>: a leading <c>-</c> turns the order round.</summary>
    public override string ToString() => $"{(Descending ? "-" : "")}{char.ToLowerInvariant(Key.ToString()[0])}{Key.ToString()[1..]}";

    public static bool TryParse(string text, out BackupSort sort)
    {
        sort = All.FirstOrDefault(known => string.Equals(known.ToString(), text, StringComparison.Ordinal)) ?? Default;
        return string.Equals(sort.ToString(), text, StringComparison.Ordinal);
    }

    public static IReadOnlyList<BackupSort> All { get; } =
        [.. Enum.GetValues<BackupSortKey>().SelectMany(key => new[] { new BackupSort(key, Descending: false), new BackupSort(key, Descending: true) })];
}

/// <param name="Total">Of all pages; null when it was not asked for, and with a cursor.</param>
/// <param name="Next">Value of <c>after</c> for the next page; null at the end.</param>
public sealed record BackupPage(IReadOnlyList<BackupListItem> Items, int? Page, int PageSize, long? Total, long? TotalPages, string? Next);

/// <summary>A backup as lists show it. Words are the contract's; times are UTC.</summary>
public sealed record BackupListItem
{
    public required string Id { get; init; }

    public string? Database { get; init; }

    public required string Host { get; init; }

    public required string Port { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public long? DurationSeconds { get; init; }

    public string? Mode { get; init; }

    public required string Type { get; init; }

    public required string Trigger { get; init; }

    public required string Method { get; init; }

    public required string Format { get; init; }

    public required string Compression { get; init; }

    public string? Status { get; init; }

    public long? SizeBytes { get; init; }

    public string? LocalFile { get; init; }

    public IReadOnlyList<string> RemoteUrls { get; init; } = [];

    public string? Checksum { get; init; }

    public string? ErrorMessage { get; init; }

    public string? Description { get; init; }

    /// <summary>The strongest verification that passed: restore_test, integrity_check or checksum.</summary>
    public string? Proof { get; init; }

    public string? SourceId { get; init; }

    public string? ConfigId { get; init; }

    /// <summary>What its config was called then.</summary>
    public string? Config { get; init; }

    public string? Node { get; init; }

    public string? Phase { get; init; }
}
