using System.Globalization;
using Ops.Backup.Testing;
using Ops.Backup.Testing.Oss;

namespace Ops.Backup.Bench;

/// <summary>
/// The hidden verbs <c>serve-oss</c> and <c>serve-s3</c>: a server behind a line, in a process of its own. It prints its address,
/// obeys what comes on its input, and ends with it.
/// </summary>
internal static class StoreServer
{
    public const string Bucket = S3Server.Bucket;

    private const string NoUploads =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>" + Bucket
        + "</Bucket><MaxUploads>1000</MaxUploads><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>";

    public static async Task<int> ServeOssAsync(string[] arguments)
    {
        // In memory, so that the disk is the database's and the local store's alone; ETags without MD5, which would cost the others their CPU.
        await using var server = await OssServer.StartAsync(new OssServerOptions { Md5ETags = false });
        server.AddBucket(Bucket);
        server.BytesPerSecond = Speed(arguments);
        server.Latency = TimeSpan.FromMilliseconds(Arguments.Number(arguments, "--latency-ms", 0));
        Console.WriteLine(server.Endpoint);
        while (await Console.In.ReadLineAsync() is not null) { /* nothing to obey here */ }
        return 0;
    }

    public static async Task<int> ServeS3Async(string[] arguments)
    {
        await using var server = new S3Server();
        await server.InitializeAsync();
        await using var proxy = new FaultProxy(server.Port) { BytesPerSecond = Speed(arguments), Faults = InItsPlace };
        Console.WriteLine(proxy.Url);
        while (await Console.In.ReadLineAsync() is { } line)
        {
            var words = line.Split(' ');
            if (words is ["stall", var bytes, var seconds])
                _ = StallAsync(proxy, long.Parse(bytes, CultureInfo.InvariantCulture), TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)));
        }
        return 0;
    }

    // What s3rver has not: the list of unfinished uploads, and aborting one. Nothing here is left unfinished.
    private static Fault.Answer? InItsPlace(ProxiedRequest request) => request.Method switch
    {
        "GET" when request.Path.Contains("?uploads", StringComparison.Ordinal) || request.Path.Contains("&uploads", StringComparison.Ordinal) => new Fault.Answer(200, NoUploads),
        "DELETE" when request.Path.Contains("uploadId=", StringComparison.Ordinal) => new Fault.Answer(204),
        _ => null,
    };

    private static async Task StallAsync(FaultProxy proxy, long bytes, TimeSpan pause)
    {
        var from = proxy.BytesFromClient + bytes;
        while (proxy.BytesFromClient < from) await Task.Delay(10);
        proxy.IsHanging = true;
        await Task.Delay(pause);
        proxy.IsHanging = false;
    }

    private static long? Speed(string[] arguments) => Arguments.Number(arguments, "--bytes-per-second", 0) is > 0 and var speed ? speed : null;
}
