using System.Globalization;
using System.Text.RegularExpressions;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>Where the script's backups go: its folder, and one remote place by rclone.</summary>
internal static partial class HostScriptStores
{
    private const string Remote = "opsbackup";
    private const string RemoteOptions = "RCLONE_CONFIG_OPSBACKUP_";

    /// <summary>The folder above <c>data</c>; the script's default when the config has no local store.</summary>
    public static string BaseFolder(ExportSubject subject)
    {
        if (LocalOf(subject)?.Settings is not LocalSettings local) return "/data/db-backups";
        // The script makes a folder data itself; a store that ends so is what it would make.
        const string data = "/data";
        return local.Folder.EndsWith(data, StringComparison.Ordinal) && local.Folder.Length > data.Length ? local.Folder[..^data.Length] : local.Folder;
    }

    public static IEnumerable<string> Lines(ExportSubject subject)
    {
        var (local, remote) = (LocalOf(subject), RemoteOf(subject));
        yield return EnvText.Line("BACKUP_MODE", remote is null ? "local" : local is null ? "oss" : "both");
        yield return EnvText.Line("BACKUP_BASE_DIR", BaseFolder(subject));
        if (remote is null) yield break;
        foreach (var line in RemoteLines(remote)) yield return line;
        if (remote.BytesPerSecond is { } rate) yield return EnvText.Line("RCLONE_BWLIMIT", rate.ToString(CultureInfo.InvariantCulture) + "B");
    }

    public static IEnumerable<string> Notes(ExportSubject subject)
    {
        foreach (var store in subject.Stores.Where(store => store != LocalOf(subject) && store != RemoteOf(subject)))
            yield return $"no copy goes to store \"{store.Name}\" ({Words.Of(store.Kind)}): the script knows one local and one remote place.";
        if (LocalOf(subject) is { Settings: LocalSettings folder } && !folder.Folder.EndsWith("/data", StringComparison.Ordinal))
            yield return $"dumps lie in {folder.Folder}/data, not in {folder.Folder} itself.";
        switch (RemoteOf(subject)?.Settings)
        {
            case OssSettings oss when oss.Addressing is not Addressing.VirtualHost || oss.Signature is not OssSignature.V4:
                yield return $"the OSS store's addressing {Words.Of(oss.Addressing)} and signature {Words.Of(oss.Signature)} are not passed on.";
                break;
            case S3Settings { ObjectLockDays: not null }:
                yield return "object lock is not asked for; set a default retention on the bucket.";
                break;
            case RcloneSettings { ConfigFile: null } rclone:
                yield return $"the host needs the remote \"{rclone.Remote}\" in the rclone configuration of user {ExportSubject.User}.";
                break;
        }
        if (RemoteOf(subject)?.Settings is OssSettings { } sealedOss && (sealedOss.ServerSideEncryption is not ServerSideEncryption.None || sealedOss.StorageClass is not null))
            yield return "server-side encryption and storage class of the OSS store are not asked for; set them on the bucket.";
        if (BucketOf(RemoteOf(subject)?.Settings) is { } bucket && !ScriptBucket().IsMatch(bucket))
            yield return $"the script takes no bucket name with dots, and \"{bucket}\" has one: it will refuse OSS_BUCKET until you choose another bucket.";
        if (subject.Stores.Any(store => store.MaxConcurrent is not null)) yield return "the stores' limits on how many write at once are not kept.";
    }

    private static Store? LocalOf(ExportSubject subject) => subject.Stores.FirstOrDefault(store => store.Kind is StoreKind.Local);

    private static Store? RemoteOf(ExportSubject subject) => subject.Stores.FirstOrDefault(store => store.Kind is not StoreKind.Local);

    private static string? BucketOf(StoreSettings? settings) => settings switch { OssSettings oss => oss.Bucket, S3Settings s3 => s3.Bucket, _ => null };

    // An empty value counts as not given there, and would become the default prefix.
    private static string Prefix(string prefix) => prefix.Length == 0 ? "/" : prefix;

    private static IEnumerable<string> RemoteLines(Store store) => store.Settings switch
    {
        OssSettings oss => [
            EnvText.Line("BACKUP_UPLOAD_TOOL", "rclone"), EnvText.Line("OSS_BUCKET", oss.Bucket), EnvText.Line("OSS_PREFIX", Prefix(oss.Prefix)), EnvText.Line("OSS_ENDPOINT", oss.Endpoint),
            .. oss.Region is null ? Array.Empty<string>() : [EnvText.Line("OSS_REGION", oss.Region)],
            "# The keys of a user that may only write there; take the # away and keep this file at mode 0600:", "#OSS_ACCESS_KEY_ID=", "#OSS_ACCESS_KEY_SECRET="],
        S3Settings s3 => [
            "# An S3 bucket goes by a remote of rclone that these settings make; the reports name it oss://, as they always do.",
            EnvText.Line("BACKUP_UPLOAD_TOOL", "rclone"), EnvText.Line("RCLONE_REMOTE", Remote), EnvText.Line("OSS_BUCKET", s3.Bucket), EnvText.Line("OSS_PREFIX", Prefix(s3.Prefix)),
            .. S3Options(s3).Select(option => EnvText.Line(RemoteOptions + option.Key, option.Value)),
            "# The keys of a user that may only write there; take the # away and keep this file at mode 0600:", $"#{RemoteOptions}ACCESS_KEY_ID=", $"#{RemoteOptions}SECRET_ACCESS_KEY="],
        RcloneSettings rclone => RcloneLines(rclone),
        _ => [],
    };

    private static IEnumerable<(string Key, string Value)> S3Options(S3Settings s3)
    {
        yield return ("TYPE", "s3");
        yield return ("PROVIDER", s3.Endpoint is null ? "AWS" : "Other");
        yield return ("REGION", s3.Region);
        if (s3.Endpoint is { } endpoint) yield return ("ENDPOINT", endpoint);
        yield return ("FORCE_PATH_STYLE", s3.PathStyle ? "true" : "false");
        yield return ("NO_CHECK_BUCKET", "true");
        if (s3.ServerSideEncryption is not ServerSideEncryption.None) yield return ("SERVER_SIDE_ENCRYPTION", s3.ServerSideEncryption is ServerSideEncryption.Kms ? "aws:kms" : "AES256");
        if (s3.KmsKeyId is { } key) yield return ("SSE_KMS_KEY_ID", key);
        if (s3.StorageClass is { } storageClass) yield return ("STORAGE_CLASS", storageClass);
    }

    // The script puts a bucket between remote and prefix; the first folder of the path that could be one's name is taken for it.
    private static IEnumerable<string> RcloneLines(RcloneSettings rclone)
    {
        var folders = rclone.Path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var bucket = Array.FindIndex(folders, ScriptBucket().IsMatch);
        var before = string.Join('/', bucket < 0 ? folders : folders[..bucket]);
        yield return EnvText.Line("BACKUP_UPLOAD_TOOL", "rclone");
        yield return EnvText.Line("RCLONE_REMOTE", before.Length == 0 ? rclone.Remote : $"{rclone.Remote}:{before}");
        if (rclone.ConfigFile is { } file) yield return EnvText.Line("RCLONE_CONFIG", file);
        yield return EnvText.Line("OSS_BUCKET", bucket < 0 ? "backups" : folders[bucket]);
        yield return EnvText.Line("OSS_PREFIX", bucket < 0 ? "/" : Prefix(string.Join('/', folders[(bucket + 1)..])));
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]\\z", RegexOptions.None, 1000)]
    private static partial Regex ScriptBucket();
}
