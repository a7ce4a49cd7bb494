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

    public static async Task<ServiceProcess> StartAsync(string connectionString, TempFolder folder, int port, IReadOnlyDictionary<string, string>? settings = null)
    {
        var info = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ops.Backup.Api.dll")]) { UseShellExecute = false, RedirectStandardOutput = true };
        info.Environment["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}";
        info.Environment["ConnectionStrings__OpsBackup"] = connectionString;
        info.Environment["Service__DataFolder"] = folder.File("service");
        info.Environment["Backup__DataFolder"] = folder.File("data");
        info.Environment["Backup__ReportFolder"] = folder.File("reports");
        info.Environment["Backup__LogFolder"] = folder.File("logs");
        foreach (var (key, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal)) info.Environment[key] = value;
        var process = Process.Start(info)!;
        _ = process.StandardOutput.ReadToEndAsync();
        var service = new ServiceProcess(process, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") });
        try
        {
            await Poll.Until("the service is ready", service.IsReadyAsync, TimeSpan.FromSeconds(60));
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    public int ProcessId => _process.Id;

    public Task AddSourceAsync(object source) => PostAsync("/api/sources", source);

    public Task AddStoreAsync(object store) => PostAsync("/api/stores", store);

    /// <summary>Backs up, waits until the first verification is through, and deletes it again.</summary>
    /// <param name="onSuccess">Called as soon as SUCCESS is seen, before the verification is waited for.</param>
    /// <exception cref="InvalidOperationException">The backup failed, or one of its copies did.</exception>
    public async Task<BackupRun> BackUpAsync(object request, Action? onSuccess = null)
    {
        using var accepted = await _http.PostAsJsonAsync("/api/backups", request);
        accepted.EnsureSuccessStatusCode();
        while (true)
        {
            var detail = await _http.GetFromJsonAsync<JsonElement>(accepted.Headers.Location);
            var status = detail.GetProperty("status").GetString();
            if (status is "FAILED") throw new InvalidOperationException(detail.GetProperty("errorMessage").GetString());
            if (status is "SUCCESS") onSuccess?.Invoke();
            if (status is "SUCCESS" && detail.GetProperty("verifications").GetArrayLength() > 0)
            {
                if (detail.GetProperty("copies").EnumerateArray().FirstOrDefault(copy => copy.GetProperty("status").GetString() is not "completed") is { ValueKind: JsonValueKind.Object } failed)
                    throw new InvalidOperationException($"A copy failed: {failed}");
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

    private async Task PostAsync(string path, object body)
    {
        using var answer = await _http.PostAsJsonAsync(path, body);
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {await answer.Content.ReadAsStringAsync()}");
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
