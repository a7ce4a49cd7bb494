using System.Net;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Promise 8: bad input gets a clear error with a stable code, and changes nothing.</summary>
[Collection(Servers.Use)]
public sealed class BadInputTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>
{
    private static readonly string Long = new('n', 101);

    public static TheoryData<string, string, string, int, string, string?> Requests => new()
    {
        { "POST", "/api/backups", "{", 400, "MALFORMED_JSON", "$" },
        { "POST", "/api/backups", "", 400, "MALFORMED_REQUEST", null },
        { "POST", "/api/backups", "null", 400, "MALFORMED_REQUEST", null },
        { "POST", "/api/backups", "[]", 400, "MALFORMED_JSON", "$" },
        { "POST", "/api/backups", """{"source":5}""", 400, "MALFORMED_JSON", "$.source" },
        { "POST", "/api/backups", """{"source":"there","jobs":"three"}""", 400, "MALFORMED_JSON", "$.jobs" },
        { "POST", "/api/backups", """{"source":"there","formt":"plain"}""", 400, "MALFORMED_JSON", "$.formt" },
        { "POST", "/api/backups", "{}", 400, "VALUE_MISSING", "source" },
        { "POST", "/api/backups", """{"source":"nowhere"}""", 404, "SOURCE_NOT_FOUND", null },
        { "POST", "/api/backups", """{"source":"there","format":"zip"}""", 400, "UNKNOWN_WORD", "format" },
        { "POST", "/api/backups", """{"source":"there","type":"Full"}""", 400, "UNKNOWN_WORD", "type" },
        { "POST", "/api/backups", """{"source":"there","type":"wal"}""", 400, "TYPE_UNSUPPORTED", "type" },
        { "POST", "/api/backups", """{"source":"there","jobs":3}""", 400, "JOBS_NEED_DIRECTORY", "jobs" },
        { "POST", "/api/backups", """{"source":"there","format":"directory","jobs":0}""", 400, "JOBS_OUT_OF_RANGE", "jobs" },
        { "POST", "/api/backups", """{"source":"there","compression":"zstd:20"}""", 400, "COMPRESSION_INVALID", "compression" },
        { "POST", "/api/backups", """{"source":"there","description":"a\u0000b"}""", 400, "VALUE_HAS_CONTROL_CHARACTERS", "description" },
        { "POST", "/api/sources", $$"""{"name":"{{Long}}","host":"h","database":"d","user":"u"}""", 400, "VALUE_TOO_LONG", "name" },
        { "POST", "/api/sources", """{"name":"n","host":"h","port":0,"database":"d","user":"u"}""", 400, "PORT_OUT_OF_RANGE", "port" },
        { "POST", "/api/sources", """{"name":"n","host":"h","port":99999999999,"database":"d","user":"u"}""", 400, "MALFORMED_JSON", "$.port" },
        { "POST", "/api/sources", """{"name":"n","database":"d","user":"u"}""", 400, "VALUE_MISSING", "host" },
        { "POST", "/api/sources", """{"name":"n","host":"h","database":"d\nd","user":"u"}""", 400, "VALUE_HAS_CONTROL_CHARACTERS", "database" },
        { "POST", "/api/sources", """{"name":"n","host":"h","database":"d","user":"u","password":"a\nb"}""", 400, "PASSWORD_INVALID", "password" },
        { "POST", "/api/sources", """{"name":"there","host":"h","database":"d","user":"u"}""", 409, "SOURCE_NAME_TAKEN", null },
        { "PUT", "/api/sources/there", """{"port":70000}""", 400, "PORT_OUT_OF_RANGE", "port" },
        { "PUT", "/api/sources/nowhere", "{}", 404, "SOURCE_NOT_FOUND", null },
        { "DELETE", "/api/sources/nowhere", "", 404, "SOURCE_NOT_FOUND", null },
        { "GET", "/api/backups/nothing", "", 404, "BACKUP_NOT_FOUND", null },
        { "GET", "/api/backups/nothing/log?from=abc", "", 400, "MALFORMED_REQUEST", null },
        { "GET", "/api/backups/a%27%01b", "", 404, "BACKUP_NOT_FOUND", null },
        { "POST", "/api/jobs/nothing/retry", "", 404, "BACKUP_NOT_FOUND", null },
        { "GET", "/api/nothing", "", 404, "NOT_FOUND", null },
        { "PATCH", "/api/sources/there", "{}", 405, "METHOD_NOT_ALLOWED", null },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_bad_request_is_refused_with_a_code_and_stores_nothing(string method, string path, string body, int status, string code, string? field)
    {
        await service.Api.SendAsync(HttpMethod.Post, "/api/sources", server.AsSource("there", await server.ChinookAsync()));
        var before = await StateAsync();

        var answer = await service.Api.SendAsync(new HttpMethod(method), path, body.Length == 0 ? null : body);

        ((int)answer.Status, answer.Code, answer.Field).ShouldBe((status, code, field), answer.Body?.ToString());
        (answer.Text("detail") ?? answer.Text("title")).ShouldNotBeNullOrWhiteSpace();
        (await StateAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_body_of_ten_megabytes_is_refused_and_stores_nothing()
    {
        var before = await StateAsync();

        var answer = await service.Api.SendAsync(HttpMethod.Post, "/api/backups", $$"""{"source":"there","description":"{{new string('x', 10_000_000)}}"}""");

        answer.Status.ShouldBeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.RequestEntityTooLarge);
        answer.Code.ShouldBeOneOf("VALUE_TOO_LONG", "BODY_TOO_LARGE");
        (await StateAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_body_that_is_not_json_by_its_own_word_is_refused_with_a_code()
    {
        using var text = new StringContent("source=there", System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await service.Api.Http.PostAsync(new Uri("/api/backups", UriKind.Relative), text);

        response.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await response.Content.ReadAsStringAsync()).ShouldContain("\"code\":\"UNSUPPORTED_MEDIA_TYPE\"");
    }

    private async Task<string> StateAsync() =>
        (await service.Api.SendAsync(HttpMethod.Get, "/api/sources")).Body!.Value.GetRawText() + (await service.Api.JobsAsync() with { Nodes = [] });
}
