using System.Buffers.Text;
using System.Globalization;
using System.Text.Json;
using Ops.Backup.Domain;

namespace Ops.Backup.Application.BackupJobs;

/// <summary>
/// The place behind one backup in one order: a page behind it costs the same however deep it lies. It stays right when rows come and
/// go. Clients pass it on as it is.
/// </summary>
/// <param name="Value">The backup's value of the sort: a time in round-trip form, a number, or a text.</param>
public sealed record BackupCursor(BackupSort Sort, string Value, string Id)
{
    private const int MaxLength = 2000;

    public override string ToString() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes<string[]>([Sort.ToString(), Value, Id]));

    /// <exception cref="InvalidValueException">It is none of ours, or of a list in another order.</exception>
    public static BackupCursor Parse(string text, BackupSort sort)
    {
        var parts = Decode(text);
        if (parts is not [{ } order, { } value, { } id] || !Fits(sort.Key, value) || (value + id).Contains('\0', StringComparison.Ordinal))
            throw new InvalidValueException("CURSOR_INVALID", "after", "after is not a cursor of this list; take it from next of the page before.");
        return string.Equals(order, sort.ToString(), StringComparison.Ordinal)
            ? new BackupCursor(sort, value, id)
            : throw new InvalidValueException("CURSOR_INVALID", "after", $"after is a cursor of the order {order}, and the order asked for is {sort}.");
    }

    public static string ValueOf(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    public static string ValueOf(long number) => number.ToString(CultureInfo.InvariantCulture);

    public DateTime Time => DateTime.ParseExact(Value, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);

    public long Number => long.Parse(Value, CultureInfo.InvariantCulture);

    private static string?[]? Decode(string text)
    {
        try
        {
            return text.Length > MaxLength || !Base64Url.IsValid(text) ? null : JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool Fits(BackupSortKey key, string value) => key switch
    {
        BackupSortKey.StartedAt => DateTime.TryParseExact(value, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var time) && time.Kind is DateTimeKind.Utc,
        BackupSortKey.Size or BackupSortKey.Duration => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        _ => true,
    };
}
