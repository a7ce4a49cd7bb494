using Ops.Backup.Application.Configs;

namespace Ops.Backup.Application.Ports;

/// <summary>Configs in YAML.</summary>
public interface IConfigYaml
{
    /// <summary>The config as the folder of config files takes it.</summary>
    string Write(ConfigForm form);
}
