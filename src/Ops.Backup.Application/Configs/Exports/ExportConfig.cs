using MediatR;
using Ops.Backup.Application.Ports;
using Ops.Backup.Domain;
using Ops.Backup.Domain.Configs;

namespace Ops.Backup.Application.Configs.Exports;

/// <summary>In what a config can be had.</summary>
public enum ExportFormat { Cron, Systemd, Schtasks, Env, Json, Yaml }

/// <summary>A config as it can be taken elsewhere: for the host script on a host without .NET, or for the folder of config files.</summary>
/// <param name="Format">cron (when left out), systemd, schtasks, env, json or yaml.</param>
public sealed record ExportConfig(string Id, string? Format) : IRequest<ConfigExport>;

public sealed class ExportConfigHandler(IConfigs configs, ISources sources, IStores stores, ConfigForms forms, IConfigYaml yaml) : IRequestHandler<ExportConfig, ConfigExport>
{
    public async Task<ConfigExport> Handle(ExportConfig request, CancellationToken cancellationToken)
    {
        var format = string.IsNullOrEmpty(request.Format) ? ExportFormat.Cron : Words.Parse<ExportFormat>(request.Format, "format");
        var config = await configs.GetAsync(request.Id, cancellationToken);
        if (format is ExportFormat.Json or ExportFormat.Yaml) return FileOf(format, config, await forms.OfAsync(config, cancellationToken));
        var source = await sources.GetAsync(config.SourceId, cancellationToken);
        var subject = new ExportSubject(config, source, config.StoresAmong(await stores.ListAsync(cancellationToken)));
        return format switch
        {
            ExportFormat.Env => EnvExport.Of(subject),
            ExportFormat.Cron => CronExport.Of(subject),
            ExportFormat.Systemd => SystemdExport.Of(subject),
            _ => WindowsExport.Of(subject),
        };
    }

    private ConfigExport FileOf(ExportFormat format, BackupConfig config, ConfigForm form)
    {
        var (ending, text) = format is ExportFormat.Json ? ("json", ConfigJson.Indented(form)) : ("yaml", yaml.Write(form));
        var name = $"{ExportSubject.SlugOf(config.Name)}.{ending}";
        return new ConfigExport(Words.Of(format), name, [new ExportedFile(name, "0644", "", text)], [], text);
    }
}
