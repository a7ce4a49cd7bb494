using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Ops.Backup.EndToEnd.Tests.Driver;

/// <summary>What a frontend does with the service.</summary>
public sealed class ServiceApi(Uri address) : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public HttpClient Http { get; } = new() { BaseAddress = address, Timeout = Patience };

    public async Task<Answer> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        request.Content = body switch { null => null, string text => new StringContent(text, Encoding.UTF8, "application/json"), _ => JsonContent.Create(body) };
        using var response = await Http.SendAsync(request);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        return new Answer(response.StatusCode, bytes.Length == 0 ? null : JsonDocument.Parse(bytes).RootElement);
    }

    public async Task<T> SendAsync<T>(HttpMethod method, string path, object? body, HttpStatusCode expected)
    {
        var answer = await SendAsync(method, path, body);
        answer.Status.ShouldBe(expected, answer.Body?.ToString());
        return answer.As<T>();
    }

    public Task<Source> AddSourceAsync(object body) => SendAsync<Source>(HttpMethod.Post, "/api/sources", body, HttpStatusCode.Created);

    public Task<Answer> AddStoreAsync(object body) => SendAsync(HttpMethod.Post, "/api/stores", body);

    public Task<SourceTest> TestAsync(string source) => SendAsync<SourceTest>(HttpMethod.Post, $"/api/sources/{Uri.EscapeDataString(source)}/test", null, HttpStatusCode.OK);

    public Task<BackupView> BackUpAsync(object body) => SendAsync<BackupView>(HttpMethod.Post, "/api/backups", body, HttpStatusCode.Accepted);

    public Task<ConfigView> AddConfigAsync(object body) => SendAsync<ConfigView>(HttpMethod.Post, "/api/configs", body, HttpStatusCode.Created);

    public Task<ConfigView> ConfigAsync(string name) => SendAsync<ConfigView>(HttpMethod.Get, $"/api/configs/{Uri.EscapeDataString(name)}", null, HttpStatusCode.OK);

    public Task<BackupView> RunConfigAsync(string name) => SendAsync<BackupView>(HttpMethod.Post, $"/api/configs/{Uri.EscapeDataString(name)}/run", null, HttpStatusCode.Accepted);

    public Task<IReadOnlyList<NodeLine>> NodesAsync() => SendAsync<IReadOnlyList<NodeLine>>(HttpMethod.Get, "/api/nodes", null, HttpStatusCode.OK);

    /// <summary>Every backup in full, newest first.</summary>
    public async Task<IReadOnlyList<BackupView>> BackupsAsync()
    {
        var page = await SendAsync<Page>(HttpMethod.Get, "/api/backups?pageSize=200", null, HttpStatusCode.OK);
        return [.. await Task.WhenAll(page.Items.Select(item => GetAsync(item.Id)))];
    }

    /// <summary>The backup that the service itself makes in place of a failed one.</summary>
    public async Task<BackupView> RetryOfAsync(string id, bool ended = true)
    {
        var failed = await Poll.Until($"backup {id} is tried again", () => GetAsync(id), backup => backup.RetriedBy is not null, Patience);
        return ended ? await EndOfAsync(failed.RetriedBy!) : await GetAsync(failed.RetriedBy!);
    }

    public Task<BackupView> GetAsync(string id) => SendAsync<BackupView>(HttpMethod.Get, $"/api/backups/{id}", null, HttpStatusCode.OK);

    public Task<Board> JobsAsync() => SendAsync<Board>(HttpMethod.Get, "/api/jobs", null, HttpStatusCode.OK);

    public Task<Answer> CancelAsync(string id) => SendAsync(HttpMethod.Post, $"/api/backups/{id}/cancel");

    /// <summary>Follows a backup to its end, its first verification included.</summary>
    public Task<BackupView> EndOfAsync(string id, TimeSpan? within = null) => Poll.Until($"backup {id} ends", () => GetAsync(id), backup => backup.HasEnded, within ?? Patience);

    public Task<BackupView> WaitForAsync(string id, string status) => Poll.Until($"backup {id} is {status}", () => GetAsync(id), backup => backup.Status == status, Patience);

    /// <summary>A backup from the request to the end, which must be SUCCESS.</summary>
    public async Task<BackupView> SucceedAsync(object body)
    {
        var backup = await EndOfAsync((await BackUpAsync(body)).Id);
        backup.Status.ShouldBe("SUCCESS", backup.ErrorMessage);
        return backup;
    }

    /// <summary>A backup from the request to the end, which must be FAILED for this reason.</summary>
    public async Task<BackupView> FailAsync(object body, string code)
    {
        var backup = await EndOfAsync((await BackUpAsync(body)).Id);
        backup.ShouldHaveFailed(code);
        return backup;
    }

    public void Dispose() => Http.Dispose();
}
