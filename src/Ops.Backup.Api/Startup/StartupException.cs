namespace Ops.Backup.Api.Startup;

/// <summary>The service can't start; the message is one line that says what to do.</summary>
public sealed class StartupException(int exitCode, string message) : Exception(message)
{
    /// <summary>2 the configuration is wrong, 3 the data folder or the embedded PostgreSQL, 4 the service's database.</summary>
    public int ExitCode { get; } = exitCode;

    public static StartupException Configuration(string message) => new(2, message);

    public static StartupException DataFolder(string message) => new(3, message);

    public static StartupException Database(string message) => new(4, message);
}
