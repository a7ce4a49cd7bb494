using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Ops.Backup.Api.Errors;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Shouldly;
using Xunit;

namespace Ops.Backup.Api.Tests;

public sealed class ProblemDetailsTests
{
    [Fact]
    public async Task A_value_that_can_not_be_is_a_400_that_names_the_field()
    {
        var (status, problem) = await AnswerAsync(new InvalidValueException("PORT_OUT_OF_RANGE", "port", "port is 0"));
        status.ShouldBe(400);
        problem.GetProperty("code").GetString().ShouldBe("PORT_OUT_OF_RANGE");
        problem.GetProperty("field").GetString().ShouldBe("port");
    }

    [Fact]
    public async Task A_conflict_is_a_409_that_names_what_stands_in_the_way()
    {
        var (status, problem) = await AnswerAsync(new ConflictException("BACKUP_ALREADY_RUNNING", "running", "the-job"));
        status.ShouldBe(409);
        problem.GetProperty("conflictingId").GetString().ShouldBe("the-job");
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_a_503()
    {
        var (status, _) = await AnswerAsync(new DatabaseUnavailableException(new TimeoutException("secret host")));
        status.ShouldBe(503);
    }

    [Theory]
    [InlineData(StoreCodes.Unreachable, 502)]
    [InlineData(StoreCodes.Throttled, 502)]
    [InlineData(StoreCodes.Failed, 502)]
    [InlineData(StoreCodes.WrongKey, 409)]
    [InlineData(StoreCodes.NoBucket, 409)]
    [InlineData(StoreCodes.ToolMissing, 409)]
    public async Task A_stores_own_trouble_is_a_502_and_what_can_be_set_right_a_409(string code, int expected)
    {
        var (status, problem) = await AnswerAsync(new StoreException(code, "what to do", isTransient: false));
        status.ShouldBe(expected);
        (problem.GetProperty("code").GetString(), problem.GetProperty("detail").GetString()).ShouldBe((code, "what to do"));
    }

    [Fact]
    public async Task What_was_not_expected_is_a_500_that_tells_nothing_of_the_inside()
    {
        var (status, problem) = await AnswerAsync(new InvalidOperationException("Password=hunter2"));
        status.ShouldBe(500);
        problem.ToString().ShouldNotContain("hunter2");
        problem.GetProperty("code").GetString().ShouldBe("INTERNAL_ERROR");
    }

    private static async Task<(int Status, JsonElement Problem)> AnswerAsync(Exception exception)
    {
        var services = new ServiceCollection().AddLogging().AddProblemDetails().AddSingleton<IExceptionHandler, ProblemDetailsExceptionHandler>().BuildServiceProvider();
        await using var _ = services;
        using var body = new MemoryStream();
        var http = new DefaultHttpContext { RequestServices = services };
        http.Response.Body = body;
        (await services.GetRequiredService<IExceptionHandler>().TryHandleAsync(http, exception, CancellationToken.None)).ShouldBeTrue();
        return (http.Response.StatusCode, JsonDocument.Parse(body.ToArray()).RootElement);
    }
}
