using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Ops.Backup.Api.Errors;
using Ops.Backup.Api.Health;
using Ops.Backup.Api.Startup;
using Ops.Backup.Application;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Reports;
using Ops.Backup.Infrastructure;
using Ops.Backup.Infrastructure.Configs;
using Ops.Backup.Infrastructure.Jobs;
using Ops.Backup.Infrastructure.Reports;
using Ops.Backup.Infrastructure.Stores;

try
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.Logging.ClearProviders().AddJsonConsole(console =>
    {
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    });
    var service = Settings.ReadService(builder.Configuration);
    var backup = Settings.ReadBackup(builder.Configuration);
    var stores = ConfiguredStores.Read(builder.Configuration, backup);
    var reports = Settings.Read<ReportOptions>(builder.Configuration, ReportOptions.Section);
    var patience = Settings.Read<StoreOptions>(builder.Configuration, StoreOptions.Section);
    builder.WebHost.UseUrls(ListenAddress.Read(builder.Configuration));
    using var loggers = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddJsonConsole());
    var connectionString = builder.Configuration.GetConnectionString("OpsBackup");
    if (args is ["migrate", ..]) return await MigrateCommand.RunAsync(service, connectionString, loggers);

    await using var database = await ServiceDatabase.OpenAsync(service, connectionString, loggers, CancellationToken.None);
    TemporaryFolder.Renew(service.DataFolder);
    BackupFolders.TryMake(backup);
    var node = new NodeIdentity(service.NodeName, service.Role, service.Labels);
    builder.Services.AddSingleton(Options.Create(backup));
    builder.Services.AddSingleton(Options.Create(patience));
    builder.Services.AddApplication();
    builder.Services.AddInfrastructure(database.DataSource, node, service.Keys);
    builder.Services.AddJobEngine(node.Role);
    builder.Services.AddSingleton<IConfigFolder>(new ConfigFolder(service.ConfigFolder));
    builder.Services.AddReports();
    builder.Services.AddSingleton(Options.Create(reports));
    builder.Services.AddHealth();
    builder.Services.AddSwagger();
    builder.Services.AddProblemDetails(problems => problems.CustomizeProblemDetails = RoutingProblems.AddCode);
    builder.Services.AddExceptionHandler<ProblemDetailsExceptionHandler>();
    builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
    builder.Services.Configure<JsonOptions>(RequestJson.Configure);
    builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(backup.StopGraceSeconds + 60));

    await using var app = builder.Build();
    await app.Services.GetRequiredService<DatabaseClock>().MeasureAsync(database.DataSource, CancellationToken.None);
    if (args is ["configs", ..]) return await ConfigsCommand.RunAsync(args, app.Services);
    await ConfiguredStores.WriteAsync(app.Services, stores, CancellationToken.None);
    await ConfiguredConfigs.ApplyAsync(app.Services, CancellationToken.None);
    app.UseExceptionHandler();
    app.UseStatusCodePages();
    app.MapHealth();
    // A node that only works is watched, and asked nothing else.
    if (node.Role is not NodeRole.Worker) app.MapApi();
    await app.RunAsync();
    return 0;
}
catch (StartupException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return e.ExitCode;
}
catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"The service can't listen: {e.Message} Stop what uses the port, or set another by ASPNETCORE_URLS.");
    return 2;
}
