using MediatR;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Application.Ports;
using Ops.Backup.Application.Stores;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Stores;

namespace Ops.Backup.Api.Startup;

/// <summary>The stores that the environment defines, by the variables that host scripts and tools of the clouds know.</summary>
public static class ConfiguredStores
{
    /// <returns>The node's own folder first; of the others those whose variables are set.</returns>
    /// <exception cref="StartupException">Variables are half given, contradict each other, or have a value that can't be.</exception>
    public static IReadOnlyList<StoreDefinition> Read(IConfiguration configuration, BackupOptions backup)
    {
        var settings = new Variables(configuration);
        var recipients = Recipients(settings);
        List<StoreDefinition> remote = [.. new[] { OssVariables.Read(settings), S3Variables.Read(settings), RcloneVariables.Read(settings) }.OfType<StoreDefinition>()];
        if (recipients.Count > 0 && remote.Count == 0) throw Variables.Wrong("BACKUP_AGE_RECIPIENTS", "there is no store that backups could be encrypted for; set OSS_BUCKET, AWS_S3_BUCKET or RCLONE_REMOTE.");
        List<StoreDefinition> all =
        [
            new(new StoreFacts(Store.LocalName, Variables.Checked(new LocalSettings(backup.DataFolder).Checked, "Backup:DataFolder"), [], BytesPerSecond: null, IsDefault: false), Credentials: null),
            .. remote.Select(store => store with { Facts = store.Facts with { Recipients = recipients } }),
        ];
        var defaults = Defaults(settings, all);
        return [.. all.Select(store => store with { Facts = store.Facts with { IsDefault = defaults(store) } })];
    }

    /// <exception cref="StartupException">A store that people made has one of the names, or the database is gone.</exception>
    public static async Task WriteAsync(IServiceProvider services, IReadOnlyList<StoreDefinition> definitions, CancellationToken cancellationToken)
    {
        await using var scope = services.CreateAsyncScope();
        try
        {
            await scope.ServiceProvider.GetRequiredService<IMediator>().Send(new DefineStores(definitions), cancellationToken);
        }
        catch (ConflictException e)
        {
            throw StartupException.Configuration($"Configuration, stores: {e.Message} It was not made by the configuration: rename it (PUT /api/stores/…) with the variables away, or leave them away.");
        }
        catch (DatabaseUnavailableException e)
        {
            throw StartupException.Database($"The service's database went away: {e.InnerException?.Message}");
        }
    }

    private static List<string> Recipients(Variables settings)
    {
        const string Name = "BACKUP_AGE_RECIPIENTS";
        return [.. (settings[Name] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(key => Variables.Checked(() => AgeRecipient.Parse(key), Name))];
    }

    private static Func<StoreDefinition, bool> Defaults(Variables settings, List<StoreDefinition> all)
    {
        var (mode, location) = (settings["BACKUP_MODE"], settings["BACKUP_LOCATION"]);
        if (mode is not null && location is not null) throw Variables.Wrong("BACKUP_LOCATION", "BACKUP_MODE is set as well, and they say the same thing; leave one of them away.");
        var (name, word) = mode is null ? ("BACKUP_LOCATION", location) : ("BACKUP_MODE", mode);
        Func<StoreDefinition, bool> isDefault = (name, word) switch
        {
            (_, null) or ("BACKUP_MODE", "both") => _ => true,
            (_, "local") => IsLocal,
            ("BACKUP_MODE", "oss") => store => !IsLocal(store),
            ("BACKUP_LOCATION", "oss") => store => store.Facts.Settings.Kind is StoreKind.Oss,
            ("BACKUP_LOCATION", "s3") => store => store.Facts.Settings.Kind is StoreKind.S3,
            _ => throw Variables.Wrong(name, $"it is not one of {(mode is null ? "local, s3, oss" : "local, oss, both")}."),
        };
        return all.Exists(store => isDefault(store)) ? isDefault : throw Variables.Wrong(name, $"it is {word}, but no such store is defined; set {(word is "s3" ? "AWS_S3_BUCKET" : "OSS_BUCKET")} and what belongs to it.");
    }

    private static bool IsLocal(StoreDefinition store) => store.Facts.Settings.Kind is StoreKind.Local;
}
