using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>Says of a failed rclone what it is and what to do. Its exit codes tell little; most is in its words, which differ by backend.</summary>
internal sealed class RcloneFailures(RcloneSettings settings, RcloneConfig config)
{
    private const int LongestWords = 300;

    // rclone's documented exit codes.
    private const int NoFolder = 3;
    private const int NoFile = 4;
    private const int Temporary = 5;
    private const int Signal = 128;

    private static readonly (string Code, bool IsTransient, string Advice, string[] Words)[] Known =
    [
        (StoreCodes.TokenExpired, false, "its token has expired. Run 'rclone config reconnect' and enter the configuration again.",
            ["invalid_grant", "expired_access_token", "token expired", "ExpiredToken", "couldn't fetch token"]),
        (StoreCodes.WrongKey, false, "user, password or key are wrong. Correct them in the rclone configuration.",
            ["401 Unauthorized", "unable to authenticate", "Login incorrect", "530 ", "InvalidAccessKeyId", "SignatureDoesNotMatch", "LOGON_FAILURE", "invalid_client", "AuthenticationFailed"]),
        (StoreCodes.Full, false, "there is no room left. Free space, or raise the quota.",
            ["no space left", "quota", "507 ", "insufficient storage", "disk full", "552 "]),
        (StoreCodes.Throttled, true, "it asks to slow down. Lower the store's bytes per second, or run fewer backups at a time.",
            ["429 ", "too many requests", "SlowDown", "rate limit", "rateLimitExceeded"]),
        (StoreCodes.NoBucket, false, "its bucket is not there. Create it, or correct the path.", ["NoSuchBucket", "bucket not found", "ContainerNotFound"]),
        (StoreCodes.Denied, false, "it does not allow that. Give its user the right to read, write, rename and delete in this path.",
            ["403 Forbidden", "permission denied", "AccessDenied", "access denied", "insufficientPermissions", "550 "]),
        (StoreCodes.Unreachable, true, "it can't be reached or broke off. Check the network and the remote's address.",
            ["connection refused", "no such host", "i/o timeout", "connection reset", "unexpected EOF", "broken pipe", "network is unreachable", "no route to host",
             "TLS handshake", "deadline exceeded", "connection lost", "use of closed network connection", "server misbehaving", ": EOF", "502 ", "503 ", "504 "]),
        (StoreCodes.Unreachable, false, "its certificate is not trusted here. Install its authority's certificate.", ["x509:"]),
    ];

    public static StoreException ToolMissing(Exception? inner = null) =>
        new(StoreCodes.ToolMissing, "The program rclone is not there or can't be run. Install the package rclone (apt-get install rclone), or correct its path in the configuration.", isTransient: false, inner);

    public static StoreException Corrupted(string what) =>
        new(StoreCodes.Corrupted, $"{what} The network or the server damages what it is sent; it is not taken for stored.", isTransient: true);

    public StoreException RanOut(string doing, TimeSpan patience, Exception? inner = null) =>
        new(StoreCodes.Unreachable, $"Could not {doing}: rclone moved nothing for {patience.TotalSeconds:0.###} s and was ended. Check the network to remote {settings.Remote}.", isTransient: true, inner);

    public StoreException Of(int exitCode, string errors, string doing)
    {
        var words = Words(errors);
        if (Has(errors, "didn't find section in config file"))
        {
            return new StoreException(StoreCodes.Failed,
                $"Could not {doing}: the rclone configuration ({config.FilePath ?? "rclone's default file"}) has no remote {settings.Remote}. Add the remote, or correct the store's.", isTransient: false);
        }
        if (exitCode > Signal)
            return new StoreException(StoreCodes.Failed, $"Could not {doing}: rclone was killed by signal {exitCode - Signal}. Look for lack of memory.", isTransient: true);
        if (exitCode is NoFolder or NoFile || Has(errors, "object not found") || Has(errors, "is a directory or doesn't exist"))
            return new StoreException(StoreCodes.Missing, $"Could not {doing}: remote {settings.Remote} does not have it. (exit code {exitCode}: {words})", isTransient: false);
        foreach (var (code, isTransient, advice, signs) in Known)
        {
            if (signs.Any(sign => Has(errors, sign)))
                return new StoreException(code, $"Could not {doing}: remote {settings.Remote} failed, {advice} (exit code {exitCode}: {words})", isTransient);
        }
        return new StoreException(StoreCodes.Failed, $"Could not {doing}: rclone ended with {exitCode}: {words}", isTransient: exitCode is Temporary);
    }

    // Its last line sums up; the time in front says nothing to whoever reads this.
    private string Words(string errors)
    {
        var last = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "no message";
        if (last.Length > 20 && char.IsAsciiDigit(last[0]) && last[4] == '/') last = last[20..];
        last = config.Clean(last);
        return last.Length <= LongestWords ? last : last[..LongestWords] + "…";
    }

    private static bool Has(string text, string words) => text.Contains(words, StringComparison.OrdinalIgnoreCase);
}
