using System.Text.Json;
using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>What <c>lsjson</c> prints of a file or folder.</summary>
/// <param name="Path">Relative to what was listed.</param>
/// <param name="Size">-1 where the backend does not tell.</param>
internal sealed record RcloneEntry(string Path, long Size, DateTimeOffset? ModTime, bool IsDir, IReadOnlyDictionary<string, string>? Hashes)
{
    public const string PartialEnding = ".partial";

    public static JsonSerializerOptions Json { get; } = new() { PropertyNameCaseInsensitive = true };

    public bool IsStaged => Path.EndsWith(PartialEnding, StringComparison.Ordinal);

    /// <summary>Null where the backend does not know this kind.</summary>
    public string? HashOf(string kind) => Hashes?.GetValueOrDefault(kind) is { Length: > 0 } hash ? hash : null;

    public StoredObject As(string name) => new(name, Size, Checksum, ModTime?.ToUniversalTime());

    private string? Checksum => HashOf("md5") is { } md5 ? $"md5:{md5}" : HashOf("sha1") is { } sha1 ? $"sha1:{sha1}" : null;
}
