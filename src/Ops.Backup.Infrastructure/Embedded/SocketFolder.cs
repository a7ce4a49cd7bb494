using System.Security.Cryptography;
using System.Text;

namespace Ops.Backup.Infrastructure.Embedded;

/// <summary>A folder that only the server's user may enter, for the server's Unix socket.</summary>
internal static class SocketFolder
{
    // sockaddr_un.sun_path has 108 bytes with the final zero; the longest name in the folder is the socket of port 65535.
    private const int Limit = 107;
    private const string LongestName = "/.s.PGSQL.65535";

    public static async Task<string> PrepareAsync(ClusterFiles files, ClusterOwner owner, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(files.DataFolder, "postgres.socket");
        // A comma would end the name in the setting, and a leading @ means another kind of socket.
        if (Encoding.UTF8.GetByteCount(folder + LongestName) > Limit || folder.Contains(',', StringComparison.Ordinal)) folder = Short(files);
        Remove(folder);
        ServiceFolder.CreatePrivate(folder);
        await owner.OwnAsync(cancellationToken, folder);
        return folder;
    }

    public static void Remove(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    // A name that nobody can guess, so that nobody can have made it before us; the one of the last start is not ours to trust again.
    private static string Short(ClusterFiles files)
    {
        const string prefix = "/tmp/ops-backup-socket-";
        if (files.ReadFacts() is { } last && last.SocketFolder.StartsWith(prefix, StringComparison.Ordinal)) Remove(last.SocketFolder);
        return prefix + RandomNumberGenerator.GetHexString(16, lowercase: true);
    }
}
