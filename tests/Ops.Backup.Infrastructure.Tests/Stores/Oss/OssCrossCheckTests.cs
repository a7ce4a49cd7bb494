using System.Diagnostics;
using System.Globalization;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Infrastructure.Tests.Stores.Oss;

/// <summary>Aliyun's own client talks with our server, so that server and client don't merely share an error.</summary>
public sealed class OssCrossCheckTests
{
    [Theory]
    [InlineData("0", "")]
    [InlineData("1", "")]
    [InlineData("0", "temporary+/=token")]
    [InlineData("1", "temporary+/=token")]
    public async Task Aliyuns_own_client_is_understood(string v4, string token)
    {
        var folder = await NpmPackage.InstallAsync("oss-cross-check");
        await using var lab = await OssLab.StartAsync();
        lab.Server.AddBucket(OssLab.Bucket, cname: "localhost");
        if (token.Length > 0) lab.Server.AddToken(token, DateTimeOffset.UtcNow.AddHours(1));
        lab.Server.RequiresToken = token.Length > 0;
        var start = new ProcessStartInfo("node", ["check.mjs"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in (IEnumerable<(string, string)>)[("OSS_PORT", lab.Server.Port.ToString(CultureInfo.InvariantCulture)), ("OSS_KEY", lab.Server.AccessKeyId),
            ("OSS_SECRET", lab.Server.AccessKeySecret), ("OSS_BUCKET", OssLab.Bucket), ("OSS_V4", v4), ("OSS_TOKEN", token)])
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, await errors);
        output.ShouldContain("all of it agrees");
    }
}
