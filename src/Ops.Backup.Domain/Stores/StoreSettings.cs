namespace Ops.Backup.Domain.Stores;

public enum StoreKind { Local, Oss, S3, Rclone }

/// <summary>How a bucket's name gets into the address: <c>bucket.endpoint/key</c>, a domain that is the bucket's own, or <c>endpoint/bucket/key</c>.</summary>
public enum Addressing { VirtualHost, Cname, Path }

public enum OssSignature { V4, V1 }

/// <summary>What encrypts at rest on the server's side; it has nothing to do with our own encryption.</summary>
public enum ServerSideEncryption { None, Aes256, Kms }

public enum ObjectLockMode { Governance, Compliance }

/// <summary>Where a store is and how it wants to be talked to; one record a kind. Credentials are not in it.</summary>
public abstract record StoreSettings
{
    /// <summary>S2's prefix of remote artifacts.</summary>
    public const string DefaultPrefix = "postgres/backups/";

    /// <summary>S3's and OSS's own limit.</summary>
    public const int DefaultMaxParts = 10_000;

    private protected StoreSettings() { }

    public abstract StoreKind Kind { get; }

    /// <exception cref="InvalidValueException">A part is missing or can't be; it names the field.</exception>
    public abstract StoreSettings Checked();
}

/// <param name="Folder">Absolute, on the node that runs the backup.</param>
public sealed record LocalSettings(string Folder) : StoreSettings
{
    public override StoreKind Kind => StoreKind.Local;

    public override StoreSettings Checked() => this with { Folder = StoreRules.Folder(Folder, "settings.folder") };
}

/// <param name="Bucket">The bucket's name.</param>
/// <param name="Endpoint">For instance <c>oss-cn-hangzhou.aliyuncs.com</c>; with <c>http://</c> in front for a plain connection, https otherwise.</param>
/// <param name="Region">For the V4 signature; read from an Aliyun endpoint when left out.</param>
/// <param name="Prefix">What every key begins with.</param>
public sealed record OssSettings(
    string Bucket, string Endpoint, string? Region = null, string Prefix = StoreSettings.DefaultPrefix, Addressing Addressing = Addressing.VirtualHost,
    OssSignature Signature = OssSignature.V4, ServerSideEncryption ServerSideEncryption = ServerSideEncryption.None, string? KmsKeyId = null,
    string? StorageClass = null, int MaxParts = StoreSettings.DefaultMaxParts)
    : StoreSettings
{
    public override StoreKind Kind => StoreKind.Oss;

    public override StoreSettings Checked() => this with
    {
        Bucket = StoreRules.Bucket(Bucket),
        Endpoint = StoreRules.Endpoint(Endpoint),
        Region = StoreRules.Optional(Region, "settings.region", 100) ?? StoreRules.RegionOfAliyun(Endpoint) ?? (Signature is OssSignature.V1 ? null
            : throw new InvalidValueException("VALUE_MISSING", "settings.region", "The V4 signature needs a region, and the endpoint does not tell it.")),
        Prefix = StoreRules.Prefix(Prefix),
        KmsKeyId = StoreRules.Optional(KmsKeyId, "settings.kmsKeyId", 500),
        StorageClass = StoreRules.Optional(StorageClass, "settings.storageClass", 100),
        MaxParts = StoreRules.MaxParts(MaxParts),
    };
}

/// <param name="Endpoint">Null for AWS itself.</param>
/// <param name="ObjectLockDays">Asks the server to keep each object so many days; the bucket must have object lock.</param>
public sealed record S3Settings(
    string Bucket, string Region, string? Endpoint = null, string Prefix = StoreSettings.DefaultPrefix, bool PathStyle = false,
    ServerSideEncryption ServerSideEncryption = ServerSideEncryption.None, string? KmsKeyId = null, string? StorageClass = null,
    ObjectLockMode ObjectLockMode = ObjectLockMode.Governance, int? ObjectLockDays = null, int MaxParts = StoreSettings.DefaultMaxParts)
    : StoreSettings
{
    public override StoreKind Kind => StoreKind.S3;

    public override StoreSettings Checked() => this with
    {
        Bucket = StoreRules.Bucket(Bucket),
        Region = StoreRules.Text(Region, "settings.region", 100),
        Endpoint = Endpoint is null ? null : StoreRules.Endpoint(Endpoint),
        Prefix = StoreRules.Prefix(Prefix),
        KmsKeyId = StoreRules.Optional(KmsKeyId, "settings.kmsKeyId", 500),
        StorageClass = StoreRules.Optional(StorageClass, "settings.storageClass", 100),
        MaxParts = StoreRules.MaxParts(MaxParts),
        ObjectLockDays = ObjectLockDays is null or (>= 1 and <= 36_500) ? ObjectLockDays
            : throw new InvalidValueException("VALUE_OUT_OF_RANGE", "settings.objectLockDays", "objectLockDays goes from 1 to 36500."),
    };
}

/// <param name="Remote">The remote's name in the configuration, without the colon.</param>
/// <param name="Path">The folder in the remote.</param>
/// <param name="ConfigFile">rclone's own configuration; null where the configuration is among the credentials, or is rclone's default file.</param>
public sealed record RcloneSettings(string Remote, string Path = StoreSettings.DefaultPrefix, string? ConfigFile = null) : StoreSettings
{
    public override StoreKind Kind => StoreKind.Rclone;

    public override StoreSettings Checked() => this with
    {
        Remote = StoreRules.RemoteName(Remote),
        Path = StoreRules.Prefix(Path, "settings.path"),
        ConfigFile = ConfigFile is null ? null : StoreRules.Folder(ConfigFile, "settings.configFile"),
    };
}

/// <summary>What a store is opened with. It is encrypted as a whole and never shown.</summary>
/// <param name="SecurityToken">Of temporary (STS) credentials.</param>
/// <param name="RcloneConfig">The text of an rclone configuration.</param>
public sealed record StoreCredentials(string? AccessKeyId = null, string? AccessKeySecret = null, string? SecurityToken = null, string? RcloneConfig = null);
