using System.Net;

namespace Ops.Backup.EndToEnd.Tests;

/// <summary>Bad configs get a clear error that names the field, and nothing is half-saved.</summary>
[Collection(Servers.Use)]
public sealed class ConfigRefusalTests(SourceServer server, DefaultService service) : IClassFixture<DefaultService>, IAsyncLifetime
{
    public async Task InitializeAsync()
    {
        // Each case makes the fixture's service what it needs, once.
        if ((await service.Api.SendAsync(HttpMethod.Get, "/api/sources/s")).Status is HttpStatusCode.OK) return;
        await service.Api.AddSourceAsync(server.AsSource("s", await server.SmallAsync()));
        await service.Api.AddConfigAsync(new { name = "taken", source = "s" });
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("""{"name":"x","source":"s","schedule":"61 * * * *"}""", "SCHEDULE_INVALID", "schedule")]
    [InlineData("""{"name":"x","source":"s","schedule":"0 0 30 2 *"}""", "SCHEDULE_NEVER_FIRES", "schedule")]
    [InlineData("""{"name":"x","source":"s","schedule":"@daily","timeZone":"Mars/Base"}""", "TIME_ZONE_UNKNOWN", "timeZone")]
    [InlineData("""{"name":"x","source":"s","retention":{"count":0}}""", "RETENTION_KEEPS_NOTHING", "retention")]
    [InlineData("""{"name":"x","source":"s","retention":{"count":-1}}""", "RETENTION_OUT_OF_RANGE", "count")]
    [InlineData("""{"name":"x","source":"nobody"}""", "SOURCE_NOT_FOUND", null)]
    [InlineData("""{"name":"x","source":"s","stores":["gone"]}""", "STORE_NOT_FOUND", null)]
    [InlineData("""{"name":"x","source":"s","stores":[{"shop":"local"}]}""", "MALFORMED_JSON", "$.shop")]
    [InlineData("""{"name":"","source":"s"}""", "VALUE_MISSING", "name")]
    [InlineData("""{"name":"x"}""", "VALUE_MISSING", "source")]
    [InlineData("""{"name":"x","source":"s","cron":"@daily"}""", "MALFORMED_JSON", "$.cron")]
    [InlineData("""{"name":"x","source":"s","jobs":"2"}""", "MALFORMED_JSON", "$.jobs")]
    [InlineData("""{"name":"x","source":"s","priority":1000}""", "VALUE_OUT_OF_RANGE", "priority")]
    [InlineData("""{"name":"x","source":"s","timeLimitSeconds":0}""", "VALUE_OUT_OF_RANGE", "timeLimitSeconds")]
    [InlineData("""{"name":"x","source":"s","whenBusy":"dance"}""", "UNKNOWN_WORD", "whenBusy")]
    [InlineData("""{"name":"x","source":"s","schedule":"@daily","windows":[{"from":"00:00","to":"00:00"}]}""", "WINDOW_INVALID", "to")]
    [InlineData("""{"name":"x","source":"s","recipients":["age1nonsense"]}""", "RECIPIENT_INVALID", "recipients")]
    [InlineData("""{"name":"x","source":"s","descriptionTemplate":"<oops>"}""", "DESCRIPTION_TEMPLATE_INVALID", "descriptionTemplate")]
    [InlineData("""{"name":"taken","source":"s"}""", "CONFIG_NAME_TAKEN", null)]
    public async Task A_config_that_can_not_be_is_refused_by_field_and_nothing_is_saved(string body, string code, string? field)
    {
        var answer = await service.Api.SendAsync(HttpMethod.Post, "/api/configs", body);
        (answer.Code, answer.Field).ShouldBe((code, field), answer.Body?.ToString());
        (await service.Api.SendAsync<Page>(HttpMethod.Get, "/api/configs?search=x", null, HttpStatusCode.OK)).Items.ShouldBeEmpty();
        // The same refusal for a change.
        if (code is "MALFORMED_JSON" or "CONFIG_NAME_TAKEN" || body.Contains("\"source\":\"nobody\"", StringComparison.Ordinal) || field is "name" or "source") return;
        (await service.Api.SendAsync(HttpMethod.Put, "/api/configs/taken", body)).Code.ShouldBe(code);
    }
}
