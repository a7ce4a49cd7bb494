using System.Diagnostics;
using System.Globalization;

namespace Ops.Backup.Infrastructure.Tests;

/// <summary>This assembly run as a process of its own (<see cref="HelperProgram"/>), to be killed as the service might be.</summary>
internal sealed class Helper : IDisposable
{
    private readonly Process _process;

    private Helper(Process process, int reported) => (_process, Reported) = (process, reported);

    /// <summary>The process id that the helper printed.</summary>
    public int Reported { get; }

    public static async Task<Helper> StartAsync(params string[] arguments)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardOutput = true };
        // The runner's host is dotnet itself, or on some machines an executable of its own.
        if (!string.Equals(Path.GetFileName(info.FileName), "dotnet", StringComparison.Ordinal)) info.FileName = "dotnet";
        info.ArgumentList.Add("exec");
        info.ArgumentList.Add(typeof(HelperProgram).Assembly.Location);
        foreach (var argument in arguments) info.ArgumentList.Add(argument);
        var process = Process.Start(info)!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var line = await process.StandardOutput.ReadLineAsync(patience.Token);
        return new Helper(process, int.Parse(line!, CultureInfo.InvariantCulture));
    }

    /// <summary>kill -9: the helper can do nothing about it any more.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
