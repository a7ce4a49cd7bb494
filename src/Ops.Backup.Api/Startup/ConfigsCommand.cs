using System.Text.Json;
using Ops.Backup.Application.Configs.Files;

namespace Ops.Backup.Api.Startup;

/// <summary><c>Ops.Backup.Api configs diff|apply</c>: checks or applies the folder of config files and ends, for pipelines.</summary>
public static class ConfigsCommand
{
    /// <returns>0: nothing to change, or applied. 1: <c>diff</c> found changes. The others are those of <see cref="StartupException"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, IServiceProvider services)
    {
        var apply = arguments switch
        {
            [_, "diff"] => false,
            [_, "apply"] => true,
            _ => throw StartupException.Configuration("Say 'configs diff' or 'configs apply'."),
        };
        var diff = await ConfiguredConfigs.SendAsync(services, apply ? new ApplyConfigFiles() : new DiffConfigFiles(), CancellationToken.None);
        foreach (var line in Lines(diff)) Console.WriteLine(line);
        return !apply && diff.HasChanges ? 1 : 0;
    }

    private static IEnumerable<string> Lines(ConfigFileDiff diff)
    {
        foreach (var config in diff.Created) yield return $"+ {config.Name} ({config.File})";
        foreach (var config in diff.Changed)
        {
            yield return $"~ {config.Name} ({config.File})";
            foreach (var change in config.Changes) yield return $"    {change.Key}: {Text(change.Old)} -> {Text(change.New)}";
        }
        foreach (var name in diff.Removed) yield return $"- {name} (in no file; disabled)";
        yield return $"{diff.Created.Count} new, {diff.Changed.Count} changed, {diff.Removed.Count} gone, {diff.Unchanged.Count} unchanged.";
    }

    private static string Text(JsonElement? value) => value?.GetRawText() ?? "not given";
}
