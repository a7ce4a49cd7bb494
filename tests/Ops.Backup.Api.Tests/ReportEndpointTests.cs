using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Moq;
using Ops.Backup.Api.BackupJobs;
using Ops.Backup.Api.Reports;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Domain.BackupJobs;
using Ops.Backup.Testing;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests;

/// <summary>Over real HTTP, in front of a store that answers as it is told.</summary>
public sealed class ReportEndpointTests : IAsyncLifetime
{
    private readonly Mock<IReportedRuns> _runs = new();
    private readonly Mock<IBackupCatalogue> _catalogue = new();
    private TestApi _api = null!;

    public async Task InitializeAsync()
    {
        _catalogue.Setup(catalogue => catalogue.ListAsync(It.IsAny<BackupListing>(), It.IsAny<CancellationToken>())).ReturnsAsync(new BackupPage([], 1, 20, null, null, null));
        _api = await TestApi.StartAsync(
            services => services.AddSingleton(_runs.Object).AddSingleton(_catalogue.Object),
            app =>
            {
                app.MapReports();
                app.MapBackupListing();
            });
    }

    public async Task DisposeAsync() => await _api.DisposeAsync();

    [Theory]
    [InlineData(LoadResult.Added, HttpStatusCode.Created)]
    [InlineData(LoadResult.Updated, HttpStatusCode.OK)]
    [InlineData(LoadResult.Unchanged, HttpStatusCode.OK)]
    [InlineData(LoadResult.Busy, HttpStatusCode.Conflict)]
    public async Task What_became_of_a_report_shows_in_the_status(LoadResult result, HttpStatusCode status)
    {
        Loads(new LoadedRun(result, "the-job"));

        var answer = await SendAsync(SampleReports.Success().Bytes());

        answer.StatusCode.ShouldBe(status);
        answer.Headers.Location?.ToString().ShouldBe(result is LoadResult.Added ? "/api/backups/the-job" : null);
    }

    [Fact]
    public async Task A_report_that_can_not_be_is_a_400_with_code_and_place()
    {
        var report = SampleReports.Success();
        report["local"]!["sizeBytes"] = -1;

        var answer = await SendAsync(report.Bytes());

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await ProblemAsync(answer);
        (problem.GetProperty("code").GetString(), problem.GetProperty("place").GetString()).ShouldBe(("SIZE_NEGATIVE", "$.local.sizeBytes"));
        _runs.VerifyNoOtherCalls();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_one_MiB_is_a_413_whether_the_length_is_announced_or_not(bool announced)
    {
        var answer = await SendAsync(new byte[ReportLimits.Bytes + 1], chunked: !announced);

        answer.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await ProblemAsync(answer)).GetProperty("code").GetString().ShouldBe("REPORT_TOO_LARGE");
    }

    [Fact]
    public async Task Another_media_type_is_a_415()
    {
        var answer = await SendAsync(SampleReports.Success().Bytes(), "text/plain");

        answer.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        (await ProblemAsync(answer)).GetProperty("code").GetString().ShouldBe("REPORT_MEDIA_TYPE");
    }

    [Theory]
    [InlineData("limit=20", "UNKNOWN_PARAMETER", "limit")]
    [InlineData("status=FAILED&status=wrong", "UNKNOWN_WORD", "status")]
    [InlineData("database=", "VALUE_MISSING", "database")]
    public async Task A_parameter_of_the_list_that_can_not_be_is_a_400_with_its_field(string query, string code, string field)
    {
        var answer = await _api.Http.GetAsync($"/api/backups?{query}");

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var problem = await ProblemAsync(answer);
        (problem.GetProperty("code").GetString(), problem.GetProperty("field").GetString()).ShouldBe((code, field));
    }

    [Fact]
    public async Task The_list_has_the_keys_that_frontends_page_by()
    {
        var answer = JsonElement.Parse(await _api.Http.GetStringAsync("/api/backups?status=FAILED,SUCCESS&q=%E5%8F%91%E5%B8%83&from=2026-11-21T08:00:00%2B08:00"));

        answer.EnumerateObject().Select(key => key.Name).ShouldBe(["items", "page", "pageSize", "total", "totalPages", "next"]);
        _catalogue.Verify(catalogue => catalogue.ListAsync(
            It.Is<BackupListing>(listing => listing.Filter.Statuses.Count == 2 && listing.Filter.Text == "发布" && listing.Filter.From!.Value.UtcDateTime.Hour == 0), It.IsAny<CancellationToken>()));
    }

    private void Loads(LoadedRun run) =>
        _runs.Setup(runs => runs.LoadAsync(It.IsAny<IReadOnlyList<ReportedRun>>(), It.IsAny<CancellationToken>())).ReturnsAsync([run]);

    private Task<HttpResponseMessage> SendAsync(byte[] report, string type = "application/json", bool chunked = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/backups/reports") { Content = new ByteArrayContent(report) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        request.Headers.TransferEncodingChunked = chunked;
        return _api.Http.SendAsync(request);
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer)
    {
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync());
    }
}
