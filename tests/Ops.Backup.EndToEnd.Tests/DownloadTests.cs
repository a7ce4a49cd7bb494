using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Ops.Backup.EndToEnd.Tests;

[Collection(Servers.Use)]
public sealed class DownloadTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    [Fact]
    public async Task A_download_is_the_stored_file_and_can_be_resumed()
    {
        await service.Api.AddSourceAsync(server.AsSource("数据 archive", await server.ChinookAsync()));
        var backup = await service.Api.SucceedAsync(new { source = "数据 archive" });

        using var whole = await GetAsync(backup.Id, from: null);
        var bytes = await whole.Content.ReadAsByteArrayAsync();
        Convert.ToHexStringLower(SHA256.HashData(bytes)).ShouldBe(backup.Checksum);
        bytes.LongLength.ShouldBe(backup.SizeBytes!.Value);
        whole.Headers.ETag!.Tag.ShouldBe($"\"{backup.Checksum}\"");
        whole.Content.Headers.ContentDisposition!.FileName.ShouldBe(Path.GetFileName(backup.LocalFile));

        using var rest = await GetAsync(backup.Id, from: 1000);
        rest.StatusCode.ShouldBe(HttpStatusCode.PartialContent);
        (await rest.Content.ReadAsByteArrayAsync()).ShouldBe(bytes[1000..]);
        using var beyond = await GetAsync(backup.Id, from: bytes.Length);
        beyond.StatusCode.ShouldBe(HttpStatusCode.RequestedRangeNotSatisfiable);
    }

    [Fact]
    public async Task A_file_that_was_taken_away_is_told_and_not_an_unexpected_error()
    {
        var database = await server.SmallAsync();
        await service.Api.AddSourceAsync(server.AsSource(database, database));
        var backup = await service.Api.SucceedAsync(new { source = database });
        File.Delete(backup.LocalFile!);

        var answer = await service.Api.SendAsync(HttpMethod.Get, $"/api/backups/{backup.Id}/download");

        (answer.Status, answer.Code).ShouldBe((HttpStatusCode.Conflict, "ARTIFACT_ELSEWHERE"));
    }

    private Task<HttpResponseMessage> GetAsync(string id, long? from)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/api/backups/{id}/download", UriKind.Relative));
        if (from is not null) request.Headers.Range = new RangeHeaderValue(from, null);
        return service.Api.Http.SendAsync(request);
    }
}
