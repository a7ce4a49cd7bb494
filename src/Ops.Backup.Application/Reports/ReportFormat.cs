using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ops.Backup.Domain;
using Ops.Backup.Domain.BackupJobs;

namespace Ops.Backup.Application.Reports;

/// <summary>Renders a finished job as its report, indented for people. <see cref="ReportParser"/> reads it back to the same run.</summary>
public static class ReportFormat
{
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Render(BackupJob job)
    {
        if (!job.IsFinished) throw BackupJobErrors.WrongState(job, "reported");
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes, Readable)) Write(writer, job);
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter writer, BackupJob job)
    {
        writer.WriteStartObject();
        writer.WriteNumber("schemaVersion", ReportParser.SchemaVersion);
        writer.WriteString("id", job.Id);
        writer.WriteString("database", job.Database);
        writer.WriteString("host", job.Host);
        writer.WriteString("port", job.Port);
        writer.WriteString("startedAt", Time(job.StartedAt));
        writer.WriteString("finishedAt", Time(job.FinishedAt!.Value));
        writer.WriteNumber("durationSeconds", job.DurationSeconds!.Value);
        writer.WriteString("mode", Words.Of(job.Mode));
        writer.WriteString("tool", job.Tool);
        writer.WriteString("status", Words.Of(job.Status is BackupStatus.Success ? BackupStatus.Success : BackupStatus.Failed));
        writer.WriteString("state", Words.Of(job.Status));
        writer.WriteString("errorMessage", job.Error);
        WriteLocal(writer, job);
        writer.WriteStartObject("remote");
        writer.WriteStartArray("urls");
        foreach (var url in job.RemoteUrls) writer.WriteStringValue(url);
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteString("trigger", Words.Of(job.Trigger));
        writer.WriteString("type", Words.Of(job.Type));
        writer.WriteString("method", Words.Of(job.Method));
        writer.WriteString("format", Words.Of(job.Format));
        writer.WriteString("compression", job.Compression.ToString());
        writer.WriteString("description", job.Description);
        writer.WriteString("serverVersion", job.ServerVersion);
        writer.WriteString("clientVersion", job.ClientVersion);
        writer.WriteString("node", job.Node);
        writer.WriteString("logFile", job.LogFile);
        WriteFiles(writer, job);
        writer.WriteString("baseName", job.BaseName);
        writer.WriteStartArray("recipients");
        foreach (var recipient in job.Recipients) writer.WriteStringValue(recipient);
        writer.WriteEndArray();
        WriteCopies(writer, job);
        writer.WriteEndObject();
    }

    private static void WriteLocal(Utf8JsonWriter writer, BackupJob job)
    {
        writer.WriteStartObject("local");
        writer.WriteString("file", job.LocalFile);
        writer.WriteString("globalsFile", job.Files.FirstOrDefault(file => file.Role is FileRole.Globals)?.Path);
        writer.WriteString("checksumSha256", job.Checksum);
        writer.WritePropertyName("sizeBytes");
        if (job.SizeBytes is { } size) writer.WriteNumberValue(size);
        else writer.WriteNullValue();
        writer.WriteEndObject();
    }

    private static void WriteFiles(Utf8JsonWriter writer, BackupJob job)
    {
        writer.WriteStartArray("files");
        foreach (var file in job.Files)
        {
            writer.WriteStartObject();
            writer.WriteString("role", Words.Of(file.Role));
            writer.WriteString("name", file.Name);
            writer.WriteString("path", file.Path);
            writer.WriteNumber("sizeBytes", file.SizeBytes);
            writer.WriteString("sha256", file.Sha256);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static void WriteCopies(Utf8JsonWriter writer, BackupJob job)
    {
        writer.WriteStartArray("copies");
        // What goes is no copy that a report should promise.
        foreach (var copy in job.Copies.Where(copy => copy.Status is not CopyStatus.Deleting))
        {
            writer.WriteStartObject();
            writer.WriteString("store", copy.StoreName);
            writer.WriteString("kind", Words.Of(copy.Kind));
            writer.WriteString("node", copy.Node);
            writer.WriteString("status", Words.Of(copy.Status));
            writer.WriteString("url", copy.Url);
            writer.WritePropertyName("sizeBytes");
            if (copy.SizeBytes is { } size) writer.WriteNumberValue(size);
            else writer.WriteNullValue();
            writer.WriteString("checksum", copy.Checksum);
            writer.WriteString("errorMessage", copy.Error);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
