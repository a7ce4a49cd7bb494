using System.ComponentModel.DataAnnotations;
using Ops.Backup.Application.BackupJobs;
using Ops.Backup.Infrastructure.Security;

namespace Ops.Backup.Api.Startup;

/// <summary>Reads sections of the configuration and refuses what can't be meant, naming the key.</summary>
public static class Settings
{
    /// <summary>One section, whole.</summary>
    /// <exception cref="StartupException">A key is unknown, or its value can't be.</exception>
    public static T Read<T>(IConfiguration configuration, string section) where T : class, new()
    {
        T settings;
        try
        {
            settings = configuration.GetSection(section).Get<T>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new T();
        }
        catch (InvalidOperationException e)
        {
            throw StartupException.Configuration($"Configuration, section {section}: {e.Message}");
        }
        var faults = new List<ValidationResult>();
        if (!Validator.TryValidateObject(settings, new ValidationContext(settings), faults, validateAllProperties: true))
            throw StartupException.Configuration(string.Join(" ", faults.Select(fault => $"Configuration, {section}:{fault.MemberNames.FirstOrDefault()}: {fault.ErrorMessage}")));
        return settings;
    }

    public static BackupOptions ReadBackup(IConfiguration configuration)
    {
        var backup = Read<BackupOptions>(configuration, BackupOptions.Section);
        foreach (var (key, folder) in new[] { (nameof(backup.DataFolder), backup.DataFolder), (nameof(backup.ReportFolder), backup.ReportFolder), (nameof(backup.LogFolder), backup.LogFolder) })
            RequireAbsolute($"{BackupOptions.Section}:{key}", folder);
        if (backup.AgeIdentityFile is { } identity)
        {
            RequireAbsolute($"{BackupOptions.Section}:{nameof(backup.AgeIdentityFile)}", identity);
            if (IdentityFile.Fault(identity) is { } fault) throw StartupException.Configuration($"Configuration, {BackupOptions.Section}:{nameof(backup.AgeIdentityFile)}: {fault.Message}");
        }
        return backup;
    }

    public static ServiceOptions ReadService(IConfiguration configuration)
    {
        var service = Read<ServiceOptions>(configuration, ServiceOptions.Section);
        RequireAbsolute($"{ServiceOptions.Section}:{nameof(service.DataFolder)}", service.DataFolder);
        RequireAbsolute($"{ServiceOptions.Section}:{nameof(service.KeyFolder)}", service.Keys);
        if (!string.IsNullOrEmpty(service.ConfigFolder)) RequireAbsolute($"{ServiceOptions.Section}:{nameof(service.ConfigFolder)}", service.ConfigFolder);
        return service;
    }

    // A relative path would mean another folder with each way of starting the service.
    private static void RequireAbsolute(string key, string folder)
    {
        if (!Path.IsPathFullyQualified(folder)) throw StartupException.Configuration($"Configuration, {key}: '{folder}' is not an absolute path.");
    }
}
