using Ops.Backup.Testing.Oss;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>The request bodies that make the tests' servers stores.</summary>
public static class StoreRequests
{
    public static object Oss(OssServer server, string name = "oss", bool isDefault = true, int? port = null, string? securityToken = null, string[]? recipients = null)
    {
        server.AddBucket(name);
        return new
        {
            name,
            kind = "oss",
            settings = new { bucket = name, endpoint = $"http://127.0.0.1:{port ?? server.Port}", region = server.Region, addressing = "path" },
            credentials = new { accessKeyId = server.AccessKeyId, accessKeySecret = server.AccessKeySecret, securityToken },
            recipients = recipients ?? [],
            isDefault,
        };
    }

    public static object S3(S3Server server, string name = "s3", bool isDefault = true) => new
    {
        name,
        kind = "s3",
        settings = new { bucket = S3Server.Bucket, endpoint = server.Url, region = "us-east-1", pathStyle = true },
        credentials = new { accessKeyId = S3Server.AccessKeyId, accessKeySecret = S3Server.AccessKeySecret },
        isDefault,
    };

    public static async Task<object> RcloneAsync(RcloneServer server, string name = "dav", bool isDefault = true) => new
    {
        name,
        kind = "rclone",
        settings = new { remote = "dav" },
        credentials = new { rcloneConfig = await server.ConfigAsync("dav") },
        isDefault,
    };
}
