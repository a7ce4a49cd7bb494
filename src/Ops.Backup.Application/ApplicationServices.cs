using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Configs;
using Ops.Backup.Application.Configs.Files;

namespace Ops.Backup.Application;

public static class ApplicationServices
{
    /// <summary>Registers every handler and validator of this assembly; MediatR 5 leaves that to its user.</summary>
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        services.AddScoped<IMediator>(provider => new Mediator(provider.GetService));
        services.AddSingleton<LeaseKeeper>();
        services.AddSingleton<ConfigForms>();
        services.AddSingleton<ConfigFileReader>();
        services.AddScoped(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));
        foreach (var type in typeof(ApplicationServices).Assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false, IsGenericTypeDefinition: false }))
            foreach (var contract in type.GetInterfaces().Where(IsUseCase))
                services.AddScoped(contract, type);
        return services;
    }

    private static bool IsUseCase(Type contract) =>
        contract.IsGenericType && (contract.GetGenericTypeDefinition() == typeof(IRequestHandler<,>) || contract.GetGenericTypeDefinition() == typeof(IValidator<>));
}
