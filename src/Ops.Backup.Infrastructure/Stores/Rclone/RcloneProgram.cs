using System.Globalization;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain.Stores;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.Infrastructure.Stores.Rclone;

/// <summary>Starts rclone. Everything secret is in its configuration file, nothing on its command line.</summary>
internal sealed class RcloneProgram(RcloneSettings settings, RcloneConfig config, RcloneFailures failures, RcloneOptions options, TimeProvider time)
{
    // Where rclone keeps its default configuration, and the proxy that the machine needs.
    private static readonly string[] Inherited =
        ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    public RcloneFailures Failures => failures;

    public RcloneOptions Options => options;

    /// <summary>The whole name of a file or folder in the store. It goes behind <c>--</c>, so it is never an option.</summary>
    public string Remote(string name) => $"{settings.Remote}:{settings.Path}{name}";

    /// <exception cref="StoreException">There is no rclone.</exception>
    public ChildProcess Start(IReadOnlyList<string> arguments, bool takesInput = false)
    {
        var program = options.Program ?? Tool.Find("rclone") ?? throw RcloneFailures.ToolMissing();
        try
        {
            return ChildProcess.Start(new ProcessSpec(program, [.. Common(), .. arguments]) { TakesInput = takesInput, Environment = Environment() });
        }
        catch (ToolMissingException e)
        {
            throw RcloneFailures.ToolMissing(e);
        }
    }

    /// <summary>Runs a command to its end, again when it may help.</summary>
    /// <returns>What it printed; null when it said that the file or folder is not there.</returns>
    public async Task<string?> RunAsync(string doing, IReadOnlyList<string> arguments, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            StoreException failure;
            try
            {
                return await RunOnceAsync(doing, arguments, patience, cancellationToken);
            }
            catch (StoreException e) when (e.Code is StoreCodes.Missing)
            {
                return null;
            }
            catch (StoreException e)
            {
                failure = e;
            }
            if (!failure.IsTransient || attempt >= options.Attempts) throw failure;
            await PauseAsync(attempt, cancellationToken);
        }
    }

    public Task PauseAsync(int attempt, CancellationToken cancellationToken) => Task.Delay(options.FirstPause * Math.Pow(2, attempt - 1), time, cancellationToken);

    private async Task<string> RunOnceAsync(string doing, IReadOnlyList<string> arguments, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var watch = new IdleWatch(patience, cancellationToken);
        await using var child = Start(arguments);
        try
        {
            using var reader = new StreamReader(child.Output, leaveOpen: true);
            var output = reader.ReadToEndAsync(CancellationToken.None);
            var exitCode = await child.WaitAsync(watch.Token);
            return exitCode == 0 ? await output : throw failures.Of(exitCode, child.ErrorTail, doing);
        }
        catch (OperationCanceledException e) when (watch.RanOut)
        {
            throw failures.RanOut(doing, patience, e);
        }
    }

    private List<string> Common()
    {
        var common = new List<string>
        {
            "--ask-password=false",
            "--retries=1",
            "--low-level-retries=4",
            $"--contimeout={Seconds(options.ConnectTimeout)}",
            $"--timeout={Seconds(options.IdleTimeout)}",
        };
        if (config.FilePath is { } file) common.Add($"--config={file}");
        return common;
    }

    private static Dictionary<string, string> Environment() =>
        Inherited.Select(name => (name, value: System.Environment.GetEnvironmentVariable(name))).Where(pair => pair.value is not null)
            .ToDictionary(pair => pair.name, pair => pair.value!, StringComparer.Ordinal);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###}s");
}
