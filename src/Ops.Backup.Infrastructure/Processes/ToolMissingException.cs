namespace Ops.Backup.Infrastructure.Processes;

/// <summary>A program that is needed is not on this machine, or may not be run.</summary>
public sealed class ToolMissingException(string fileName, Exception? inner = null)
    : Exception($"The program {fileName} is not there or can't be run. Install the package that brings it, or set its path in the configuration.", inner)
{
    public string FileName { get; } = fileName;
}
