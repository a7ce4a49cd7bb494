using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace Ops.Backup.Application.Reports;

/// <summary>
/// What holds for any report before its keys are looked at: size, UTF-8, JSON, depth, no key twice, and only text and numbers
/// that PostgreSQL can keep. After it nothing in the document can throw.
/// </summary>
internal static class ReportSyntax
{
    private const int MaxNumberLength = 100;
    private static ReadOnlySpan<byte> Utf8Mark => [0xEF, 0xBB, 0xBF];

    /// <returns>The JSON, without a byte order mark.</returns>
    public static ReadOnlyMemory<byte> Check(ReadOnlyMemory<byte> report)
    {
        if (report.Length > ReportLimits.Bytes) throw ReportErrors.TooLarge();
        CheckEncoding(report.Span);
        var json = report.Span.StartsWith(Utf8Mark) ? report[Utf8Mark.Length..] : report;
        try
        {
            CheckTokens(json.Span);
        }
        catch (JsonException e)
        {
            var place = e.LineNumber is { } line ? $"line {line + 1}, byte {e.BytePositionInLine + 1}" : null;
            throw new ReportRejectedException("REPORT_NOT_JSON", place, json.Span.Trim(" \t\r\n"u8).IsEmpty ? "The report is empty." : "It is not JSON, or not all of it is there.");
        }
        return json;
    }

    private static void CheckEncoding(ReadOnlySpan<byte> report)
    {
        var wide = report is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] or [0, (byte)'{', ..] or [(byte)'{', 0, ..];
        if (wide) throw new ReportRejectedException("REPORT_NOT_UTF8", Place(report, 0), "The report is UTF-16 or UTF-32; reports are UTF-8.");
        if (Utf8.IsValid(report)) return;
        var text = new char[report.Length];
        _ = Utf8.ToUtf16(report, text, out var good, out _, replaceInvalidSequences: false);
        throw new ReportRejectedException("REPORT_NOT_UTF8", Place(report, good), "The report has bytes that are not UTF-8.");
    }

    private static void CheckTokens(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ReportLimits.Depth + 1 });
        var keys = new Stack<HashSet<string>?>();
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (reader.CurrentDepth >= ReportLimits.Depth)
                        throw Refuse("REPORT_TOO_DEEP", json, ref reader, $"The report is nested deeper than {ReportLimits.Depth} levels.");
                    keys.Push(reader.TokenType is JsonTokenType.StartObject ? new HashSet<string>(StringComparer.Ordinal) : null);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    keys.Pop();
                    break;
                case JsonTokenType.PropertyName:
                    if (!keys.Peek()!.Add(Text(json, ref reader))) throw Refuse("KEY_TWICE", json, ref reader, "A key stands here for the second time; which one counts?");
                    break;
                case JsonTokenType.String:
                    _ = Text(json, ref reader);
                    break;
                case JsonTokenType.Number:
                    if (reader.ValueSpan.Length > MaxNumberLength || !reader.TryGetDouble(out var number) || !double.IsFinite(number))
                        throw Refuse("NUMBER_OUT_OF_RANGE", json, ref reader, "No number of a report is that large or that long.");
                    break;
                default:
                    break;
            }
        }
    }

    private static string Text(ReadOnlySpan<byte> json, ref Utf8JsonReader reader)
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Refuse("TEXT_INVALID", json, ref reader, "A text has half of a surrogate pair.");
        }
        return text.Contains('\0', StringComparison.Ordinal) ? throw Refuse("TEXT_HAS_NUL", json, ref reader, "A text has a NUL character, which PostgreSQL can't keep.") : text;
    }

    private static ReportRejectedException Refuse(string code, ReadOnlySpan<byte> json, ref Utf8JsonReader reader, string reason) =>
        new(code, Place(json, (int)reader.TokenStartIndex), reason);

    private static string Place(ReadOnlySpan<byte> json, int offset)
    {
        var before = json[..offset];
        return $"line {before.Count((byte)'\n') + 1}, byte {offset - before.LastIndexOf((byte)'\n')}";
    }
}
