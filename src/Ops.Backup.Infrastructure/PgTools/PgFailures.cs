using Ops.Backup.Application.Ports;

namespace Ops.Backup.Infrastructure.PgTools;

/// <summary>Turns what a PostgreSQL program printed into a failure with a stable code. The programs run with LC_ALL=C, so the words are these.</summary>
public static class PgFailures
{
    private const int MaxLines = 6;

    private static readonly (string Words, string Code)[] Known =
    [
        ("password authentication failed", "AUTHENTICATION_FAILED"),
        ("no password supplied", "AUTHENTICATION_FAILED"),
        ("no pg_hba.conf entry", "AUTHENTICATION_FAILED"),
        ("FATAL:  role", "AUTHENTICATION_FAILED"),
        ("FATAL:  database", "DATABASE_MISSING"),
        // pg_dump waits for its locks under a statement timeout.
        ("statement timeout", "LOCK_TIMEOUT"),
        ("permission denied", "PERMISSION_DENIED"),
        ("row-level security", "ROW_SECURITY"),
        ("server version mismatch", "PG_DUMP_TOO_OLD"),
        ("No space left on device", "DISK_FULL"),
        ("server closed the connection", "SERVER_GONE"),
        ("terminating connection", "SERVER_GONE"),
        ("the database system is", "SERVER_GONE"),
        ("connection to server", "CONNECTION_FAILED"),
        ("could not connect", "CONNECTION_FAILED"),
    ];

    public static BackupFailedException Of(string program, int exitCode, string errors)
    {
        var text = Telling(errors);
        var code = Known.FirstOrDefault(known => text.Contains(known.Words, StringComparison.Ordinal)).Code
            ?? $"{program.ToUpperInvariant()}_FAILED";
        var how = exitCode > 128 ? $"was ended by signal {exitCode - 128}" : $"ended with exit code {exitCode}";
        return new BackupFailedException(code, text.Length == 0 ? $"{program} {how} and printed nothing." : $"{program} {how}: {text}");
    }

    // With --verbose most lines are progress; the lines that tell are marked.
    private static string Telling(string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var marked = lines.Where(line => line.Contains("error:", StringComparison.Ordinal) || line.Contains("FATAL", StringComparison.Ordinal)
            || line.Contains("ERROR", StringComparison.Ordinal) || line.Contains("detail:", StringComparison.Ordinal) || line.Contains("hint:", StringComparison.Ordinal)).ToList();
        return string.Join(" ", (marked.Count > 0 ? marked.Take(MaxLines) : lines.TakeLast(3)));
    }
}
