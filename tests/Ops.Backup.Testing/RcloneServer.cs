using System.Globalization;
using System.Text.RegularExpressions;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Testing;

/// <summary>A WebDAV or SFTP server (rclone's own) on a loopback port, with a password, over a folder of its own.</summary>
public sealed partial class RcloneServer : IAsyncDisposable
{
    public const string User = "backup";
    public const string Password = "pass word 'quoted'";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _kind;
    private ChildProcess? _server;

    private RcloneServer(string kind) => _kind = kind;

    /// <summary>What the server serves, to look at.</summary>
    public TempFolder Folder { get; } = new("rclone");

    public int Port { get; private set; }

    /// <param name="kind"><c>webdav</c>, which knows no hashes, or <c>sftp</c>, which does.</param>
    public static async Task<RcloneServer> StartAsync(string kind)
    {
        var server = new RcloneServer(kind);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends it as a crash does; its port stays the same when it is started again.</summary>
    public async Task KillAsync()
    {
        _server!.Signal(9);
        await _server.DisposeAsync();
    }

    public async Task StartAsync()
    {
        var address = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var program = Tool.Find("rclone") ?? throw new InvalidOperationException("rclone is missing; scripts/test.sh installs it.");
        _server = ChildProcess.Start(
            new ProcessSpec(program,
                ["--config=/dev/null", $"--cache-dir={Path.GetTempPath()}/ops-backup-rclone-cache", "--dir-cache-time=0s", "serve", _kind, $"--addr=127.0.0.1:{Port}", $"--user={User}", $"--pass={Password}", "--", Folder.Path])
            { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOME"] = Folder.Path } },
            line =>
            {
                if (Started().Match(line) is { Success: true } match) address.TrySetResult(int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture));
            });
        Port = await address.Task.WaitAsync(Patience);
    }

    /// <summary>A section of an rclone configuration that leads there.</summary>
    /// <param name="port">Another one, for a proxy between.</param>
    public async Task<string> ConfigAsync(string remote, int? port = null, string password = Password)
    {
        var obscured = (await Tool.RunAsync(new ProcessSpec(Tool.Find("rclone")!, ["obscure", "--", password]), null, CancellationToken.None)).Output.Trim();
        var address = _kind == "sftp" ? $"type = sftp\nhost = 127.0.0.1\nport = {port ?? Port}" : $"type = webdav\nvendor = other\nurl = http://127.0.0.1:{port ?? Port}/";
        return $"[{remote}]\n{address}\nuser = {User}\npass = {obscured}\n";
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Folder.Dispose();
    }

    [GeneratedRegex(@"(started on|listening on) (http://)?127\.0\.0\.1:(?<port>\d+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Started();
}
