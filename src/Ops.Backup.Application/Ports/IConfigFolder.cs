using Ops.Backup.Application.Configs;

namespace Ops.Backup.Application.Ports;

/// <summary>The folder of config files.</summary>
public interface IConfigFolder
{
    /// <summary>Null where none is set.</summary>
    string? Path { get; }

    /// <summary>All configs of all files, by the files' names.</summary>
    /// <exception cref="Domain.ConflictException"><c>CONFIG_FILE_INVALID</c>: the folder or a file can't be read or is not what it should be; the message names the file and the field.</exception>
    IReadOnlyList<ConfigFileEntry> Read();
}

/// <param name="Place">The file's name, and where in it the config stands.</param>
/// <param name="Form">The config.</param>
public sealed record ConfigFileEntry(string Place, ConfigForm Form);
