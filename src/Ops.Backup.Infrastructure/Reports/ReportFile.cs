using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Ops.Backup.Application.Reports;
using Ops.Backup.Infrastructure.Files;

namespace Ops.Backup.Infrastructure.Reports;

/// <summary>
/// Opens a report that anybody may have put there: a link is not followed, a pipe does not block, and what is checked is the open
/// file, not a name that can be swapped meanwhile.
/// </summary>
internal static class ReportFile
{
    private const char Replacement = '\uFFFD';

    /// <returns>Null when it is gone.</returns>
    /// <exception cref="ReportRejectedException">It is no regular file, too large, or can't be opened.</exception>
    public static ReportBytes? Read(string path)
    {
        var descriptor = Posix.Open(path, Posix.ReadOnly | Posix.NoFollow | Posix.NonBlocking | Posix.CloseOnExec);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() switch
            {
                // .NET shows a name that is not UTF-8 with replacement characters, and that name opens nothing.
                Posix.NoSuchFile when path.Contains(Replacement, StringComparison.Ordinal) => throw ReportErrors.NameInvalid(),
                Posix.NoSuchFile => null,
                Posix.IsLink => throw ReportErrors.IsLink(),
                _ => throw ReportErrors.Unreadable(Posix.LastError("open", path).Message),
            };
        }
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        var facts = Posix.Facts(file, path);
        if (!facts.IsRegular) throw ReportErrors.NotAFile();
        if (facts.Length > ReportLimits.Bytes) throw ReportErrors.TooLarge();
        try
        {
            return new ReportBytes(ReadAll(file, (int)facts.Length), Stamp(facts.ModifiedAt));
        }
        catch (IOException e)
        {
            throw ReportErrors.Unreadable(e.Message);
        }
    }

    /// <summary>PostgreSQL keeps microseconds; times are compared as it would give them back.</summary>
    public static DateTimeOffset Stamp(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    // Somebody may be writing: what comes after the length that was seen belongs to the next version.
    private static ReadOnlyMemory<byte> ReadAll(SafeFileHandle file, int length)
    {
        var bytes = new byte[length];
        var read = 0;
        while (read < length)
        {
            var count = RandomAccess.Read(file, bytes.AsSpan(read), read);
            if (count == 0) break;
            read += count;
        }
        return bytes.AsMemory(0, read);
    }
}

internal sealed record ReportBytes(ReadOnlyMemory<byte> Content, DateTimeOffset ModifiedAt);
