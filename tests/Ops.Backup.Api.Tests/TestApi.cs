using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Ops.Backup.Api.Errors;
using Ops.Backup.Api.Startup;
using Ops.Backup.Application;

namespace Ops.Backup.Api.Tests;

/// <summary>Endpoints over real HTTP, set up as the service sets them up, in front of ports that the test gives.</summary>
internal sealed class TestApi : IAsyncDisposable
{
    private readonly WebApplication _app;

    private TestApi(WebApplication app) => _app = app;

    public HttpClient Http { get; } = new();

    public static async Task<TestApi> StartAsync(Action<IServiceCollection> ports, Action<WebApplication> endpoints)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddApplication();
        builder.Services.AddSwagger();
        builder.Services.AddProblemDetails().AddExceptionHandler<ProblemDetailsExceptionHandler>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.Configure<JsonOptions>(RequestJson.Configure);
        ports(builder.Services);
        var api = new TestApi(builder.Build());
        api._app.UseExceptionHandler();
        api._app.UseSwagger();
        endpoints(api._app);
        await api._app.StartAsync();
        api.Http.BaseAddress = new Uri(api._app.Urls.First());
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }
}
