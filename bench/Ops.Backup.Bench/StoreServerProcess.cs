using System.Diagnostics;
using System.Globalization;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Stores.Objects;
using Ops.Backup.Infrastructure.Stores.Oss;
using Ops.Backup.Infrastructure.Stores.S3;
using Ops.Backup.Testing;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.Bench;

/// <summary>A remote store on loopback, in a process of its own: its CPU and its memory are not the service's, nor ours.</summary>
internal sealed class StoreServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly OssServerOptions OssKey = new();
    private readonly Process _process;
    private readonly StoreSettings _settings;
    private readonly StoreCredentials _credentials;

    private StoreServerProcess(Process process, StoreSettings settings, StoreCredentials credentials) =>
        (_process, _settings, _credentials) = (process, settings, credentials);

    /// <summary>The body that makes it a store of the service.</summary>
    public object Definition => _settings switch
    {
        OssSettings oss => new { name = "oss", kind = "oss", settings = new { bucket = oss.Bucket, endpoint = oss.Endpoint, region = oss.Region, addressing = "path" }, credentials = _credentials },
        S3Settings s3 => new { name = "s3", kind = "s3", settings = new { bucket = s3.Bucket, endpoint = s3.Endpoint, region = s3.Region, pathStyle = true }, credentials = _credentials },
        _ => throw new InvalidOperationException($"No definition of {_settings.Kind}."),
    };

    /// <param name="bytesPerSecond">0 for no limit.</param>
    public static async Task<StoreServerProcess> StartOssAsync(long bytesPerSecond, int latencyMilliseconds = 0)
    {
        var (process, url) = await StartAsync("serve-oss", "--bytes-per-second", Text(bytesPerSecond), "--latency-ms", Text(latencyMilliseconds));
        return new StoreServerProcess(process, new OssSettings(StoreServer.Bucket, url, OssKey.Region, Addressing: Addressing.Path),
            new StoreCredentials(OssKey.AccessKeyId, OssKey.AccessKeySecret));
    }

    public static async Task<StoreServerProcess> StartS3Async(long bytesPerSecond)
    {
        var (process, url) = await StartAsync("serve-s3", "--bytes-per-second", Text(bytesPerSecond));
        return new StoreServerProcess(process, new S3Settings(StoreServer.Bucket, "us-east-1", url, PathStyle: true),
            new StoreCredentials(S3Server.AccessKeyId, S3Server.AccessKeySecret));
    }

    /// <summary>The service's own client of it.</summary>
    public IObjectClient Client() => _settings switch
    {
        OssSettings oss => new OssClient(oss, _credentials, TimeProvider.System, new OssClientOptions()),
        S3Settings s3 => new S3Client(s3, _credentials, TimeProvider.System, new S3Options()),
        _ => throw new InvalidOperationException($"No client of {_settings.Kind}."),
    };

    /// <summary>After so many further bytes nothing moves any more for so long; of the S3 server only.</summary>
    public Task StallAsync(long afterBytes, int seconds) => _process.StandardInput.WriteLineAsync($"stall {Text(afterBytes)} {Text(seconds)}");

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<(Process Process, string Url)> StartAsync(params string[] arguments)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ops.Backup.Bench.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(info)!;
        try
        {
            return (process, await process.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? throw new InvalidOperationException($"{arguments[0]} did not start."));
        }
        catch
        {
            process.StandardInput.Close();
            process.Dispose();
            throw;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
