using System.Text;
using System.Text.RegularExpressions;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>
/// The configuration that rclone is given. A text that was entered is in a 0600 file of a private folder, as long as this object lives; rclone may
/// write renewed tokens into it.
/// </summary>
internal sealed partial class RcloneConfig : IDisposable
{
    private const int ShortestSecret = 4;

    private readonly string? _folder;
    private readonly IReadOnlyList<string> _secrets = [];

    public RcloneConfig(RcloneSettings settings, StoreCredentials credentials)
    {
        if (credentials.RcloneConfig is not { Length: > 0 } text)
        {
            FilePath = settings.ConfigFile;
            return;
        }
        _secrets = [.. SecretLine().Matches(text).Select(match => match.Groups["value"].Value.Trim()).Where(value => value.Length >= ShortestSecret)];
        _folder = Directory.CreateTempSubdirectory("ops-backup-rclone-").FullName;
        FilePath = Path.Combine(_folder, "rclone.conf");
        try
        {
            File.SetUnixFileMode(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            using var stream = new FileStream(FilePath, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Null for rclone's default file.</summary>
    public string? FilePath { get; }

    /// <summary>What rclone says, without what is secret in the configuration or in an address.</summary>
    public string Clean(string text)
    {
        foreach (var secret in _secrets) text = text.Replace(secret, "***", StringComparison.Ordinal);
        return UserInAddress().Replace(text, "://***@");
    }

    public void Dispose()
    {
        if (_folder is not null && Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex(@"^\s*[\w.\-]*(pass|secret|token|key|cookie|auth|credentials|sas_url)[\w.\-]*\s*=(?<value>.*)$", RegexOptions.Multiline | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SecretLine();

    [GeneratedRegex(@"://[^/@\s]+@", RegexOptions.None, 1000)]
    private static partial Regex UserInAddress();
}
