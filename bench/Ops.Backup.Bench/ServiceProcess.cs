using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Ops.Backup.Testing;

namespace Ops.Backup.Bench;

/// <summary>The real service in a process of its own, so that its memory can be read.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly HttpClient _http;

    private ServiceProcess(Process process, HttpClient http) => (_process, _http) = (process, http);

    public static async Task<ServiceProcess> StartAsync(string connectionString, TempFolder folder, int port)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ops.Backup.Api.dll")]) { UseShellExecute = false, RedirectStandardOutput = true };
        info.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        info.Environment["ConnectionStrings__OpsBackup"] = connectionString;
        info.Environment["Service__DataFolder"] = folder.File("service");
        info.Environment["Backup__DataFolder"] = folder.File("data");
        info.Environment["Backup__ReportFolder"] = folder.File("reports");
        info.Environment["Backup__LogFolder"] = folder.File("logs");
        var process = Process.Start(info)!;
        _ = process.StandardOutput.ReadToEndAsync();
        var service = new ServiceProcess(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") });
        await Poll.Until("the service is ready", service.IsReadyAsync, TimeSpan.FromSeconds(60));
        return service;
    }

    public async Task AddSourceAsync(object source) => (await _http.PostAsJsonAsync("/api/sources", source)).EnsureSuccessStatusCode();

    /// <summary>Backs up, waits until the first verification is through, and deletes it again.</summary>
    public async Task<BackupRun> BackUpAsync(object request)
    {
        using var accepted = await _http.PostAsJsonAsync("/api/backups", request);
        accepted.EnsureSuccessStatusCode();
        while (true)
        {
            var detail = await _http.GetFromJsonAsync<JsonElement>(accepted.Headers.Location);
            var status = detail.GetProperty("status").GetString();
            if (status is "FAILED") throw new InvalidOperationException(detail.GetProperty("errorMessage").GetString());
            if (status is "SUCCESS" && detail.GetProperty("verifications").GetArrayLength() > 0)
            {
                (await _http.DeleteAsync(accepted.Headers.Location)).EnsureSuccessStatusCode();
                return new BackupRun(
                    (detail.GetProperty("finishedAt").GetDateTimeOffset() - detail.GetProperty("startedAt").GetDateTimeOffset()).TotalSeconds,
                    detail.GetProperty("sizeBytes").GetInt64(),
                    detail.GetProperty("verifications")[0].GetProperty("durationMilliseconds").GetInt64() / 1000.0);
            }
            await Task.Delay(50);
        }
    }

    /// <summary>The largest resident memory since the last <see cref="ForgetPeak"/>, in MiB.</summary>
    public double PeakMemory() => Memory("VmHWM");

    public double MemoryNow() => Memory("VmRSS");

    public void ForgetPeak() => File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");

    public async ValueTask DisposeAsync()
    {
        using (var stop = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])) await stop.WaitForExitAsync();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private double Memory(string field) =>
        double.Parse(File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            return (await _http.GetAsync("/health/ready")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

/// <param name="Seconds">From the start of the run to its SUCCESS.</param>
/// <param name="VerifySeconds">The full read that follows.</param>
internal sealed record BackupRun(double Seconds, long SizeBytes, double VerifySeconds);
