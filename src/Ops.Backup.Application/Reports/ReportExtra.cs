using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ops.Backup.Application.Reports;

/// <summary>What a report says beyond the keys that we know is kept where it stood: nothing of the truth is lost.</summary>
internal static class ReportExtra
{
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <returns>A JSON object, or null when there is nothing.</returns>
    public static string? Collect(ReportFields root, ReportFields? local, ReportFields? remote, IReadOnlyList<ReportFields> files, string? globalsFile)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(bytes, Readable);
        writer.WriteStartObject();
        var any = WriteUnknown(writer, root);
        any |= WriteObject(writer, "local", local, globalsFile);
        any |= WriteObject(writer, "remote", remote, null);
        if (files.Any(file => file.Unknown.Any()))
        {
            any = true;
            writer.WriteStartArray("files");
            foreach (var file in files)
            {
                writer.WriteStartObject();
                WriteUnknown(writer, file);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
        writer.Flush();
        return any ? Encoding.UTF8.GetString(bytes.WrittenSpan) : null;
    }

    private static bool WriteObject(Utf8JsonWriter writer, string key, ReportFields? fields, string? globalsFile)
    {
        if (fields is null || (globalsFile is null && !fields.Unknown.Any())) return false;
        writer.WriteStartObject(key);
        WriteUnknown(writer, fields);
        // The globals' size and hash are unknown here, so it can't be one of the files.
        if (globalsFile is not null) writer.WriteString("globalsFile", globalsFile);
        writer.WriteEndObject();
        return true;
    }

    private static bool WriteUnknown(Utf8JsonWriter writer, ReportFields fields)
    {
        var any = false;
        foreach (var property in fields.Unknown)
        {
            any = true;
            property.WriteTo(writer);
        }
        return any;
    }
}
