using Ops.Backup.Application.Stores;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Api.Startup;

/// <summary>OSS_…, as the host script has them: the store <c>oss</c>.</summary>
internal static class OssVariables
{
    private static readonly string[] Needed = ["OSS_ENDPOINT", "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET"];

    public static StoreDefinition? Read(Variables settings)
    {
        var (bucketName, bucket) = settings.Either("OSS_BUCKET_NAME", "OSS_BUCKET");
        if (bucket is null)
        {
            // Half of it is a mistake: backups would stay here, and nobody would notice.
            var given = Needed.FirstOrDefault(name => settings[name] is not null);
            return given is null ? null : throw Variables.Wrong(bucketName, $"it is missing, and {given} needs it.");
        }
        var found = new OssSettings(bucket, settings.Required("OSS_ENDPOINT", bucketName), settings["OSS_REGION"], settings["OSS_PREFIX"] ?? StoreSettings.DefaultPrefix);
        return new StoreDefinition(
            new StoreFacts("oss", Variables.Checked(found.Checked, NameOf), [], BytesPerSecond: null, IsDefault: false),
            Keys.Read(settings, StoreKind.Oss, bucketName, "OSS_ACCESS_KEY_ID", "OSS_ACCESS_KEY_SECRET", "OSS_SESSION_TOKEN"));

        string NameOf(string field) => field switch
        {
            "settings.bucket" => bucketName,
            "settings.region" => "OSS_REGION",
            "settings.prefix" => "OSS_PREFIX",
            _ => "OSS_ENDPOINT",
        };
    }
}

/// <summary>AWS_…, as Amazon's own tools have them: the store <c>s3</c>. They may be there for other programs, so only the bucket's name defines it.</summary>
internal static class S3Variables
{
    private const string BucketName = "AWS_S3_BUCKET";

    // What servers of other makers take for their only region.
    private const string UsualRegion = "us-east-1";

    public static StoreDefinition? Read(Variables settings)
    {
        if (settings[BucketName] is not { } bucket) return null;
        var endpointName = settings["AWS_ENDPOINT_URL_S3"] is null ? "AWS_ENDPOINT_URL" : "AWS_ENDPOINT_URL_S3";
        var endpoint = settings[endpointName];
        var region = settings["AWS_REGION"] ?? settings["AWS_DEFAULT_REGION"] ?? (endpoint is null ? settings.Required("AWS_REGION", BucketName) : UsualRegion);
        // Servers of other makers seldom have a name for every bucket.
        var found = new S3Settings(bucket, region, endpoint, PathStyle: endpoint is not null && !endpoint.Contains("amazonaws.com", StringComparison.OrdinalIgnoreCase));
        return new StoreDefinition(
            new StoreFacts("s3", Variables.Checked(found.Checked, NameOf), [], BytesPerSecond: null, IsDefault: false),
            Keys.Read(settings, StoreKind.S3, BucketName, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"));

        string NameOf(string field) => field switch
        {
            "settings.bucket" => BucketName,
            "settings.region" => "AWS_REGION",
            _ => endpointName,
        };
    }
}

/// <summary>RCLONE_REMOTE and RCLONE_CONFIG: the store <c>rclone</c>.</summary>
internal static class RcloneVariables
{
    private const string Remote = "RCLONE_REMOTE";

    public static StoreDefinition? Read(Variables settings)
    {
        // RCLONE_CONFIG alone is for other uses of rclone.
        if (settings[Remote] is not { } remote) return null;
        var parts = remote.Split(':', 2);
        if (parts.Length != 2) throw Variables.Wrong(Remote, "it has the form remote:path.");
        var found = new RcloneSettings(parts[0], parts[1], settings["RCLONE_CONFIG"]);
        var facts = new StoreFacts("rclone", Variables.Checked(found.Checked, field => field is "settings.configFile" ? "RCLONE_CONFIG" : Remote), [], BytesPerSecond: null, IsDefault: false);
        return new StoreDefinition(facts, Credentials: null);
    }
}

internal static class Keys
{
    public static StoreCredentials? Read(Variables settings, StoreKind kind, string bucketName, string id, string secret, string token)
    {
        var given = new StoreCredentials(settings.Required(id, bucketName), settings.Required(secret, bucketName), settings[token]);
        return Variables.Checked(() => CredentialRules.Check(given, kind), field => field switch
        {
            "credentials.accessKeyId" => id,
            "credentials.accessKeySecret" => secret,
            _ => token,
        });
    }
}
