using System.Globalization;

namespace Ops.Backup.Domain.BackupJobs;

public enum CompressionKind { None, Gzip, Zstd }

/// <summary>How a dump is compressed: <c>none</c>, <c>gzip:0</c>…<c>gzip:9</c> or <c>zstd:1</c>…<c>zstd:19</c>.</summary>
public readonly record struct Compression
{
    private Compression(CompressionKind kind, int level) => (Kind, Level) = (kind, level);

    /// <summary>zstd:1: the size of gzip:9 on text in a sixth of the time (docs/benchmarks.md).</summary>
    public static Compression Default { get; } = new(CompressionKind.Zstd, 1);

    public static Compression None { get; }

    public CompressionKind Kind { get; }

    public int Level { get; }

    /// <exception cref="InvalidValueException">Neither <c>none</c> nor a known method with a level that it has.</exception>
    public static Compression Parse(string text)
    {
        if (string.Equals(text, "none", StringComparison.Ordinal)) return None;
        var parts = text.Split(':');
        var kind = parts[0] switch { "gzip" => CompressionKind.Gzip, "zstd" => CompressionKind.Zstd, _ => CompressionKind.None };
        var (low, high) = kind is CompressionKind.Gzip ? (0, 9) : (1, 19);
        if (kind is CompressionKind.None || parts.Length != 2
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var level) || level < low || level > high)
            throw new InvalidValueException("COMPRESSION_INVALID", "compression", $"'{text}' is not a compression: none, gzip:0-9 or zstd:1-19.");
        return new Compression(kind, level);
    }

    public override string ToString() =>
        Kind is CompressionKind.None ? "none" : string.Create(CultureInfo.InvariantCulture, $"{Words.Of(Kind)}:{Level}");
}
