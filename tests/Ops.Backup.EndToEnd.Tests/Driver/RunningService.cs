using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Ops.Backup.Infrastructure.Processes;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>The real service as a process, driven over HTTP and signals; it ends with the test whatever happens.</summary>
public sealed class RunningService : IAsyncDisposable
{
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(30);
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly ChildProcess _process;
    private readonly Task _drained;

    private RunningService(ServiceSetup setup, int port, string[] arguments)
    {
        Setup = setup;
        Api = new ServiceApi(new Uri($"http://127.0.0.1:{port}"));
        var settings = new Dictionary<string, string>(setup.Settings, StringComparer.Ordinal);
        settings.TryAdd("ASPNETCORE_URLS", $"http://127.0.0.1:{port}");
        _process = ChildProcess.Start(Spec(setup, arguments) with { Environment = settings }, line => Keep(line, _errors));
        _drained = DrainAsync();
    }

    public ServiceSetup Setup { get; }

    public ServiceApi Api { get; }

    public int ProcessId => _process.Id;

    /// <summary>Everything that it has printed so far.</summary>
    public string Output => TextOf(_output) + TextOf(_errors);

    /// <summary>Starts the service and returns when it is ready.</summary>
    public static async Task<RunningService> StartAsync(ServiceSetup setup)
    {
        var service = new RunningService(setup, FreePort(), []);
        try
        {
            await Poll.Until("the service is ready", service.LookAsync, state => state is not State.Starting, StartTime);
            return await service.LookAsync() is State.Ready ? service
                : throw new InvalidOperationException($"The service did not start: {service.Output}");
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs the service where it is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunToEndAsync(ServiceSetup setup, params string[] arguments)
    {
        await using var service = new RunningService(setup, FreePort(), arguments);
        return (await service.EndAsync(StartTime), TextOf(service._output), TextOf(service._errors));
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>kill -9: it can do nothing about it any more.</summary>
    public async Task Kill9Async()
    {
        await Machine.SignalAsync("KILL", ProcessId);
        await EndAsync(StopTime);
    }

    /// <summary>Ctrl-C.</summary>
    public Task<int> StopAsync() => SignalAndWaitAsync("INT");

    /// <summary>As systemd stops it.</summary>
    public Task<int> TerminateAsync() => SignalAndWaitAsync("TERM");

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await _process.DisposeAsync();
        // The embedded server ends by the signal that the kernel sends at our death; its folder goes only then.
        await Poll.Until("the embedded PostgreSQL is gone", () => !Machine.ProcessesWith($"-D\0{Setup.ServiceFolder}/").Any(), StopTime);
    }

    private async Task<int> SignalAndWaitAsync(string signal)
    {
        await Machine.SignalAsync(signal, ProcessId);
        return await EndAsync(StopTime);
    }

    private async Task<int> EndAsync(TimeSpan within)
    {
        using var patience = new CancellationTokenSource(within);
        try
        {
            var code = await _process.WaitAsync(patience.Token);
            await _drained.WaitAsync(StopTime);
            return code;
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            throw new TimeoutException($"The service did not end within {within.TotalSeconds:F0} s. Its output:\n{Output}", e);
        }
    }

    private async Task<State> LookAsync()
    {
        if (_drained.IsCompleted) return State.Ended;
        try { return (await Api.Http.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode ? State.Ready : State.Starting; }
        catch (HttpRequestException) { return State.Starting; }
    }

    private static ProcessSpec Spec(ServiceSetup setup, string[] arguments)
    {
        // Tests that are started in the background of a script inherit an ignored SIGINT; Ctrl-C would then do nothing.
        string[] command = ["/usr/bin/env", "--default-signal=INT", Tool.Find("dotnet") ?? throw new InvalidOperationException("dotnet is not in PATH."), ApiAssembly(), .. arguments];
        if (setup.DataDiskMegabytes is not { } megabytes) return new ProcessSpec(command[0], command[1..]);
        // A mount namespace of its own: the small disk is gone with the process, and nobody need be root.
        Directory.CreateDirectory(setup.DataFolder);
        return new ProcessSpec("/usr/bin/unshare",
            [Environment.IsPrivilegedProcess ? "-m" : "-rm", "/bin/sh", "-c", "mount -t tmpfs -o size=\"$1\" tmpfs \"$2\" && shift 2 && exec \"$@\"", "sh",
                megabytes.ToString(CultureInfo.InvariantCulture) + "m", setup.DataFolder, .. command]);
    }

    // Of the configuration that these tests were built with.
    private static string ApiAssembly()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return RepositoryRoot.File("src", "Ops.Backup.Api", "bin", configuration, "net10.0", "Ops.Backup.Api.dll");
    }

    private async Task DrainAsync()
    {
        using var reader = new StreamReader(_process.Output);
        while (await reader.ReadLineAsync() is { } line) Keep(line, _output);
    }

    private static void Keep(string line, StringBuilder text)
    {
        lock (text) text.Append(line).Append('\n');
    }

    private static string TextOf(StringBuilder text)
    {
        lock (text) return text.ToString();
    }

    private enum State { Starting, Ready, Ended }
}
