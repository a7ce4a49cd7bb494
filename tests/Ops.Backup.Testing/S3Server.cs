using System.Globalization;
using Ops.Backup.Infrastructure.Processes;
using Xunit;

namespace Ops.Backup.Testing;

/// <summary>
/// An S3 server that others wrote (s3rver) on a loopback port. It knows the key's id, but checks neither V4 signatures nor Content-MD5; it has no
/// conditions on writing, no second page of a listing, and neither aborts nor lists unfinished uploads. For those see <see cref="Fault.Answer"/>.
/// </summary>
public sealed class S3Server : IAsyncLifetime, IAsyncDisposable
{
    public const string AccessKeyId = "S3RVER";
    public const string AccessKeySecret = "S3RVER";
    public const string Bucket = "backups";

    private const string ObjectSuffix = "._S3rver_object";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly TempFolder _folder = new("s3");
    private ChildProcess? _server;

    public int Port { get; private set; }

    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The files in which it keeps the bucket's objects, by their keys.</summary>
    public IReadOnlyDictionary<string, string> Objects => !Directory.Exists(_folder.File(Bucket)) ? new Dictionary<string, string>(StringComparer.Ordinal)
        : Directory.EnumerateFiles(_folder.File(Bucket), "*" + ObjectSuffix, SearchOption.AllDirectories)
            .ToDictionary(path => Path.GetRelativePath(_folder.File(Bucket), path)[..^ObjectSuffix.Length], StringComparer.Ordinal);

    public async Task InitializeAsync()
    {
        var home = await NpmPackage.InstallAsync("s3-server");
        var node = Tool.Find("node") ?? throw new InvalidOperationException("node is missing; scripts/test.sh installs it.");
        _server = ChildProcess.Start(new ProcessSpec(node,
            [Path.Combine(home, "node_modules", "s3rver", "bin", "s3rver.js"), "--directory", _folder.Path, "--address", "127.0.0.1", "--port", "0", "--configure-bucket", Bucket]));
        using var output = new StreamReader(_server.Output, leaveOpen: true);
        while (await output.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (!line.Contains("listening", StringComparison.OrdinalIgnoreCase)) continue;
            Port = int.Parse(line[(line.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
            _ = _server.Output.CopyToAsync(Stream.Null);
            return;
        }
        throw new InvalidOperationException($"s3rver did not start: {_server.ErrorTail}");
    }

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();
}
