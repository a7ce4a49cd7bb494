using MediatR;
using Ops.Backup.Application.Configs.Files;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;

namespace Ops.Backup.Api.Startup;

/// <summary>Applies the folder of config files, where one is set.</summary>
public static class ConfiguredConfigs
{
    /// <exception cref="StartupException">A file is not what it should be; no config was changed.</exception>
    public static async Task ApplyAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<IConfigFolder>().Path is not null) await SendAsync(services, new ApplyConfigFiles(), cancellationToken);
    }

    /// <exception cref="StartupException">No folder is set, a file is not what it should be, or the database is gone.</exception>
    internal static async Task<ConfigFileDiff> SendAsync(IServiceProvider services, IRequest<ConfigFileDiff> request, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        try
        {
            return await scope.ServiceProvider.GetRequiredService<IMediator>().Send(request, cancellationToken);
        }
        catch (DomainException e)
        {
            throw StartupException.Configuration($"Config files: {e.Message.ReplaceLineEndings(" ")} No config was changed.");
        }
        catch (DatabaseUnavailableException e)
        {
            throw StartupException.Database($"The service's database went away: {e.InnerException?.Message}");
        }
    }
}
